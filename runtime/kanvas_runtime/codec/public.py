"""Records without their secrets."""

from __future__ import annotations

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
