"""The payloads of both protocols of a socket, as JSON Schema.

What a client sends is closed, since a server refuses what it does not know; what a server sends is
open, since a client has to ignore what it does not know.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from kanvasc.emit.protocol import ERRORS, LONGEST_ID, LONGEST_KEY, LONGEST_TICKET, VERSION
from kanvasc.records import dataclass
from kanvasc.types.program import TypedMachine
from kanvasc.types.types import ANY, MapOf, Nullable, Record

Schema: TypeAlias = dict[str, Any]

ERROR: Final = "error"
"""The name of the error body among the schemas."""
_TEXT: Final = {"type": "string"}
_TRUE: Final = {"const": True}


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its name, what it means, its payload; `answers`: the names of what may come
    back. `shared`: it is the same for every machine."""

    name: str
    summary: str
    payload: Schema
    answers: tuple[str, ...] = ()
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Protocol:
    """`subprotocols`: what a client may name to speak it; None stands for naming none."""

    name: str
    subprotocols: tuple[str | None, ...]
    sent: tuple[Message, ...]
    received: tuple[Message, ...]


def reference(name: str) -> Schema:
    """To a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def error_body(*, plain: bool) -> Schema:
    """The inside of `{"error": …}`."""
    properties: Schema = {
        "code": {
            "type": "string",
            "enum": list(ERRORS),
            "description": "Later versions may have more: treat one that you do not know as a"
            " failure that is not worth a second try.",
        },
        "message": {**_TEXT, "description": "For a person to read."},
        "field": {**_TEXT, "description": "Where in the input: address.zip, items[3].price"},
        "step": {**_TEXT, "description": "The step that failed."},
        "run": {**_TEXT, "description": "What the ledger and the log call the run."},
        "retry_after": {"type": "number", "description": "Seconds to wait."},
    }
    if plain:
        properties["subscription"] = {"description": "What the client wrote after subscribe."}
    return {"type": "object", "properties": properties, "required": ["code", "message"]}


def held_body() -> Schema:
    """What a caller without ids is told of a run that waits for a person."""
    return _open({"held": _open({"run": _TEXT, "capability": _TEXT, "step": _TEXT})})


def plain(machine: TypedMachine) -> Protocol:
    """Bare JSON: the input, subscriptions by their input, the output."""
    takes, gives = reference(f"{machine.name}.input"), reference(f"{machine.name}.output")
    named = subscription(machine)
    sent = (
        Message("input", "Run the machine.", takes, ("output", "held", ERROR)),
        Message(
            "subscribe",
            "A result at once, and every new one from then on.",
            _closed({"subscribe": named}),
            ("output", "held", ERROR),
        ),
        Message(
            "unsubscribe",
            "No more of those.",
            _closed({"unsubscribe": named}),
            ("unsubscribed", ERROR),
        ),
    )
    received = (
        Message("output", "A result: the answer to an input, or one of a subscription.", gives),
        Message("unsubscribed", "The subscription has ended.", _open({"unsubscribed": named})),
        Message(
            "held",
            "The run waits for a person; its answer comes when that one has decided.",
            held_body(),
            shared=True,
        ),
        Message(
            ERROR,
            "What was wrong; the connection stays open.",
            _open({"error": reference("plain.error")}),
            shared=True,
        ),
    )
    return Protocol("plain", (None, "kanvas.plain"), sent, received)


def subscription(machine: TypedMachine) -> Schema:
    """What stands for an input after `subscribe`: itself, or the bare value of its one field."""
    whole = reference(f"{machine.name}.input")
    accepted = machine.input.fields
    if not accepted:
        return {"anyOf": [whole, _TRUE]}
    if len(accepted) > 1:
        return whole
    kind = accepted[0].type
    kind = kind.of if isinstance(kind, Nullable) else kind
    if kind == ANY or isinstance(kind, Record | MapOf):
        return whole
    place = f"{machine.name}.input/properties/{accepted[0].name}"
    return {"anyOf": [whole, reference(place)]}


def envelope(machine: TypedMachine, told: tuple[tuple[str, str], ...]) -> Protocol:
    """`kanvas.v1`: messages with ids. `told`: steps and texts that may come as `partial`."""
    takes, gives = reference(f"{machine.name}.input"), reference(f"{machine.name}.output")
    sent = (
        Message(
            "run",
            "Run the machine; with a key, once for all messages with the same one.",
            _op("run", {"id": _id(), "input": takes}, {"key": _named(LONGEST_KEY)}),
            ("result", "partial", "push", "held", ERROR),
        ),
        Message(
            "subscribe",
            "A result at once and every new one; with a cursor, what came after it.",
            _op("subscribe", {"id": _id(), "input": takes}, {"after": _named(LONGEST_ID)}),
            ("push", "partial", "held", "done", ERROR),
        ),
        *_REQUESTS,
    )
    received = (
        Message("hello", "The first message: who speaks, and what a client keeps to.", _hello()),
        Message(
            "result",
            "The answer to run.",
            _says("result", {"id": _id(), "run": _TEXT, "output": gives}, {"replayed": _TRUE}),
        ),
        Message(
            "push",
            "A result of a subscription, or one that a run sends before its end (no cursor).",
            _says("push", {"id": _id(), "output": gives}, {"cursor": _TEXT, "gap": _TRUE}),
        ),
        Message("partial", "A text of the output grows, or begins anew.", _partial(told)),
        *_NOTICES,
    )
    return Protocol("v1", ("kanvas.v1",), sent, received)


def _hello() -> Schema:
    limits = {
        "max_message": {"type": "integer", "description": "Bytes."},
        "rate": {"type": "number", "description": "Messages a second."},
        "queue": {"type": "integer"},
        "concurrency": {"type": "integer", "description": "Runs at the same time."},
        "max_subscriptions": {"type": "integer"},
        "idle_timeout": {"type": "number", "description": "Seconds."},
        "heartbeat": {"type": "number", "description": "Seconds."},
    }
    known = {
        "version": {"const": VERSION},
        "machine": _TEXT,
        "contract": {**_TEXT, "description": "Changes when the contract does."},
        "limits": _open(limits),
    }
    return _says("hello", known)


def _partial(told: tuple[tuple[str, str], ...]) -> Schema:
    steps = list(dict.fromkeys(step for step, _ in told))
    texts = list(dict.fromkeys(field for _, field in told))
    where = {"id": _id(), "step": {**_TEXT, "enum": steps}, "field": {**_TEXT, "enum": texts}}
    if not told:
        where = {"id": _id(), "step": _TEXT, "field": _TEXT}
    more = {"text": _TEXT}
    return {
        "anyOf": [_says("partial", {**where, **more}), _says("partial", {**where, "reset": _TRUE})]
    }


def _id() -> Schema:
    return _named(LONGEST_ID)


def _named(longest: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _op(name: str, needed: Schema, optional: Schema | None = None) -> Schema:
    """Of a client."""
    return {**_says(name, needed, optional), "additionalProperties": False}


def _says(name: str, needed: Schema, optional: Schema | None = None) -> Schema:
    """Of a server."""
    properties = {"op": {"const": name}, **needed, **(optional or {})}
    return {"type": "object", "properties": properties, "required": ["op", *needed]}


def _open(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _closed(properties: Schema) -> Schema:
    return {**_open(properties), "additionalProperties": False}


_REQUESTS: Final = (
    Message(
        "unsubscribe",
        "No more of a subscription.",
        _op("unsubscribe", {"id": _id()}),
        ("done", ERROR),
        shared=True,
    ),
    Message(
        "cancel",
        "Nobody waits for a run any more.",
        _op("cancel", {"id": _id()}),
        (ERROR, "done"),
        shared=True,
    ),
    Message(
        "auth",
        "Newer credentials of the same principal.",
        _op("auth", {"ticket": _named(LONGEST_TICKET)}),
        ("done", ERROR),
        shared=True,
    ),
    Message("ping", "Are you there?", _op("ping", {}), ("pong",), shared=True),
)
_NOTICES: Final = (
    Message(
        "held",
        "The run waits for a person; its answer comes when that one has decided.",
        _says("held", {"id": _id(), "run": _TEXT, "capability": _TEXT, "step": _TEXT}),
        shared=True,
    ),
    Message(
        "done",
        "A subscription has ended, there was nothing to end, or credentials were taken (no id).",
        _says("done", {}, {"id": _id()}),
        shared=True,
    ),
    Message(
        ERROR,
        "What was wrong, and with which message; the connection stays open.",
        # The id is what the client wrote, even where that is none that it may write.
        _says("error", {"error": reference("error")}, {"id": _TEXT}),
        shared=True,
    ),
    Message("pong", "The answer to ping.", _says("pong", {}), shared=True),
)
