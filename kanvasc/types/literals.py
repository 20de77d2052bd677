"""Literals: their own type, or the one that their place asks for."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import reduce
from typing import TYPE_CHECKING

from kanvasc.diagnostics import Related
from kanvasc.syntax import tree
from kanvasc.types import coerce
from kanvasc.types.relations import join, widened
from kanvasc.types.scope import Scope
from kanvasc.types.times import is_date, is_datetime, is_uuid
from kanvasc.types.typed import Const, NewList, NewMap, NewRecord, TypedExpr, bad
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NEVER,
    NUMBER,
    UUID,
    Enum,
    ListOf,
    MapOf,
    Record,
    RecordField,
    Type,
    without_null,
)

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator

_NO_FIELD = re.compile(r'["\\\x00-\x1f]')
"""What no field of a record can have in its JSON name at run time."""
LARGEST_INTEGER = 2**53 - 1
MOST_DIGITS = 34
LARGEST_EXPONENT = 34


WRITTEN_AS_TEXT: dict[Type, Callable[[str], bool]] = {
    DATE: is_date,
    DATETIME: is_datetime,
    UUID: is_uuid,
}
"""Types whose literals are texts, and which texts they are."""


def text(expr: tree.TextLit, value: str, hint: Type | None) -> TypedExpr:
    """Text, or a date, datetime or uuid where the place asks for one."""
    wanted = without_null(hint) if hint is not None else None
    reads = WRITTEN_AS_TEXT.get(wanted) if wanted is not None else None
    if wanted is not None and reads is not None and reads(value):
        return Const(wanted, expr.span, value)
    return Const(Enum((value,), literal=True), expr.span, value)


def boolean(_: Elaborator, expr: tree.BoolLit, __: Scope, ___: Type | None) -> TypedExpr:
    return Const(BOOLEAN, expr.span, expr.value)


def number(at: Elaborator, expr: tree.NumberLit, _: Scope, hint: Type | None) -> TypedExpr:
    """Integer, number or decimal, as the place asks; by its spelling when it does not."""
    wanted = without_null(hint) if hint is not None else None
    exact = _exact(expr.text)
    if wanted == DECIMAL and exact is not None and _fits_decimal(exact):
        return Const(DECIMAL, expr.span, exact)
    if wanted == DECIMAL:
        return at.report(
            "K2011",
            expr.span,
            f"{expr.text} has more digits than a decimal holds",
            why="A decimal has at most 34 digits, up to 34 of them behind the point.",
            help="write it with fewer digits",
        )
    value = float(expr.text)
    whole = (
        exact is not None
        and abs(exact.adjusted()) <= LARGEST_EXPONENT
        and exact == exact.to_integral_value()
    )
    if whole and exact is not None and (wanted == INTEGER or expr.text.isdigit()):
        if abs(exact) <= LARGEST_INTEGER:
            return Const(INTEGER, expr.span, int(exact))
        if expr.text.isdigit():
            return at.report(
                "K2011",
                expr.span,
                f"{expr.text} is too large for an integer",
                help=f"integers go up to {LARGEST_INTEGER}; use a decimal for more digits",
            )
    if value in (float("inf"), float("-inf")):
        return at.report(
            "K2011",
            expr.span,
            f"{expr.text} is too large for a number",
            why="Numbers go up to about 1.8e308, as in JSON.",
            help="write a smaller one",
        )
    return Const(NUMBER, expr.span, value)


def _exact(spelt: str) -> Decimal | None:
    try:
        return Decimal(spelt)
    except InvalidOperation:
        return None


def _fits_decimal(value: Decimal) -> bool:
    digits = value.as_tuple()
    exponent = digits.exponent
    assert isinstance(exponent, int)
    return len(digits.digits) <= MOST_DIGITS and abs(exponent) <= LARGEST_EXPONENT


def list_of(at: Elaborator, expr: tree.ListLit, scope: Scope, hint: Type | None) -> TypedExpr:
    wanted = without_null(hint) if hint is not None else None
    item_hint = wanted.item if isinstance(wanted, ListOf) else None
    items = [at.infer(item, scope, item_hint) for item in expr.items]
    if item_hint is not None:
        fitted = [coerce.to(item, item_hint) for item in items]
        if all(item is not None for item in fitted):
            made = tuple(item for item in fitted if item is not None)
            return NewList(ListOf(item_hint), expr.span, made)
    if not items:
        return NewList(ListOf(NEVER), expr.span, ())
    mark = len(at.diagnostics)
    joined = coerce.join_all(at, items, "the items of this list")
    if joined is None and item_hint is not None:
        del at.diagnostics[mark:]
        for item in items:
            at.fit(item, item_hint, "each item of this list")
    if joined is None:
        return bad(expr.span)
    type_, made = joined
    item_type = widened(type_)
    return NewList(ListOf(item_type), expr.span, tuple(coerce.must(m, item_type) for m in made))


def map_of(at: Elaborator, expr: tree.MapLit, scope: Scope, hint: Type | None) -> TypedExpr:
    """A map literal makes a record, unless its place asks for a map or a key can be no field's."""
    wanted = without_null(hint) if hint is not None else None
    report_twice(at, expr)
    if isinstance(wanted, MapOf) or wanted == ANY:
        return _map(at, expr, scope, wanted)
    if not isinstance(wanted, Record) and any(_NO_FIELD.search(e.key.text) for e in expr.entries):
        return _mixed_map(at, expr, scope)
    known = wanted if isinstance(wanted, Record) else Record(())
    values: dict[str, TypedExpr] = {}
    for entry in expr.entries:
        field = known.get(entry.key.text)
        values[entry.key.text] = at.infer(entry.value, scope, field.type if field else None)
    if isinstance(wanted, Record) and all(wanted.get(name) for name in values):
        made = coerce.into_record(values, wanted, expr.span)
        if made is not None:
            return made
    entries = tuple(entry for entry in values.items() if not _NO_FIELD.search(entry[0]))
    fields = tuple(RecordField(name, value.type) for name, value in entries)
    return NewRecord(Record(fields), expr.span, entries)


def _map(at: Elaborator, expr: tree.MapLit, scope: Scope, wanted: Type) -> TypedExpr:
    item = wanted.item if isinstance(wanted, MapOf) else ANY
    entries = tuple(
        (entry.key.text, at.check(entry.value, scope, item, f"the value of `{entry.key.text}`"))
        for entry in expr.entries
    )
    return NewMap(MapOf(item), expr.span, entries)


def _mixed_map(at: Elaborator, expr: tree.MapLit, scope: Scope) -> TypedExpr:
    """A map of what its values have in common, which may be nothing."""
    values = [(entry.key.text, at.infer(entry.value, scope)) for entry in expr.entries]
    types = [widened(value.type) for _, value in values]
    item = reduce(lambda held, type_: join(held, type_) or ANY, types)
    entries = tuple((key, at.fit(value, item, f"the value of `{key}`")) for key, value in values)
    return NewMap(MapOf(item), expr.span, entries)


def report_twice(at: Elaborator, expr: tree.MapLit) -> None:
    """A finding for each key of a map literal that it has already."""
    seen: dict[str, tree.Name] = {}
    for entry in expr.entries:
        if entry.key.text in seen:
            at.report(
                "K1004",
                entry.key.span,
                f"`{entry.key.text}` stands twice between these braces",
                related=(Related(seen[entry.key.text].span, "the first one"),),
                help="remove one of the two, or give it another name",
            )
        seen.setdefault(entry.key.text, entry.key)
