"""The typed decoder of msgspec, where it judges as the converter would.

It checks text, integers, numbers, booleans, dates, enums, and lists, maps and records of these.
Some rules can be looked up on the decoded value of a field (a pattern, the offset of a time).
Everything else, and every record that holds itself, is left to the converter: msgspec reads
UUIDs and decimals in spellings that the language has not, and would recurse as deep as a client
likes.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import msgspec

from kanvas_runtime.codec.describe import TypeInfo, fields
from kanvas_runtime.codec.rules import rules_of
from kanvas_runtime.contract import LARGEST_INTEGER, Record

R = TypeVar("R", bound=Record)
Check: TypeAlias = tuple[str, tuple[Callable[[Any], bool], ...]]


def decoder(record: type[R]) -> Callable[[bytes | str], R | None] | None:
    """A decoder that gives None where the converter has to decide; None if that is always so.

    It raises what msgspec raises (`MsgspecError`, `UnicodeError`).
    """
    checks = []
    for field in fields(record):
        if not _judged(field.type, frozenset({record})):
            tests = _tests(field.type)
            if not tests:
                return None
            checks.append((field.attribute, tests))
    return _build(record, checks)


def _judged(info: TypeInfo, above: frozenset[type[Record]]) -> bool:
    """Whether msgspec judges alone, whatever is inside."""
    if not info.native or info.record in above:
        return False
    if info.record is not None:
        return all(_judged(inner.type, above | {info.record}) for inner in info.fields)
    return info.item is None or _judged(info.item, above)


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


def _build(record: type[R], checks: list[Check]) -> Callable[[bytes | str], R | None] | None:
    try:
        decode = msgspec.json.Decoder(record).decode
    except TypeError:  # a modifier in a place where msgspec has none, such as a limit of a union
        return None
    if not checks:
        return decode

    def checked(text: bytes | str) -> R | None:
        value = decode(text)
        for attribute, tests in checks:
            part = getattr(value, attribute)
            if part is not None and not all(holds(part) for holds in tests):
                return None
        return value

    return checked
