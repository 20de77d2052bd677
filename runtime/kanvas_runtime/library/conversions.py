"""Conversions, JSON and UUIDs."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal, InvalidOperation

from kanvas_runtime.codec import convert, decode_json
from kanvas_runtime.codec.mismatch import Mismatch, named
from kanvas_runtime.codec.scalars import decimal, integer
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.fuel import weigh_text
from kanvas_runtime.ops import json_of, number, text

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 400
_JSON_WEIGHS = 8
"""Times what another text of its length does."""


def json_parse(json: str) -> object:
    """What a JSON text says."""
    weigh_text(_JSON_WEIGHS * len(json))
    try:
        return convert(decode_json(json, "the text"), object)
    except Refusal as refusal:
        raise StepFailure("runtime", refusal.message) from None


def json_stringify(value: object) -> str:
    """The value as compact JSON; decimals become text."""
    return json_of(value)


def uuid_generate() -> uuid.UUID:
    """A new random UUID (RFC 9562, version 4)."""
    return uuid.uuid4()


def to_text(value: object) -> str:
    """As `${…}` writes it."""
    return text(value)


def to_number(value: object) -> int | float:
    """The number that a number, decimal or text says."""
    if isinstance(value, str):
        return number(float(_numeral(value, "a number")))
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return number(float(value)) if isinstance(value, Decimal) else number(value)
    raise _unreadable(value, "a number")


def to_integer(value: object) -> int:
    """The integer that a number, decimal or text says; one with a fraction says none."""
    try:
        return integer(Decimal(_numeral(value, "an integer")) if isinstance(value, str) else value)
    except (Mismatch, InvalidOperation):
        raise _unreadable(value, "an integer") from None


def to_decimal(value: object) -> Decimal:
    """The decimal that a number, decimal or text says; of a number, the digits that it shows."""
    try:
        return decimal(Decimal(_numeral(value, "a decimal")) if isinstance(value, str) else value)
    except (Mismatch, InvalidOperation):
        raise _unreadable(value, "a decimal") from None


def _numeral(value: str, what: str) -> str:
    numeral = value.strip()
    if len(numeral) <= _LONGEST_NUMBER and _NUMBER.fullmatch(numeral):
        return numeral
    raise _unreadable(value, what)


def _unreadable(value: object, what: str) -> StepFailure:
    return StepFailure("runtime", f"{named(value)} cannot be read as {what}")
