"""`for each`: a body for every item of a list, and the list of its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.records import replace
from kanvasc.syntax import tree
from kanvasc.types import options
from kanvasc.types.control import TypedForEach
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.nulls import report_null
from kanvasc.types.program import TypedStep
from kanvasc.types.relations import widened
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Coerce, Symbol, TypedExpr, bad, faulty
from kanvasc.types.types import (
    ANY,
    INTEGER,
    NULL,
    TEXT,
    UNKNOWN,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    without_null,
)
from kanvasc.types.wording import described

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps

MOST_AT_ONCE = 64


def for_each(self: Steps, step: tree.ForEach, scope: Scope) -> TypedStep | None:
    known = options.named(self.at, step.options, ("concurrency",), "`for each`")
    at_once = options.whole(self.at, known.get("concurrency"), 1, MOST_AT_ONCE, 1)
    items = _items(self.at, self.at.infer(step.items, scope))
    item = items.type.item if isinstance(items.type, ListOf) else UNKNOWN
    variable = Symbol(step.variable.text, item, step.variable.span, "let")
    index = Symbol("index", INTEGER, step.variable.span, "let")
    gone = f"{variable.name}."
    present = frozenset(p for p in scope.present if p != variable.name and not p.startswith(gone))
    inside = replace(scope.with_local(variable), loop=index, present=present)
    named = step.name.text if step.name is not None else None
    wanted = without_null(self.hints[named]) if named in self.hints else None
    hint = wanted.item if isinstance(wanted, ListOf) else None
    with self.unasked():
        body, _ = self.body(step.body, inside, hint)
    value: Type = NULL if body.value is None else widened(body.value.type)
    if body.value is not None and value != body.value.type:
        body.value = Coerce(value, body.value.span, body.value)
    symbol = Symbol(
        named or f"each_{variable.name}",
        ListOf(value) if value != UNKNOWN else UNKNOWN,
        step.name.span if step.name is not None else step.variable.span,
        "step",
    )
    return TypedForEach(symbol, step.span, variable, index, items, body, at_once)


def _items(at: Elaborator, items: TypedExpr) -> TypedExpr:
    if faulty(items) or isinstance(items.type, ListOf):
        return items
    inner = without_null(items.type)
    if isinstance(items.type, Nullable) and isinstance(inner, ListOf):
        return report_null(at, items, "What `for each` goes through may be null")
    at.report(
        "K2002",
        items.span,
        "`for each` goes through a list",
        label=f"this is {described(items.type)}",
        why="The body runs for every item, in the order of the list.",
        help=_listed(inner, at.text(items.span)),
    )
    return bad(items.span)


def _listed(inner: Type, written: str) -> str:
    if isinstance(inner, MapOf):
        return f"go through its keys or values: `{written}.keys()`, `{written}.values()`"
    if inner == TEXT or isinstance(inner, Enum):
        return f'make a list of it: `{written}.split(",")`'
    if inner == ANY:
        return "declare it as a list where it comes from"
    if isinstance(inner, Record):
        return f"name one of its fields that is a list: `{written}.…`"
    return f"put it in a list: `[{written}]`"
