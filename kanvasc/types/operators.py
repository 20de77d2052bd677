"""Operators: which operation they are for their operands' types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix
from kanvasc.names import closest
from kanvasc.syntax import tree
from kanvasc.types import coerce
from kanvasc.types.narrow import present_when
from kanvasc.types.relations import comparable, join
from kanvasc.types.scope import Scope
from kanvasc.types.typed import (
    Bad,
    Coalesce,
    Const,
    IsNull,
    JoinText,
    Logic,
    Negate,
    Not,
    Operate,
    Operation,
    Truth,
    TypedExpr,
    bad,
    faulty,
)
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NULL,
    NUMBER,
    NUMERIC,
    TEXT,
    UNKNOWN,
    Enum,
    Function,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    show,
    without_null,
)

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator

ARITHMETIC: dict[str, Operation] = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
}
VERBS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "divide"}


def condition(at: Elaborator, expr: tree.Expr, scope: Scope) -> TypedExpr:
    """`expr` as a yes or no. Null counts as no; other types are no conditions."""
    value = at.infer(expr, scope, BOOLEAN)
    if value.type in (BOOLEAN, UNKNOWN):
        return value
    if value.type == ANY or without_null(value.type) == BOOLEAN:
        return Truth(BOOLEAN, expr.span, value)
    comparison = _comparison_with_nothing(value.type)
    written = at.text(expr.span)
    fixes: tuple[Fix, ...] = ()
    help_ = "compare it with something"
    if comparison:
        help_ = f"compare it: `{written}{comparison}`"
        after = Edit(type(expr.span)(expr.span.end, expr.span.end), comparison)
        fixes = (Fix(f"Add `{comparison.strip()}`", (after,), safe=False),)
    return at.report(
        "K2004",
        expr.span,
        "A condition must be true or false",
        label=f"this is {show(value.type)}",
        help=help_,
        fixes=fixes,
    )


def _comparison_with_nothing(type_: Type) -> str:
    if isinstance(type_, Nullable):
        return " is not null"
    if type_ == TEXT or isinstance(type_, Enum):
        return ' is not ""'
    if type_ in NUMERIC:
        return " is not 0"
    return ".length is greater than 0" if isinstance(type_, ListOf | MapOf) else ""


def branches(
    at: Elaborator, expr: tree.Conditional, scope: Scope, hint: Type | None
) -> tuple[TypedExpr, TypedExpr]:
    """Both sides of a conditional, each knowing what the condition says of nulls there."""
    yes = scope.with_present(present_when(expr.condition, True))
    no = scope.with_present(present_when(expr.condition, False))
    return at.infer(expr.then, yes, hint), at.infer(expr.otherwise, no, hint)


def unary(at: Elaborator, expr: tree.Unary, scope: Scope, hint: Type | None) -> TypedExpr:
    if expr.op == "!":
        return Not(BOOLEAN, expr.span, condition(at, expr.operand, scope))
    operand = at.infer(expr.operand, scope, hint)
    if faulty(operand):
        return operand
    if isinstance(operand, Const) and operand.type in NUMERIC:
        assert not isinstance(operand.value, str | bool | None)
        return Const(operand.type, expr.span, -operand.value)
    if operand.type not in NUMERIC:
        return _not_numeric(at, operand, "negate")
    return Negate(operand.type, expr.span, operand)


def binary(at: Elaborator, expr: tree.Binary, scope: Scope, hint: Type | None) -> TypedExpr:
    match expr.op:
        case "&&" | "||":
            return _logic(at, expr, scope)
        case "??":
            return _coalesce(at, expr, scope, hint)
        case "==" | "!=":
            return _equality(at, expr, scope)
        case "in":
            return _membership(at, expr, scope)
        case "<" | "<=" | ">" | ">=":
            return _ordering(at, expr, scope)
    return _arithmetic(at, expr, scope, hint)


def _logic(at: Elaborator, expr: tree.Binary, scope: Scope) -> TypedExpr:
    left = condition(at, expr.left, scope)
    known = present_when(expr.left, expr.op == "&&")
    right = condition(at, expr.right, scope.with_present(known))
    return Logic(BOOLEAN, expr.span, "and" if expr.op == "&&" else "or", left, right)


def _coalesce(at: Elaborator, expr: tree.Binary, scope: Scope, hint: Type | None) -> TypedExpr:
    left = at.infer(expr.left, scope, hint)
    if faulty(left):
        at.infer(expr.right, scope, hint)
        return left
    wanted = without_null(left.type)
    right = at.infer(expr.right, scope, wanted if wanted != NULL else hint)
    if faulty(right):
        return right
    if left.type == NULL:
        return right
    if not isinstance(left.type, Nullable) and left.type != ANY:
        at.report(
            "K2010",
            expr.left.span,
            "This is never null, so what stands behind `??` is never used",
            label=f"this is {show(left.type)}",
            help=f"write only `{at.text(expr.left.span)}`",
        )
        return left
    held = join(wanted, right.type)
    if held is None:
        return at.report(
            "K2006",
            expr.right.span,
            "The two sides of `??` have different types",
            label=f"this is {show(right.type)}, the left side is {show(left.type)}",
        )
    fitted_left = coerce.to(left, ANY if held == ANY else Nullable(without_null(held)))
    fitted_right = coerce.to(right, held)
    assert fitted_left is not None
    assert fitted_right is not None
    return Coalesce(held, expr.span, fitted_left, fitted_right)


def _pair(
    at: Elaborator, expr: tree.Binary, scope: Scope, hint: Type | None = None
) -> tuple[TypedExpr, TypedExpr]:
    """Both operands; a numeric literal takes the other side's type."""
    left, right = at.infer(expr.left, scope, hint), at.infer(expr.right, scope, hint)
    if _adapts(left, right):
        return at.infer(expr.left, scope, without_null(right.type)), right
    if _adapts(right, left):
        return left, at.infer(expr.right, scope, without_null(left.type))
    return left, right


def _adapts(literal: TypedExpr, other: TypedExpr) -> bool:
    """Whether a number that was written out can take the type of what stands beside it."""
    written = isinstance(literal, Const) and literal.type in (INTEGER, NUMBER)
    return written and without_null(other.type) in NUMERIC


def _arithmetic(at: Elaborator, expr: tree.Binary, scope: Scope, hint: Type | None) -> TypedExpr:
    wanted = hint if hint is not None and without_null(hint) == DECIMAL else None
    left, right = _pair(at, expr, scope, wanted)
    if faulty(left) or faulty(right):
        return bad(expr.span)
    if expr.op == "+" and (_is_text(left.type) or _is_text(right.type)):
        return _join(at, expr, left, right)
    for operand in (left, right):
        if operand.type not in NUMERIC:
            return _not_numeric(at, operand, VERBS[expr.op])
    over = _common(at, expr, left, right)
    if over is None:
        return bad(expr.span)
    result = NUMBER if expr.op == "/" and over == INTEGER else over
    fitted_left, fitted_right = coerce.to(left, over), coerce.to(right, over)
    assert fitted_left is not None
    assert fitted_right is not None
    return Operate(result, expr.span, ARITHMETIC[expr.op], fitted_left, fitted_right, result)


def _is_text(type_: Type) -> bool:
    inner = without_null(type_)
    return inner == TEXT or isinstance(inner, Enum)


def _join(at: Elaborator, expr: tree.Binary, left: TypedExpr, right: TypedExpr) -> TypedExpr:
    for side in (left, right):
        if isinstance(side.type, Function):
            return at.report("K1010", side.span, "A function cannot be joined to a text")
    parts: list[TypedExpr] = []
    for side in (left, right):
        parts.extend(side.parts if isinstance(side, JoinText) else (side,))
    return JoinText(TEXT, expr.span, tuple(parts))


def _common(at: Elaborator, expr: tree.Binary, left: TypedExpr, right: TypedExpr) -> Type | None:
    if {left.type, right.type} == {NUMBER, DECIMAL}:
        number = left if left.type == NUMBER else right
        at.report(
            "K2009",
            expr.span,
            "A decimal and a number cannot be mixed",
            label=f"`{at.text(number.span)}` is a number",
            help="declare both as decimal, or both as number",
        )
        return None
    return join(left.type, right.type)


def _not_numeric(at: Elaborator, operand: TypedExpr, verb: str) -> Bad:
    written = at.text(operand.span)
    inner = without_null(operand.type)
    if isinstance(operand.type, Nullable) and inner in NUMERIC:
        return at.report(
            "K2003",
            operand.span,
            f"To {verb}, both sides must be numbers, and this may be null",
            label=f"this is {show(operand.type)}",
            help=f"say what to use instead of null, for example `({written} ?? 0)`",
        )
    help_ = f"convert it: `toNumber({written})`" if _is_text(inner) or inner == ANY else ""
    return at.report(
        "K2002",
        operand.span,
        f"To {verb}, both sides must be numbers",
        label=f"this is {show(operand.type)}",
        help=help_,
    )


def _equality(at: Elaborator, expr: tree.Binary, scope: Scope) -> TypedExpr:
    left, right = _pair(at, expr, scope)
    if faulty(left) or faulty(right):
        return bad(expr.span)
    for side, other in ((left, right), (right, left)):
        if side.type == NULL and (isinstance(other.type, Nullable) or other.type in (ANY, NULL)):
            return IsNull(BOOLEAN, expr.span, other, negated=expr.op == "!=")
    if isinstance(left.type, Function) or isinstance(right.type, Function):
        return at.report("K2005", expr.span, "Functions cannot be compared")
    if not comparable(left.type, right.type):
        return _never_equal(at, expr, left, right)
    over = join(left.type, right.type) or ANY
    operation: Operation = "==" if expr.op == "==" else "!="
    return Operate(BOOLEAN, expr.span, operation, left, right, over)


def _never_equal(at: Elaborator, expr: tree.Binary, left: TypedExpr, right: TypedExpr) -> TypedExpr:
    help_ = ""
    for literal, other in ((left.type, right.type), (right.type, left.type)):
        inner = without_null(other)
        if isinstance(literal, Enum) and len(literal.values) == 1 and isinstance(inner, Enum):
            near = closest(literal.values[0], inner.values)
            listed = ", ".join(f'"{value}"' for value in inner.values[:6])
            help_ = f'did you mean "{near}"?' if near else f"it is one of {listed}"
        elif literal == NULL:
            help_ = "this is never null: leave the comparison out"
    return at.report(
        "K2005",
        expr.span,
        "These two can never be equal",
        label=f"{show(left.type)} on the left, {show(right.type)} on the right",
        help=help_,
    )


def _membership(at: Elaborator, expr: tree.Binary, scope: Scope) -> TypedExpr:
    item, container = at.infer(expr.left, scope), at.infer(expr.right, scope)
    if faulty(item) or faulty(container):
        return bad(expr.span)
    allowed = False
    match container.type:
        case ListOf(of):
            allowed = comparable(item.type, of)
        case MapOf() | Record():
            allowed = _is_text(item.type)
        case _ if _is_text(container.type) and not isinstance(container.type, Nullable):
            allowed = _is_text(item.type) and not isinstance(item.type, Nullable)
        case _:
            allowed = container.type == ANY
    if allowed:
        return Operate(BOOLEAN, expr.span, "in", item, container, ANY)
    if isinstance(container.type, Nullable):
        return at.report(
            "K2003",
            container.span,
            "What stands behind `in` may be null",
            label=f"this is {show(container.type)}",
            help="say what to use instead of null, for example "
            f"`({at.text(container.span)} ?? [])`",
        )
    return at.report(
        "K2005",
        expr.span,
        "This can never be in there",
        label=f"{show(item.type)} in {show(container.type)}",
        help="`in` looks for an item of a list, a part of a text or a key of a map",
    )


def _ordering(at: Elaborator, expr: tree.Binary, scope: Scope) -> TypedExpr:
    left, right = _pair(at, expr, scope)
    if faulty(left) or faulty(right):
        return bad(expr.span)
    if left.type in NUMERIC and right.type in NUMERIC:
        over = _common(at, expr, left, right)
    elif _is_text(left.type) and _is_text(right.type):
        over = TEXT
    else:
        over = left.type if left.type == right.type and left.type in (DATE, DATETIME) else UNKNOWN
    if over is None:
        return bad(expr.span)
    for side in (left, right):
        if isinstance(side.type, Nullable):
            default = coerce.DEFAULTS.get(side.type.of, "…")
            return at.report(
                "K2003",
                side.span,
                "What is compared by size may not be null",
                label=f"this is {show(side.type)}",
                help="say what to use instead of null, for example "
                f"`({at.text(side.span)} ?? {default})`",
            )
    if over == UNKNOWN:
        return at.report(
            "K2002",
            expr.span,
            "These two have no order between them",
            label=f"{show(left.type)} on the left, {show(right.type)} on the right",
            help="numbers, texts, dates and datetimes have an order, each among themselves",
        )
    operation: Operation = expr.op if expr.op in ("<", "<=", ">", ">=") else "<"
    fitted_left, fitted_right = coerce.to(left, over), coerce.to(right, over)
    return Operate(BOOLEAN, expr.span, operation, fitted_left or left, fitted_right or right, over)
