"""The modifiers of an output, held against the record that a machine made.

Types were proved when the program was compiled; what a value is (`min`, `pattern` …) shows only
when it is there. A contract without modifiers has no check at all.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from kanvas_runtime.codec.describe import FieldInfo, TypeInfo, fields
from kanvas_runtime.codec.mismatch import Mismatch
from kanvas_runtime.codec.rules import Rule, one_of, rules_of
from kanvas_runtime.contract import Record

Check: TypeAlias = Callable[[Any], None]


def check_of(record: type[Record]) -> Check | None:
    """What raises `Mismatch` for a record that breaks its contract; None if none can."""
    return RecordCheck(record) if any(_ruled(f.type, {record}) for f in fields(record)) else None


def _ruled(info: TypeInfo, above: set[type[Record]]) -> bool:
    """Whether a modifier stands on the type or inside it. An enum's texts were proved."""
    if _rules(info) or info.subset:
        return True
    if info.item is not None:
        return _ruled(info.item, above)
    if info.record is None or info.record in above:
        return False
    return any(_ruled(inner.type, above | {info.record}) for inner in info.fields)


def _rules(info: TypeInfo) -> tuple[Rule, ...]:
    return () if info.kind == "enum" else rules_of(info)


class RecordCheck:
    """Checks the fields that have modifiers, compiled on first use: a class may hold itself."""

    def __init__(self, record: type[Record]) -> None:
        self._record = record

    @functools.cached_property
    def _fields(self) -> tuple[tuple[FieldInfo, Check], ...]:
        above = {self._record}
        ruled = [f for f in fields(self._record) if _ruled(f.type, set()) or f.type.record in above]
        return tuple((field, _check(field.type)) for field in ruled)

    def __call__(self, value: object) -> None:
        for field, check in self._fields:
            part = getattr(value, field.attribute)
            if part is not None:
                _within(field.name, _discreet(check) if field.secret else check, part)


def _discreet(check: Check) -> Check:
    """Keys inside a secret are part of it: nothing is said about where it is wrong."""

    def check_secret(value: object) -> None:
        try:
            check(value)
        except Mismatch as mismatch:
            raise Mismatch(mismatch.message) from None

    return check_secret


def _check(info: TypeInfo) -> Check:
    rules, inner = _rules(info), _inside(info)

    def check(value: object) -> None:
        for holds, message in rules:
            if not holds(value):
                raise Mismatch(message)
        if inner is not None:
            inner(value)

    return check


def _inside(info: TypeInfo) -> Check | None:
    if info.record is not None:
        return RecordCheck(info.record)
    if info.subset:
        return _each(enumerate, _member(info.subset))
    if info.item is None or not _ruled(info.item, set()):
        return None
    return _each(enumerate if info.kind == "list" else _entries, _check(info.item))


def _member(subset: tuple[object, ...]) -> Check:
    def check(value: object) -> None:
        if value not in subset:
            raise Mismatch(one_of(subset))

    return check


def _entries(value: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    return value.items()


def _each(parts: Callable[[Any], Iterable[tuple[str | int, object]]], check: Check) -> Check:
    def check_parts(value: object) -> None:
        for place, part in parts(value):
            if part is not None:
                _within(place, check, part)

    return check_parts


def _within(place: str | int, check: Check, value: object) -> None:
    try:
        check(value)
    except Mismatch as mismatch:
        raise mismatch.within(place) from None
