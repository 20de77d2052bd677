"""Records without their secrets."""

from __future__ import annotations

import msgspec

from kanvas_runtime.codec.describe import TypeInfo, fields
from kanvas_runtime.contract import Record


def has_secrets(record: type[Record]) -> bool:
    """Whether any field of it, at any depth, is secret."""
    return _has_secrets(record, set())


def _has_secrets(record: type[Record], seen: set[type[Record]]) -> bool:
    seen.add(record)
    return any(
        field.secret or any(_has_secrets(inner, seen) for inner in _records(field.type) - seen)
        for field in fields(record)
    )


def _records(info: TypeInfo) -> set[type[Record]]:
    if info.record is not None:
        return {info.record}
    return set() if info.item is None else _records(info.item)


def public(value: object) -> object:
    """The same value, its records as dicts without what is secret."""
    if isinstance(value, Record):
        return {
            field.name: public(getattr(value, field.attribute))
            for field in fields(type(value))
            if not field.secret
        }
    if isinstance(value, list):
        return [public(item) for item in value]
    if isinstance(value, dict):
        return {key: public(item) for key, item in value.items()}
    return value


def public_json(record: type[Record], text: bytes) -> bytes:
    """The JSON of such a record without what is secret in it."""
    return msgspec.json.encode(_without(record, msgspec.json.decode(text)))


def _without(record: type[Record], value: object) -> object:
    if not isinstance(value, dict):
        return value
    types = {field.name: field.type for field in fields(record) if not field.secret}
    return {name: _inside(types[name], each) for name, each in value.items() if name in types}


def _inside(info: TypeInfo, value: object) -> object:
    if info.record is not None:
        return _without(info.record, value)
    if info.item is not None and isinstance(value, list):
        return [_inside(info.item, each) for each in value]
    if info.item is not None and isinstance(value, dict):
        return {name: _inside(info.item, each) for name, each in value.items()}
    return value
