"""The JSON schema that an answer has to fit, in the dialect of constrained decoding.

Every object is closed, every property required, what may be absent may be null. The dialect knows
no bounds of numbers, lengths or items and no patterns: those are said in `description`, and our own
decoder enforces them. A decimal is text, so that no digit is lost; what has no fixed shape (`map`,
`any`, a bare `list`) is text that holds JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from kanvas_runtime.codec import FieldInfo, TypeInfo, encode_json, fields
from kanvas_runtime.contract import Record

Schema = dict[str, object]

_SCALARS: dict[str, Schema] = {
    "text": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": "string"},
    "boolean": {"type": "boolean"},
    "uuid": {"type": "string", "format": "uuid"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "enum": {"type": "string"},
}
_FORMATS = {"url": "uri"}
"""Our names of formats, where JSON schema has another."""

_LIMITS = (
    ("min", "at least {}"),
    ("max", "at most {}"),
    ("min_length", "length at least {}"),
    ("max_length", "length at most {}"),
    ("pattern", "the whole text matches the regular expression {}"),
)


@cache
def schema_of(record: type[Record]) -> Schema:
    """The schema of a record. It is shared: not to be changed."""
    properties = {field.name: _property(field) for field in fields(record)}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def carried(info: TypeInfo) -> str | None:
    """What JSON stands in a text for a type that a closed schema cannot describe, else None."""
    if info.kind == "list" and info.item is not None and info.item.kind == "any":
        return "list"
    return {"map": "object", "any": "value"}.get(info.kind)


def _property(field: FieldInfo) -> Schema:
    notes = [note for note in (field.label, field.description) if note]
    return _typed(field.type, notes)


def _typed(info: TypeInfo, notes: list[str]) -> Schema:
    notes = notes + list(_said(info))
    schema = _bare(info)
    if info.nullable:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return schema | {"description": "; ".join(notes)} if notes else schema


def _bare(info: TypeInfo) -> Schema:
    if carried(info):
        return {"type": "string"}
    if info.record is not None:
        return schema_of(info.record)
    if info.item is not None:
        return {"type": "array", "items": _typed(info.item, [])}
    return _SCALARS[info.kind] | _narrowed(info)


def _narrowed(info: TypeInfo) -> Schema:
    """What the dialect can say of a text."""
    narrowed: Schema = {}
    if info.choices:
        narrowed["enum"] = list(info.choices)
    if info.format:
        narrowed["format"] = _FORMATS.get(info.format, info.format)
    return narrowed


def _said(info: TypeInfo) -> Iterator[str]:
    """What it cannot."""
    if carried(info):
        yield f"text that holds a JSON {carried(info)}"
    if info.kind == "decimal":
        yield "a decimal number in digits"
    for name, words in _LIMITS:
        limit = getattr(info, name)
        if limit is not None:
            yield words.format(limit)
    if info.subset:
        yield f"every item is one of {encode_json(info.subset).decode()}"
