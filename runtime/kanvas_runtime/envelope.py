"""The envelope protocol, `kanvas.v1`: every message says what it is and to what it belongs.

| the client sends                                | it means                                    |
|-------------------------------------------------|---------------------------------------------|
| `{"op":"run","id","input","key"?}`              | run the machine; `key`: once, however often |
| `{"op":"subscribe","id","input","after"?}`      | a result now and every new one              |
| `{"op":"unsubscribe","id"}`                     | no more of those                            |
| `{"op":"cancel","id"}`                          | nobody waits for this run any more          |
| `{"op":"auth","ticket"}`                        | new credentials                             |
| `{"op":"ping"}`                                 | are you there?                              |

The server says `hello` first, then `result`, `push`, `partial`, `held`, `done`, `error`, `pong`.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from kanvas_runtime.codec import Codec, encode_json, fields
from kanvas_runtime.codec.json_text import DEEPEST, decode_exact
from kanvas_runtime.codec.mismatch import cut, named
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.wishes import (
    NOTHING,
    Abandon,
    Name,
    Notice,
    Ping,
    Refused,
    Renew,
    Request,
    Subscribe,
    Unsubscribe,
    Wish,
    subscription_key,
)

if TYPE_CHECKING:
    from kanvas_runtime.events import Job
    from kanvas_runtime.hub import Item

PROTOCOL = "kanvas.v1"
VERSION = 1
LONGEST_ID = 128
LONGEST_KEY = 255

_Frame = dict[str, object]
_FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "run": (("id", "input"), ("key",)),
    "subscribe": (("id", "input"), ("after",)),
    "unsubscribe": (("id",), ()),
    "cancel": (("id",), ()),
    "auth": (("ticket",), ()),
    "ping": ((), ()),
}
"""What each `op` must have beside it, and what it may."""
_BEGINNING = re.compile(r'\s*\{\s*"op"\s*:\s*"[a-z]+"\s*,\s*"id"\s*:\s*"([^"\\\x00-\x1f]{1,128})"')
_LENGTHS = {"id": LONGEST_ID, "key": LONGEST_KEY, "after": LONGEST_ID, "ticket": 1024}


class _Run(msgspec.Struct, forbid_unknown_fields=True):
    op: Literal["run"]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
    input: msgspec.Raw


_run = msgspec.json.Decoder(_Run).decode


class Envelope:
    """One machine's messages. See `Dialect`."""

    in_order = False

    def __init__(
        self, machine: Machine[Any, Any], codec: Codec[Any, Any], surface: WebSocketSurface
    ) -> None:
        self._codec = codec
        self._hello = encode_json(
            {
                "op": "hello",
                "version": VERSION,
                "machine": machine.name,
                "contract": contract_digest(machine),
                "limits": _limits(surface),
            }
        ).decode()

    def hello(self) -> str | None:
        """What speaks here, and how much of it."""
        return self._hello

    def read(self, text: str) -> Wish:
        """What a text message asks for."""
        id_: object = NOTHING
        try:
            frame = _object(text)
            if isinstance(frame.get("id"), str):
                id_ = cut(str(frame["id"]))
            op = _checked(frame)
            if isinstance(frame.get("id"), str):
                id_ = frame["id"]
            return self._wish(op, frame)
        except Refusal as refusal:
            return Refused(refusal, id_)

    def request(self, text: str) -> Request | None:
        """A `run` without a key, written without escapes and with each name once."""
        if text.count("{") + text.count("[") > DEEPEST or "\\u" in text:
            return None
        try:
            frame = _run(text)
        except (msgspec.MsgspecError, UnicodeError):
            return None
        if text.count('"input"') != 1:
            return None
        value = self._codec.decode_quickly(bytes(frame.input))
        return None if value is None else Request(value, frame.id)

    def glimpse(self, text: str) -> object:
        """The id, where it stands right behind the op: no message is parsed that is too many."""
        found = _BEGINNING.match(text)
        return NOTHING if found is None else found[1]

    def result(self, job: Job, output: str, *, replayed: bool) -> str:
        """The answer to `run`."""
        rest = ',"replayed":true}' if replayed else "}"
        return f'{{"op":"result","id":{_json(job.id)},"run":"{job.run}","output":{output}{rest}'

    def opened(self, job: Job, output: str) -> str:
        """The first `push` of a subscription."""
        return _push(job.id, job.cursor, output, job.gap)

    def pushed(self, name: Name, item: Item, *, gap: bool) -> str:
        """A later one: the output was encoded once, for all."""
        return _push(name, item.cursor, item.text, gap)

    def progress(self, job: Job, output: str) -> str:
        """A `push` that belongs to a run; nothing can be resumed after it, so no cursor."""
        return f'{{"op":"push","id":{_json(job.id)},"output":{output}}}'

    def partial(self, job: Job, step: str, field: str, text: str | None) -> str | None:
        """More of a text, or `reset`: what there was of it is void."""
        more: _Frame = {"reset": True} if text is None else {"text": text}
        said = {"op": "partial", "id": job.id, "step": step, "field": field} | more
        return encode_json(said).decode()

    def held(self, job: Job, notice: Notice) -> str:
        """`held`: the answer comes when a person has decided."""
        return encode_json({"op": "held", "id": job.id} | notice._asdict()).decode()

    def ended(self, job: Job) -> str:
        """`done`."""
        wish = job.wish
        id_ = wish.id if isinstance(wish, Abandon) else job.named
        return f'{{"op":"done","id":{_json(id_)}}}'

    def pong(self) -> str:
        """The answer to `ping`."""
        return '{"op":"pong"}'

    def renewed(self) -> str:
        """`done`, without an id: it is about the connection."""
        return '{"op":"done"}'

    def error(self, refusal: Refusal, job: Job | None) -> str:
        """`error`, with the id of what it is about."""
        said: _Frame = {"op": "error"}
        id_ = NOTHING if job is None else job.named if job.id is None else job.id
        if id_ is not NOTHING:
            said["id"] = id_
        run = None if job is None else job.run
        return encode_json(said | refusal.body(run=run)).decode()

    def _wish(self, op: str, frame: _Frame) -> Wish:
        match op:
            case "ping":
                return Ping()
            case "auth":
                return Renew(str(frame["ticket"]))
        id_ = str(frame["id"])
        match op:
            case "unsubscribe":
                return Unsubscribe(id_, id_)
            case "cancel":
                return Abandon(id_)
        value: Record = self._codec.convert(frame["input"])
        if op == "run":
            key = frame.get("key")
            return Request(value, id_, None if key is None else str(key))
        after = frame.get("after")
        cursor = None if after is None else str(after)
        return Subscribe(value, subscription_key(value), id_, id_, cursor)


def contract_digest(machine: Machine[Any, Any]) -> str:
    """SHA-256 over what the machine accepts and answers: a client can tell that it has changed."""
    said = "\n".join(_described(record, set()) for record in (machine.input, machine.output))
    return hashlib.sha256(said.encode()).hexdigest()


def _described(record: type[Record], seen: set[type[Record]]) -> str:
    if record in seen:  # a record may hold itself
        return record.__name__
    seen = seen | {record}
    parts = []
    for field in fields(record):
        info = field.type
        inner = "" if info.record is None else _described(info.record, seen)
        inner += _item(info.item, seen) if info.item is not None else ""
        limits = (info.min, info.max, info.min_length, info.max_length, info.pattern, info.format)
        facts = (info.kind, info.nullable, info.choices, info.subset, *limits)
        needed = field.required or encode_json(field.default).decode()
        parts.append(f"{field.name} {needed} {facts} {inner}")
    return f"{{{'; '.join(parts)}}}"


def _item(info: Any, seen: set[type[Record]]) -> str:
    inner = "" if info.record is None else _described(info.record, seen)
    inner += _item(info.item, seen) if info.item is not None else ""
    return f"[{info.kind} {info.nullable} {inner}]"


def _limits(surface: WebSocketSurface) -> dict[str, object]:
    """What a client has to keep to; times in seconds, sizes in bytes."""
    return {
        "max_message": surface.max_message,
        "rate": surface.rate,
        "queue": surface.queue,
        "concurrency": surface.concurrency,
        "max_subscriptions": surface.max_subscriptions,
        "idle_timeout": surface.idle_timeout,
        "heartbeat": surface.heartbeat,
    }


def _object(text: str) -> _Frame:
    frame = decode_exact(text)
    if not isinstance(frame, dict):
        raise Refusal("invalid_frame", f"the message must be an object, not {named(frame)}")
    return frame


def _checked(frame: _Frame) -> str:
    """The `op`; raises `Refusal` unless exactly the fields are there that it has."""
    op = frame.get("op")
    if not isinstance(op, str) or op not in _FIELDS:
        raise _unknown_op(op)
    needed, optional = _FIELDS[op]
    for name in frame:
        if name != "op" and name not in needed and name not in optional:
            raise _unknown_field(op, name)
    for name in needed:
        if name not in frame:
            raise Refusal("invalid_input", f"{op} needs {name}", field=name)
    for name, longest in _LENGTHS.items():
        value = frame.get(name, "-")
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            wanted = f"text of 1 to {longest} characters"
            raise Refusal("invalid_input", f"{name} must be {wanted}", field=name)
    return op


def _unknown_op(op: object) -> Refusal:
    known = ", ".join(_FIELDS)
    if not isinstance(op, str):
        return Refusal("invalid_input", f"op must be one of {known}", field="op")
    near = difflib.get_close_matches(op, _FIELDS, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"there are {known}"
    return Refusal("invalid_input", f'there is no op "{cut(op)}": {hint}', field="op")


def _unknown_field(op: str, name: str) -> Refusal:
    known = [each for part in _FIELDS[op] for each in part]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f': did you mean "{near[0]}"?' if near else ""
    return Refusal("unknown_field", f"{op} has no such field{hint}", field=cut(name))


def _push(id_: object, cursor: str, output: str, gap: bool) -> str:
    rest = ',"gap":true}' if gap else "}"
    return f'{{"op":"push","id":{_json(id_)},"cursor":"{cursor}","output":{output}{rest}'


def _json(value: object) -> str:
    return encode_json(value).decode()
