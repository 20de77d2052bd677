"""Text that type checkers take for less than text.

A variable that holds one of a few texts is a `Literal` for them, and they make a list of these few
of a list of such variables: it is no list of text, as a list may be changed. `str` of one of them,
which is that text itself, makes it plain.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kanvasc.plan.python import call
from kanvasc.types.typed import Coalesce, Const, If, TypedExpr
from kanvasc.types.types import TEXT, Enum, Type, without_null


def items(made: list[ast.expr], values: Sequence[TypedExpr], item: Type) -> list[ast.expr]:
    """What was `made` of the `values` of a list or map whose items have the type `item`."""
    if without_null(item) != TEXT:
        return made
    place = next((place for place, value in enumerate(values) if _few(value)), None)
    if place is None or not all(_adds_nothing(value, values) for value in values):
        return made
    return [*made[:place], _text(made[place]), *made[place + 1 :]]


def value(made: ast.expr, of: TypedExpr, type_: Type) -> ast.expr:
    """What was `made` of a value whose type decides on that of what is around it."""
    return _text(made) if type_ == TEXT and _few(of) else made


def _text(made: ast.expr) -> ast.expr:
    return call("str", made)


def _few(value: TypedExpr) -> bool:
    """Whether it is seen as one of a few texts; a literal alone is not."""
    match value:
        case Const():
            return False
        case If(then=first, otherwise=second) | Coalesce(left=first, right=second):
            return _few(first) and _few(second)
    return isinstance(value.type, Enum)


def _adds_nothing(value: TypedExpr, beside: Sequence[TypedExpr]) -> bool:
    """Whether it is null or one of a few texts; a literal is where a variable holds it too."""
    if isinstance(value, Const):
        held = (other.type for other in beside if _few(other))
        return value.value is None or any(
            isinstance(type_, Enum) and value.value in type_.values for type_ in held
        )
    return isinstance(without_null(value.type), Enum) or _few(value)
