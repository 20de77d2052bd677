"""From a decoded JSON value to a value of a type without parts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from kanvas_runtime.codec import formats
from kanvas_runtime.codec.describe import Kind
from kanvas_runtime.codec.json_text import DEEPEST
from kanvas_runtime.codec.mismatch import Mismatch, expected, named
from kanvas_runtime.contract import LARGEST_INTEGER

T = TypeVar("T")

LARGEST_EXPONENT = 34
MOST_DIGITS = 34
_LONGEST_DECIMAL = 120
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")


def text(value: object) -> str:
    """Text stays what it is."""
    if type(value) is str:
        return value
    raise expected("text", value)


def boolean(value: object) -> bool:
    """true or false, nothing that looks like it."""
    if type(value) is bool:
        return value
    raise expected("true or false", value)


def integer(value: object) -> int:
    """A whole number, however it is written (`1.0`, `1e3`)."""
    if type(value) is int:
        whole = value
    elif type(value) is float or type(value) is Decimal:
        whole = _whole(value)
    else:
        raise expected("an integer", value)
    if -LARGEST_INTEGER <= whole <= LARGEST_INTEGER:
        return whole
    raise Mismatch(f"must be an integer within ±{LARGEST_INTEGER}")


def _whole(value: float | Decimal) -> int:
    """Out of range is told first: `int` of a decimal with a huge exponent would not end."""
    if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return LARGEST_INTEGER + 1
    whole = int(value)
    if whole != value:
        raise Mismatch("must be an integer, not a number with a fraction")
    return whole


def number(value: object) -> int | float:
    """A finite number. Integers that JSON readers do not share become the nearest float."""
    if type(value) is int and -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return value
    if type(value) is not float and type(value) is not int and type(value) is not Decimal:
        raise expected("a number", value)
    return _finite(value)


def _finite(value: float | Decimal) -> float:
    try:
        near = float(value)
    except OverflowError:
        near = math.inf
    if math.isfinite(near):
        return near
    raise Mismatch("must be a finite number")


def decimal(value: object) -> Decimal:
    """An exact number of at most 34 digits, from a number or from its text."""
    exact = _decimal_of(value)
    _, digits, exponent = exact.as_tuple()
    if not isinstance(exponent, int):
        raise Mismatch("must be a finite decimal number")
    if len(digits) > MOST_DIGITS:
        raise Mismatch(f"must have at most {MOST_DIGITS} digits")
    if abs(exponent) > LARGEST_EXPONENT:
        raise Mismatch(f"must have an exponent within ±{LARGEST_EXPONENT}")
    return exact


def _decimal_of(value: object) -> Decimal:
    if type(value) is Decimal:
        return value
    if type(value) is float:
        return Decimal(repr(value))
    if type(value) is int:
        return Decimal(value) if abs(value) < 10**MOST_DIGITS else Decimal(10**MOST_DIGITS)
    if type(value) is not str:
        raise expected("a decimal number", value)
    if len(value) > _LONGEST_DECIMAL or _DECIMAL.fullmatch(value) is None:
        raise Mismatch("must be a decimal number such as 12.50")
    return Decimal(value)


def _from_text(parse: Callable[[str], T], what: str) -> Callable[[object], T]:
    def convert(value: object) -> T:
        if type(value) is not str:
            raise expected(what, value)
        try:
            return parse(value)
        except ValueError:
            raise Mismatch(f"must be {what}") from None

    return convert


def json(value: object, levels: int = DEEPEST) -> object:
    """Any JSON value. Its numbers are finite; its integers stay as they are, however large."""
    kind = type(value)
    if value is None or kind is str or kind is bool or kind is int:
        return value
    if kind is float or kind is Decimal:
        return number(value)
    if levels == 0:
        raise Mismatch(f"must not be nested deeper than {DEEPEST} levels")
    if isinstance(value, list):
        return [json(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {text(key): json(item, levels - 1) for key, item in value.items()}
    raise Mismatch(f"must be a JSON value, not {named(value)}")


SCALARS: dict[Kind, Callable[[object], object]] = {
    "text": text,
    "enum": text,
    "boolean": boolean,
    "integer": integer,
    "number": number,
    "decimal": decimal,
    "uuid": _from_text(formats.parse_uuid, formats.A_UUID),
    "date": _from_text(formats.parse_date, formats.A_DATE),
    "datetime": _from_text(formats.parse_datetime, formats.A_DATETIME),
    "any": json,
}
"""Kind → converter. Each raises `Mismatch`; modifiers are not its business.

uuid gives `uuid.UUID`, date `datetime.date`, datetime an aware `datetime.datetime` in UTC.
"""
