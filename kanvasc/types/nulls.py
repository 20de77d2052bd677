"""Values that may be null where none may stand: why they may, and what to write instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Diagnostic, Edit, Fix, report
from kanvasc.types.typed import (
    Bad,
    CallLibrary,
    Get,
    If,
    InputRef,
    Key,
    Local,
    StateRef,
    TypedExpr,
    bad,
)
from kanvasc.types.types import NULL, Type
from kanvasc.types.wording import default_of, described

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator

_MAY_FIND_NOTHING = ("first", "last", "find", "min_", "max_")
_WHY_ITEM = "Where there is no such item, the function gives null, and that case has to be said."
_WHY_KEY = "A map need not have this key; where it has not, the value is null."
_WHY_STEP = "This step does not run on every path; where it did not run, its value is null."

_WHY_STATE = (
    "A field of the state without a default is null until it is set. What a condition has shown of "
    "it holds until it is set again."
)


def may_be_null(
    value: TypedExpr, written: str, title: str, wanted: Type | None = None
) -> Diagnostic:
    """The finding that `value`, spelt `written`, may be null; `wanted` is the type asked for."""
    default = default_of(value.type if wanted is None else wanted)
    instead = f"({f'({written})' if isinstance(value, If) else written} ?? {default})"
    fixes: tuple[Fix, ...] = ()
    if default != "…" and value.type != NULL:
        edits = (Edit(value.span, instead),)
        fixes = (Fix(f"Use `{default}` where it is null", edits, safe=False),)
    return report(
        "K2003",
        value.span,
        title,
        label=f"this is {described(value.type)}",
        why=_why(value),
        help=_help(value, instead),
        fixes=fixes,
    )


def report_null(at: Elaborator, value: TypedExpr, title: str) -> Bad:
    at.diagnostics.append(may_be_null(value, at.text(value.span), title))
    return bad(value.span)


def _help(value: TypedExpr, instead: str) -> str:
    if value.type == NULL:
        return "write the value that is meant"
    help_ = f"say what to use instead of null: `{instead}`"
    if isinstance(value, Get) and isinstance(value.object, InputRef):
        return f"{help_}; or declare `{value.name}` with `is required`"
    return help_


def _why(value: TypedExpr) -> str | None:
    """The reason of this kind of value, or None for the usual one."""
    match value:
        case Local(symbol=symbol) if symbol.kind == "step":
            return _WHY_STEP
        case CallLibrary(python=python) if python in _MAY_FIND_NOTHING:
            return _WHY_ITEM
        case CallLibrary(python="get") | Key():
            return _WHY_KEY
        case Get(object=StateRef()):
            return _WHY_STATE
    return None
