"""Bringing a value to the type that its place asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from kanvasc.records import replace
from kanvasc.source import Span
from kanvasc.types.misfits import different
from kanvasc.types.relations import assignable, join
from kanvasc.types.typed import Coerce, Const, If, NewList, NewMap, NewRecord, TypedExpr
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DECIMAL,
    INTEGER,
    NULL,
    NUMBER,
    TEXT,
    UNKNOWN,
    Enum,
    ListOf,
    MapOf,
    Record,
    Type,
    without_null,
)

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator


def to(value: TypedExpr, target: Type) -> TypedExpr | None:
    """`value` as a `target`, or None when it does not fit."""
    if value.type == target or UNKNOWN in (value.type, target):
        return value
    if not assignable(value.type, target):
        return None
    return _convert(value, target)


def _convert(value: TypedExpr, target: Type) -> TypedExpr:
    """`value` is known to fit. Literals are rebuilt, so that no conversion is left for run time."""
    inner = without_null(target)
    match value:
        case NewRecord(fields=fields) if isinstance(inner, Record):
            made = into_record(dict(fields), inner, value.span)
            assert made is not None
            return made
        case NewRecord(fields=fields) if isinstance(inner, MapOf) or inner == ANY:
            item = inner.item if isinstance(inner, MapOf) else ANY
            return NewMap(MapOf(item), value.span, tuple((n, must(v, item)) for n, v in fields))
        case NewList(items=items) if isinstance(inner, ListOf):
            return NewList(inner, value.span, tuple(must(item, inner.item) for item in items))
        case Const(value=int(number)) if inner == DECIMAL and not isinstance(number, bool):
            return Const(DECIMAL, value.span, Decimal(number))
        case If(then=then, otherwise=otherwise):
            return replace(
                value, type=target, then=must(then, target), otherwise=must(otherwise, target)
            )
    if same_representation(value.type, target):
        return value
    return Coerce(target, value.span, value)


def must(value: TypedExpr, target: Type) -> TypedExpr:
    """`value` as a `target` that it is known to fit."""
    fitted = to(value, target)
    assert fitted is not None
    return fitted


def same_representation(source: Type, target: Type) -> bool:
    """Whether the running value is the same object under both types."""
    if source in (target, NULL) or UNKNOWN in (source, target):
        return True
    match without_null(source), without_null(target):
        case Enum(), other:
            return other in (TEXT, ANY) or isinstance(other, Enum)
        case (ListOf(a), ListOf(b)) | (MapOf(a), MapOf(b)):
            return a == b or (same_representation(a, b) and b == ANY)
        case (ListOf(a), other) | (MapOf(a), other) if other == ANY:
            return same_representation(a, ANY)
        case left, right:
            plain = (TEXT, BOOLEAN, INTEGER, NUMBER, ANY)
            return (
                left == right
                or (left, right) == (INTEGER, NUMBER)
                or (right == ANY and left in plain)
            )


def into_record(values: Mapping[str, TypedExpr], target: Record, span: Span) -> NewRecord | None:
    """A `target` from named values: extra ones are dropped, absent optional ones are null."""
    made: list[tuple[str, TypedExpr]] = []
    for field in target.fields:
        value = values.get(field.name)
        if value is None:
            if field.required:
                return None
            continue
        fitted = to(value, field.type)
        if fitted is None:
            return None
        made.append((field.name, fitted))
    return NewRecord(target, span, tuple(made))


def join_all(
    at: Elaborator, values: Iterable[TypedExpr], what: str
) -> tuple[Type, tuple[TypedExpr, ...]] | None:
    """The narrowest type of all values and the values brought to it; a finding when none is."""
    listed = list(values)
    type_ = listed[0].type
    for before, value in pairwise(listed):
        held = join(type_, value.type)
        if held is None:
            at.diagnostics.append(different(before, type_, value, what, at.text))
            return None
        type_ = held
    return type_, tuple(must(value, type_) for value in listed)
