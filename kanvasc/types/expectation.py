"""What a test expects, against the type that the answer has: part by part, literals only."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types import constants, literals
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.modifiers import NOTHING_IN_SCOPE
from kanvasc.types.typed import Bad, NewList, NewMap, TypedExpr
from kanvasc.types.types import ANY, ListOf, MapOf, Record, Type, without_null

PLACE = "what is expected here"


def expectation(at: Elaborator, written: tree.Expr, target: Type) -> TypedExpr | None:
    """`written` as a constant whose numbers are read as `target` says; None after a finding.

    An object need not name all fields of a record, so it becomes a map of those that it names.
    """
    wanted = without_null(target)
    if isinstance(written, tree.MapLit) and (isinstance(wanted, Record | MapOf) or wanted == ANY):
        return _object(at, written, wanted)
    if isinstance(written, tree.ListLit) and (isinstance(wanted, ListOf) or wanted == ANY):
        item = wanted.item if isinstance(wanted, ListOf) else ANY
        items = [expectation(at, each, item) for each in written.items]
        made = tuple(item for item in items if item is not None)
        return NewList(ListOf(ANY), written.span, made) if len(made) == len(items) else None
    value = at.check(written, NOTHING_IN_SCOPE, target, PLACE)
    return None if isinstance(value, Bad) else literal(at, value)


def literal(at: Elaborator, value: TypedExpr) -> TypedExpr | None:
    """`value`, when it is written out; else a finding."""
    if constants.is_constant(value):
        return value
    at.report(
        "K6001",
        value.span,
        "A test is made of values that are written out",
        label="this has to be computed first",
        why="What is computed on both sides can be wrong on both.",
        help="write the value itself",
    )
    return None


def _object(at: Elaborator, written: tree.MapLit, wanted: Type) -> TypedExpr | None:
    literals.report_twice(at, written)
    entries: list[tuple[str, TypedExpr]] = []
    for entry in written.entries:
        target = _member(at, entry, wanted)
        value = expectation(at, entry.value, target) if target is not None else None
        if value is not None:
            entries.append((entry.key.text, value))
    whole = len(entries) == len(written.entries)
    return NewMap(MapOf(ANY), written.span, tuple(entries)) if whole else None


def _member(at: Elaborator, entry: tree.MapEntry, wanted: Type) -> Type | None:
    """The type of the member that an entry names; None when there is no such field."""
    if not isinstance(wanted, Record):
        return wanted.item if isinstance(wanted, MapOf) else ANY
    field = wanted.get(entry.key.text)
    if field is not None:
        return field.type
    known = [field.name for field in wanted.fields]
    near = closest(entry.key.text, known)
    at.report(
        "K6002",
        entry.key.span,
        f"The output has no field `{entry.key.text}`",
        help=did_you_mean(entry.key.text, known, "fields"),
        fixes=(Fix(f"Write `{near}`", (Edit(entry.key.span, near),), safe=False),) if near else (),
    )
    return None
