"""Texts of a path or a query string, as the values that the machine's decoder then judges.

A text becomes what its field's type writes so in JSON, and stays a text where it is nothing of the
kind: the decoder says what was expected. `list` of such fields: the name once for each item.
Objects, maps, `any`, and lists of lists or of those are written as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from kanvas_runtime.codec.describe import FieldInfo, TypeInfo
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.errors import Refusal

MOST_PARTS = 1_000
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_JSON_KINDS = frozenset({"list", "map", "object", "any"})
_BOOLEANS = {"true": True, "false": False}


def is_json(type_: TypeInfo) -> bool:
    """Whether a value of the type stands in a query as JSON."""
    if type_.kind == "list" and type_.item is not None:
        return type_.item.kind in _JSON_KINDS
    return type_.kind in _JSON_KINDS


def pairs(query: bytes) -> list[tuple[str, str]]:
    """The names and texts of a query string. Raises `invalid_frame`."""
    try:
        return parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARTS,
        )
    except ValueError as error:  # not ASCII, not UTF-8 once decoded, or too many
        raise Refusal("invalid_frame", "the query is not one that can be read") from error


def values(fields: Iterable[FieldInfo], given: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The input that they stand for. Raises `invalid_input`, `invalid_json`."""
    known = {field.name: field.type for field in fields}
    texts: dict[str, list[str]] = {}
    for name, text in given:
        texts.setdefault(name, []).append(text)
    return {name: _value(name, known.get(name), each) for name, each in texts.items()}


def parameters(fields: Iterable[FieldInfo], texts: Mapping[str, str]) -> dict[str, object]:
    """The same for the parameters of a path."""
    known = {field.name: field.type for field in fields}
    return {name: _scalar(known[name], text) for name, text in texts.items()}


def _value(name: str, type_: TypeInfo | None, texts: list[str]) -> object:
    if type_ is not None and type_.kind == "list" and type_.item and not is_json(type_):
        return [_scalar(type_.item, text) for text in texts]
    if len(texts) > 1:
        raise Refusal("invalid_input", f"{name} is given more than once", field=name)
    if type_ is None:
        return texts[0]  # the decoder says that there is no such field
    return _json(name, texts[0]) if is_json(type_) else _scalar(type_, texts[0])


def _scalar(type_: TypeInfo, text: str) -> object:
    if type_.kind in ("integer", "number") and _NUMBER.fullmatch(text):
        return decode_exact(text)
    if type_.kind == "boolean":
        return _BOOLEANS.get(text, text)
    return text


def _json(name: str, text: str) -> object:
    try:
        return decode_exact(text, name)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field=name) from None
