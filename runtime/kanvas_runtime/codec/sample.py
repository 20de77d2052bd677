"""A message that fits a contract: for a person who wants to try a machine and has nothing yet."""

from __future__ import annotations

from typing import Any

from kanvas_runtime.codec.describe import FieldInfo, TypeInfo, fields
from kanvas_runtime.contract import Record

_SCALARS: dict[str, Any] = {
    "text": "text",
    "boolean": True,
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date": "2026-01-31",
    "datetime": "2026-01-31T12:00:00Z",
    "map": {},
    "any": None,
}
_FORMATS = {
    "email": "name@example.com",
    "url": "https://example.com/",
    "uuid": _SCALARS["uuid"],
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "date-time": _SCALARS["datetime"],
}


def sample(record: type[Record]) -> dict[str, Any]:
    """The required fields, or the first one where none is required.

    A text with a pattern is only a guess: the answer to the message then says what is asked for.
    """
    known = fields(record)
    chosen = [field for field in known if field.required] or list(known[:1])
    return {field.name: _value(field) for field in chosen}


def _value(field: FieldInfo) -> Any:
    return _of(field.type)


def _of(type_: TypeInfo) -> Any:
    if type_.choices:
        return type_.choices[0]
    if type_.kind == "object" and type_.record is not None:
        return sample(type_.record)
    if type_.kind in ("integer", "number", "decimal"):
        return _number(type_)
    if type_.kind == "list":
        return _list(type_)
    if type_.kind == "text":
        return _text(type_)
    return _SCALARS[type_.kind]


def _number(type_: TypeInfo) -> Any:
    """1 where the bounds allow it, else the bound that is nearer."""
    value: Any = 1
    if type_.min is not None and value < type_.min:
        value = type_.min
    if type_.max is not None and value > type_.max:
        value = type_.max
    return str(value) if type_.kind == "decimal" else value


def _list(type_: TypeInfo) -> list[Any]:
    if type_.subset:
        item: Any = type_.subset[0]
    else:
        item = None if type_.item is None else _of(type_.item)
    length = max(type_.min_length or 1, 1)
    return [] if type_.max_length == 0 else [item] * length


def _text(type_: TypeInfo) -> str:
    if type_.format is not None:
        return str(_FORMATS[type_.format])
    text = str(_SCALARS["text"]).ljust(type_.min_length or 0, "x")
    return text if type_.max_length is None else text[: type_.max_length]
