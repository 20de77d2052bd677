"""The typed decoder of msgspec, where it judges as the converter would.

It checks text, integers, numbers, booleans, dates, enums, `any`, and lists, maps and records of
these. Some rules can be looked up on the decoded value of a field (a pattern, the offset of a
time). Everything else is left to the converter: msgspec reads UUIDs and decimals in spellings
that the language has not.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import msgspec

from kanvas_runtime.codec.describe import TypeInfo, fields
from kanvas_runtime.codec.json_text import DEEPEST, depth
from kanvas_runtime.codec.rules import rules_of
from kanvas_runtime.contract import LARGEST_INTEGER, Record

R = TypeVar("R", bound=Record)
Decode: TypeAlias = Callable[[bytes | str], R | None]
Check: TypeAlias = tuple[str, tuple[Callable[[Any], bool], ...]]


def decoder(record: type[R]) -> Decode[R] | None:
    """A decoder that gives None where the converter has to decide; None if that is always so.

    It raises what msgspec raises (`MsgspecError`, `UnicodeError`).
    """
    checks = []
    for field in fields(record):
        if not _judged(field.type, {record}):
            tests = _tests(field.type)
            if not tests:
                return None
            checks.append((field.attribute, tests))
    decode = _decoder(record)
    if decode is not None and any(_unbounded(field.type, {record}) for field in fields(record)):
        decode = _shallow(decode)
    return decode if decode is None or not checks else _checked(decode, checks)


def _judged(info: TypeInfo, seen: set[type[Record]]) -> bool:
    """Whether msgspec judges alone, whatever is inside."""
    if not info.native:
        return False
    if info.record is None:
        return info.item is None or _judged(info.item, seen)
    if info.record in seen:
        return True
    seen.add(info.record)
    return all(_judged(inner.type, seen) for inner in info.fields)


def _unbounded(info: TypeInfo, above: set[type[Record]]) -> bool:
    """Whether values of the type can be nested as deeply as a client likes."""
    if info.item is not None:
        return _unbounded(info.item, above)
    if info.record is None or info.record in above:
        return info.record is not None or info.kind == "any"
    return any(_unbounded(inner.type, above | {info.record}) for inner in info.fields)


def _tests(info: TypeInfo) -> tuple[Callable[[Any], bool], ...]:
    """What must hold of a decoded value for it to stand; none if no test can tell."""
    rules = tuple(rule.holds for rule in rules_of(info))
    if info.kind == "text":
        return rules
    if info.kind in ("integer", "number"):
        return (_is_exact, *rules)
    return (_is_utc,) if info.kind == "datetime" else ()


def _is_exact(value: int | float) -> bool:
    return -LARGEST_INTEGER <= value <= LARGEST_INTEGER


def _is_utc(value: datetime.datetime) -> bool:
    return value.tzinfo is datetime.UTC


def _decoder(record: type[R]) -> Decode[R] | None:
    try:
        return msgspec.json.Decoder(record).decode
    except TypeError:  # a modifier in a place where msgspec has none, such as a limit of a union
        return None


def _shallow(decode: Decode[R]) -> Decode[R]:
    def decode_shallow(text: bytes | str) -> R | None:
        raw = text.encode() if isinstance(text, str) else text
        return decode(raw) if depth(raw) <= DEEPEST else None

    return decode_shallow


def _checked(decode: Decode[R], checks: list[Check]) -> Decode[R]:
    def decode_checked(text: bytes | str) -> R | None:
        value = decode(text)
        for attribute, tests in checks:
            part = getattr(value, attribute)
            if part is not None and not all(holds(part) for holds in tests):
                return None
        return value

    return decode_checked
