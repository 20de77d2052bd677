"""What a condition tells about nulls, for the places that it guards."""

from __future__ import annotations

from kanvasc.syntax import tree

NOTHING: frozenset[str] = frozenset()


def path_of(expr: tree.Expr) -> str | None:
    """`input.a.b`, `steps.x`, a local: a place whose value cannot change between two looks."""
    match expr:
        case tree.NameRef(text=text):
            return text
        case tree.Member(object=inner, name=name):
            base = path_of(inner)
            return None if base is None else f"{base}.{name.text}"
    return None


def present_when(expr: tree.Expr, outcome: bool) -> frozenset[str]:
    """The paths that are not null when `expr` came out as `outcome`."""
    match expr:
        case tree.Unary(op="!", operand=operand):
            return present_when(operand, not outcome)
        case tree.Binary(op="&&", left=left, right=right) if outcome:
            return present_when(left, True) | present_when(right, True)
        case tree.Binary(op="||", left=left, right=right) if not outcome:
            return present_when(left, False) | present_when(right, False)
        case tree.Binary(op="==", left=left, right=right):
            return _compared(left, right, equal=outcome)
        case tree.Binary(op="!=", left=left, right=right):
            return _compared(left, right, equal=not outcome)
        case tree.NameRef() | tree.Member() if outcome:
            return _one(expr)
    return NOTHING


def _compared(left: tree.Expr, right: tree.Expr, *, equal: bool) -> frozenset[str]:
    if isinstance(left, tree.NullLit):
        left, right = right, left
    if isinstance(right, tree.NullLit):
        return NOTHING if equal else _one(left)
    if equal and isinstance(right, tree.TextLit | tree.NumberLit | tree.BoolLit):
        return _one(left)
    return NOTHING


def _one(expr: tree.Expr) -> frozenset[str]:
    path = path_of(expr)
    return NOTHING if path is None else frozenset((path,))
