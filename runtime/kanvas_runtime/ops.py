"""What compiled expressions call: the operators that Python's own would get wrong.

Everything that fails raises `StepFailure("runtime", …)`; the run knows the step. Operators that
are not here (comparison of numbers and of texts, `and`, `or`, `? :`) are Python's.
"""

from __future__ import annotations

import datetime
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar, overload

import msgspec

from kanvas_runtime.arithmetic import (
    decimal,
    decimal_add,
    decimal_divide,
    decimal_modulo,
    decimal_multiply,
    decimal_negate,
    decimal_subtract,
    to_decimal,
)
from kanvas_runtime.codec.formats import parse_date, parse_datetime, parse_uuid
from kanvas_runtime.codec.json_text import encode_json
from kanvas_runtime.codec.mismatch import named
from kanvas_runtime.contract import LARGEST_INTEGER, Record
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.fuel import check_text, spend

__all__ = [
    "at",
    "contains",
    "date",
    "decimal",
    "decimal_add",
    "decimal_divide",
    "decimal_modulo",
    "decimal_multiply",
    "decimal_negate",
    "decimal_subtract",
    "divide",
    "each_value",
    "equal",
    "get",
    "identity",
    "integer",
    "json_of",
    "key",
    "matched",
    "modulo",
    "moment",
    "number",
    "present",
    "text",
    "to_decimal",
    "to_json",
    "truth",
    "uuid_of",
]

date, moment, uuid_of = parse_date, parse_datetime, parse_uuid
"""Literals of these types: the compiler has read them before."""

T = TypeVar("T")
U = TypeVar("U")


def integer(value: int) -> int:
    """The result of `+ - *` on integers, when it is one that every JSON reader knows."""
    if -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        return value
    raise StepFailure("runtime", f"a result is outside of ±{LARGEST_INTEGER}")


def number(value: int | float) -> int | float:
    """The result of arithmetic on numbers: finite, and an int when it is a whole number."""
    try:
        near = float(value)
    except OverflowError:
        near = math.inf
    if -LARGEST_INTEGER <= near <= LARGEST_INTEGER:
        return int(value) if near.is_integer() else near
    if math.isfinite(near):
        return near
    raise StepFailure("runtime", "a result is not a finite number")


def divide(a: int | float, b: int | float) -> int | float:
    """`/` on numbers. Two integers need not give one."""
    if b == 0:
        raise StepFailure("runtime", "division by zero")
    return number(a / b)


@overload
def modulo(a: int, b: int) -> int: ...
@overload
def modulo(a: int | float, b: int | float) -> int | float: ...
def modulo(a: int | float, b: int | float) -> int | float:
    """`%`: the remainder; it has the sign of `a`, as in JavaScript."""
    if b == 0:
        raise StepFailure("runtime", "division by zero")
    if isinstance(a, int) and isinstance(b, int):
        rest = abs(a) % abs(b)
        return -rest if a < 0 else rest
    return number(math.fmod(a, b))


def text(*parts: object) -> str:
    """The parts as one text: `+` with a text, and `${…}`.

    Numbers are written as in JavaScript, decimals plainly, null as nothing, dates and times as
    RFC 3339, lists, maps and records as compact JSON.
    """
    joined = "".join([part if isinstance(part, str) else _rendered(part) for part in parts])
    check_text(len(joined))
    return joined


def _rendered(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case Decimal():
            return format(value, "f")
        case uuid.UUID() | datetime.date():
            return encode_json(value)[1:-1].decode()
    return json_of(value)


def _float_text(value: float) -> str:
    """ECMA-262 `Number::toString`: shortest digits, an exponent from 1e21 and below 1e-6."""
    size = abs(value)
    if value.is_integer() and size < 1e21:
        return str(int(value))
    shortest = repr(value)
    if "e" not in shortest:
        return shortest
    if size >= 1e-6 and size < 1:
        return format(Decimal(shortest), "f")
    return shortest.replace("e-0", "e-")


def json_of(value: object) -> str:
    """Compact JSON of a value, as text of a size that a value may have."""
    _spend_parts(value)
    try:
        rendered = encode_json(value).decode()
    except RecursionError:
        raise StepFailure("runtime", "a value is nested too deeply to be written") from None
    check_text(len(rendered))
    return rendered


def _spend_parts(value: object) -> None:
    """A unit for every part. `[x, x]` is small, but nested twenty times it is written out large."""
    waiting = [value]
    while waiting:
        parts = _parts(waiting.pop())
        spend(len(parts))
        waiting.extend(parts)


def _parts(value: object) -> Sequence[object]:
    if isinstance(value, list):
        return value
    fields = _members(value)
    return () if fields is None else list(fields.values())


def _members(value: object) -> Mapping[str, object] | None:
    """A map as it is, a record as a map of its fields; None for what has no members."""
    if isinstance(value, dict):
        return value
    if isinstance(value, Record):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return {name: getattr(value, attribute) for name, attribute in names}
    return None


def equal(a: object, b: object) -> bool:
    """`==`: by value and deep. Numbers of all kinds compare by value, records like maps."""
    try:
        return _equal(a, b)
    except RecursionError:
        raise StepFailure("runtime", "a value is nested too deeply to be compared") from None


def _equal(a: object, b: object) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            return False
        spend(len(a))
        return all(map(_equal, a, b))
    members, others = _members(a), _members(b)
    if members is None or others is None:
        return a == b
    spend(len(members))
    return members.keys() == others.keys() and all(
        _equal(value, others[name]) for name, value in members.items()
    )


def identity(value: object) -> object:
    """Something hashable that is the same for two values exactly when they are `equal`."""
    try:
        return _identity(value)
    except RecursionError:
        raise StepFailure("runtime", "a value is nested too deeply to be compared") from None


def _identity(value: object) -> object:
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, list):
        spend(len(value))
        return list, tuple(map(_identity, value))
    members = _members(value)
    if members is None:
        return value
    spend(len(members))
    return dict, frozenset((name, _identity(part)) for name, part in members.items())


def contains(item: object, container: object) -> bool:
    """`item in container`: an item of a list, a part of a text, a key of a map. Null holds none."""
    if isinstance(container, list):
        spend(len(container))
        return any(equal(item, each) for each in container)
    if isinstance(container, str):
        return isinstance(item, str) and item in container
    members = _members(container)
    return members is not None and item in members


def at(sequence: Sequence[T], index: int) -> T:
    """`sequence[index]` of a list or text, counted from 0."""
    if 0 <= index < len(sequence):
        return sequence[index]
    there = f"is outside of 0 … {len(sequence) - 1}" if sequence else "of nothing"
    raise StepFailure("runtime", f"index {index} {there}")


def key(map_: Mapping[str, T], name: str) -> T | None:
    """`map[name]`; null when it has no such key."""
    return map_.get(name)


def get(value: object, name: str) -> object:
    """`value.name` of anything; null when it has no such member."""
    members = _members(value)
    return None if members is None else members.get(name)


def present(value: T | None) -> T:
    """A value that was tested before, where a type checker cannot see the test."""
    if value is None:
        raise StepFailure("runtime", "a value is null where one was expected")
    return value


def matched(value: T) -> T:
    """The subject of a `match`. Type checkers take no variable for narrower in its cases, and so
    a list of that variable for a list of those literals."""
    return value


def each_value(map_: Mapping[str, T], change: Callable[[T], U]) -> dict[str, U]:
    """The map with `change` of every value."""
    return {name: change(value) for name, value in map_.items()}


def to_json(value: object) -> object:
    """A typed value where `any` is asked for: records as maps, decimals and times as text."""
    try:
        return msgspec.to_builtins(value)
    except RecursionError:
        raise StepFailure("runtime", "a value is nested too deeply") from None


def truth(value: object) -> bool:
    """A condition of type `any`, or one that may be null: null counts as false."""
    if value is None:
        return False
    if isinstance(value, bool):
        return value
    raise StepFailure("runtime", f"a condition must be true or false, not {named(value)}")
