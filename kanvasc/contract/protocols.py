"""How an app talks, read from its AsyncAPI document: messages with their fields, and codes.

Inputs and outputs of machines are left out: they are compared as contracts of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from kanvasc.records import dataclass

Schema: TypeAlias = dict[str, Any]

_SCHEMAS: Final = "#/components/schemas/"
_SPOKEN: Final = {"plain": "kanvas.plain", "v1": "kanvas.v1"}
"""The last part of a channel's name, and the protocol that is spoken there."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a message. `values`: the only ones there are, where it is one of several."""

    schema: Schema
    required: bool
    values: tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Frame:
    """A kind of message. `sent`: by clients; `parts` by their paths, such as `error.code`."""

    sent: bool
    parts: dict[str, Part]


@dataclass(frozen=True, slots=True)
class Talk:
    """`frames` by machine and protocol, then by name; `errors` are HTTP statuses by code, `closes`
    meanings by code, `handshake` codes and statuses of refusals."""

    frames: dict[tuple[str, str], dict[str, Frame]]
    errors: dict[str, int]
    closes: dict[str, str]
    handshake: dict[str, tuple[int, ...]]


def talk(document: Schema) -> Talk:
    """Raises KeyError, TypeError, AttributeError for what is no document of ours."""
    channels = document["channels"]
    closes: dict[str, str] = {}
    handshake: dict[str, tuple[int, ...]] = {}
    frames: dict[tuple[str, str], dict[str, Frame]] = {}
    for name, channel in channels.items():
        protocol = _SPOKEN.get(name.rpartition(".")[2], name)
        spoken = channel["x-machine"], protocol  # the same at each socket of the machine
        if spoken not in frames:
            frames[spoken] = _frames(document, name, channel)
        closes |= channel.get("x-close-codes", {})
        for refusal in channel.get("x-handshake", ()):
            statuses = handshake.get(refusal["code"], ())
            handshake[refusal["code"]] = tuple(sorted({*statuses, refusal["status"]}))
    codes = document.get("x-error-codes", {})
    return Talk(frames, {code: said["status"] for code, said in codes.items()}, closes, handshake)


def _frames(document: Schema, name: str, channel: Schema) -> dict[str, Frame]:
    taken = {
        reference["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        if operation["action"] == "receive" and operation["channel"]["$ref"] == f"#/channels/{name}"
        for reference in operation["messages"]
    }
    known = document["components"]
    return {
        message: Frame(
            message in taken,
            _parts(known["messages"][reference["$ref"].rpartition("/")[2]]["payload"], known),
        )
        for message, reference in channel["messages"].items()
    }


def _parts(payload: Schema, known: Schema) -> dict[str, Part]:
    """Of one that has several forms, what is in any of them; required is what is in all."""
    forms = [dict(_fields(form, known["schemas"])) for form in payload.get("anyOf", (payload,))]
    found: dict[str, Part] = {}
    for path in dict.fromkeys(path for form in forms for path in form):
        parts = [form.get(path) for form in forms]
        first = next(part for part in parts if part is not None)
        required = all(part is not None and part.required for part in parts)
        found[path] = Part(first.schema, required, first.values)
    return found


def _fields(schema: Schema, known: Schema, at: str = "", needed: bool = True) -> Iterator[Any]:
    for name, said in schema.get("properties", {}).items():
        path = f"{at}{name}"
        reference = said.get("$ref", "").removeprefix(_SCHEMAS)
        if reference.endswith((".input", ".output")):
            said = {}
        elif reference:
            said = known[reference]
        required = needed and name in schema.get("required", ())
        if "properties" in said:
            yield path, Part({"type": "object"}, required, None)
            yield from _fields(said, known, f"{path}.", required)
            continue
        values = (said["const"],) if "const" in said else said.get("enum")
        bare = {key: value for key, value in said.items() if key not in ("const", "enum")}
        yield path, Part(bare, required, None if values is None else tuple(values))
