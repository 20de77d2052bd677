"""Operators: which operation they are for their operands' types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.records import replace
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import coerce
from kanvasc.types.literals import WRITTEN_AS_TEXT
from kanvasc.types.misfits import different, mismatch
from kanvasc.types.narrow import present_when
from kanvasc.types.nulls import report_null
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
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    without_null,
)
from kanvasc.types.wording import comparison, default_of, described

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator

ARITHMETIC: dict[str, Operation] = {
    "+": "add",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
}
DONE = {"+": "added", "-": "subtracted", "*": "multiplied", "/": "divided", "%": "divided"}


def condition(at: Elaborator, expr: tree.Expr, scope: Scope, *, negated: bool = False) -> TypedExpr:
    """`expr` as a yes or no. Null counts as no; other types are no conditions.

    `negated`: it stands behind `!`, which binds tighter than a comparison.
    """
    value = at.infer(expr, scope, BOOLEAN)
    if value.type in (BOOLEAN, UNKNOWN):
        return value
    if value.type == ANY or without_null(value.type) == BOOLEAN:
        return Truth(BOOLEAN, expr.span, value)
    written = at.text(expr.span)
    fixes: tuple[Fix, ...] = ()
    help_ = "ask for something that is true or false, such as one of its fields"
    if comparison(value.type):
        loose = isinstance(expr, tree.Conditional | tree.Binary | tree.Unary)
        compared = f"({written})" if loose else written
        compared = f"{compared}{comparison(value.type)}"
        compared = f"({compared})" if negated else compared
        help_ = f"compare it: `{compared}`"
        fixes = (Fix(f"Write `{compared}`", (Edit(expr.span, compared),), safe=False),)
    return at.report(
        "K2004",
        expr.span,
        "A condition must be true or false",
        label=f"this is {described(value.type)}",
        help=help_,
        fixes=fixes,
    )


def branches(
    at: Elaborator, expr: tree.Conditional, scope: Scope, hint: Type | None
) -> tuple[TypedExpr, TypedExpr]:
    """Both sides of a conditional, each knowing what the condition says of nulls there."""
    yes = scope.with_present(present_when(expr.condition, True))
    no = scope.with_present(present_when(expr.condition, False))
    return at.infer(expr.then, yes, hint), at.infer(expr.otherwise, no, hint)


def unary(at: Elaborator, expr: tree.Unary, scope: Scope, hint: Type | None) -> TypedExpr:
    if expr.op == "!":
        return Not(BOOLEAN, expr.span, condition(at, expr.operand, scope, negated=True))
    operand = at.infer(expr.operand, scope, hint)
    if faulty(operand):
        return operand
    if isinstance(operand, Const) and operand.type in NUMERIC:
        assert not isinstance(operand.value, str | bool | None)
        return Const(operand.type, expr.span, -operand.value)
    if operand.type not in NUMERIC:
        return _not_numeric(at, operand, "negated")
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
    mark = len(at.diagnostics)
    left = condition(at, expr.left, scope)
    known = present_when(expr.left, expr.op == "&&")
    right = condition(at, expr.right, scope.with_present(known))
    said = [(found.code, found.span) for found in at.diagnostics[mark:]]
    if expr.op == "||" and said == [("K2004", expr.left.span), ("K2004", expr.right.span)]:
        del at.diagnostics[mark:]
        return _no_condition(at, expr)
    return Logic(BOOLEAN, expr.span, "and" if expr.op == "&&" else "or", left, right)


def _no_condition(at: Elaborator, expr: tree.Binary) -> TypedExpr:
    """`a || b` of values that are no conditions, which elsewhere gives one of them."""
    wanted = f"{at.text(expr.left.span)} ?? {at.text(expr.right.span)}"
    return at.report(
        "K2004",
        expr.span,
        "`||` is between conditions, and these are values",
        label="neither side is true or false",
        help=f"for a value instead of null, write `{wanted}`",
        fixes=(Fix(f"Write `{wanted}`", (Edit(expr.span, wanted),), safe=False),),
    )


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
            label=f"this is {described(left.type)}",
            help=f"write only `{at.text(expr.left.span)}`",
            fixes=(Fix("Remove what is never used", (_behind(expr.left, expr),), safe=False),),
        )
        return left
    held = join(wanted, right.type)
    if held is None:
        found = different(left, wanted, right, "the two sides of `??`", at.text)
        at.diagnostics.append(replace(found, help=_same_as(wanted), fixes=()))
        return bad(expr.span)
    fitted_left = coerce.to(left, ANY if held == ANY else Nullable(without_null(held)))
    fitted_right = coerce.to(right, held)
    assert fitted_left is not None
    assert fitted_right is not None
    return Coalesce(held, expr.span, fitted_left, fitted_right)


def _behind(left: tree.Expr, whole: tree.Expr) -> Edit:
    return Edit(Span(left.span.end, whole.span.end), "")


def _same_as(type_: Type) -> str:
    return f"write {described(type_)} behind `??`, such as `{default_of(type_)}`"


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
    """Whether a literal can take the type of what stands beside it."""
    beside = without_null(other.type)
    if not isinstance(literal, Const):
        return False
    if literal.type in (INTEGER, NUMBER):
        return beside in NUMERIC
    return isinstance(literal.type, Enum) and beside in WRITTEN_AS_TEXT


def _arithmetic(at: Elaborator, expr: tree.Binary, scope: Scope, hint: Type | None) -> TypedExpr:
    wanted = hint if hint is not None and without_null(hint) == DECIMAL else None
    left, right = _pair(at, expr, scope, wanted)
    if faulty(left) or faulty(right):
        return bad(expr.span)
    if expr.op == "+" and (_is_text(left.type) or _is_text(right.type)):
        return _join(at, expr, left, right)
    for operand in (left, right):
        if operand.type not in NUMERIC:
            other = right if operand is left else left
            return _not_numeric(at, operand, DONE[expr.op], other)
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
    parts: list[TypedExpr] = []
    for side in (left, right):
        parts.extend(side.parts if isinstance(side, JoinText) else (side,))
    return JoinText(TEXT, expr.span, tuple(parts))


def _common(at: Elaborator, expr: tree.Binary, left: TypedExpr, right: TypedExpr) -> Type | None:
    if {left.type, right.type} == {NUMBER, DECIMAL}:
        _mixed(at, left, right)
        return None
    return join(left.type, right.type)


def _mixed(at: Elaborator, left: TypedExpr, right: TypedExpr) -> Bad:
    number, decimal = (left, right) if without_null(left.type) == NUMBER else (right, left)
    instead = f"toDecimal({at.text(number.span)})"
    return at.report(
        "K2009",
        number.span,
        "A decimal and a number cannot be mixed",
        label="this is a number",
        related=(Related(decimal.span, "and this is a decimal"),),
        help=f"declare both as decimal, or convert this one: `{instead}`",
        fixes=(Fix(f"Write `{instead}`", (Edit(number.span, instead),), safe=False),),
    )


def _not_numeric(
    at: Elaborator, operand: TypedExpr, done: str, other: TypedExpr | None = None
) -> Bad:
    """An operand that is no number; `other` is the one on the other side."""
    written = at.text(operand.span)
    inner = without_null(operand.type)
    if isinstance(operand.type, Nullable) and inner in NUMERIC:
        return report_null(at, operand, f"What is {done} must be a number, and this may be null")
    fixes: tuple[Fix, ...] = ()
    help_ = "use one of its parts that is a number"
    if _is_text(inner) or inner == ANY:
        help_ = f"convert it: `toNumber({written})`"
        edits = (Edit(operand.span, f"toNumber({written})"),)
        fixes = (Fix(f"Write `toNumber({written})`", edits, safe=False),)
    elif isinstance(inner, ListOf) and other is not None and isinstance(other.type, ListOf):
        help_ = f"to put two lists together, write `[{written}, {at.text(other.span)}].flat()`"
    return at.report(
        "K2002",
        operand.span,
        f"Only numbers can be {done}",
        label=f"this is {described(operand.type)}",
        help=help_,
        fixes=fixes,
    )


def _equality(at: Elaborator, expr: tree.Binary, scope: Scope) -> TypedExpr:
    left, right = _pair(at, expr, scope)
    if faulty(left) or faulty(right):
        return bad(expr.span)
    for side, other in ((left, right), (right, left)):
        if side.type == NULL and (isinstance(other.type, Nullable) or other.type in (ANY, NULL)):
            return IsNull(BOOLEAN, expr.span, other, negated=expr.op == "!=")
    if {without_null(left.type), without_null(right.type)} == {NUMBER, DECIMAL}:
        return _mixed(at, left, right)
    if not comparable(left.type, right.type):
        return _never_equal(at, expr, left, right)
    over = join(left.type, right.type) or ANY
    operation: Operation = "==" if expr.op == "==" else "!="
    return Operate(BOOLEAN, expr.span, operation, left, right, over)


def _never_equal(at: Elaborator, expr: tree.Binary, left: TypedExpr, right: TypedExpr) -> TypedExpr:
    for literal, other in ((left, right), (right, left)):
        if literal.type == NULL:
            return at.report(
                "K2005",
                other.span,
                "This is never null",
                label=f"this is {described(other.type)}",
                help="leave the comparison with null out",
            )
    help_, fixes = _to_compare(at, left, right)
    return at.report(
        "K2005",
        expr.span,
        "These two can never be equal",
        label=f"{described(left.type)} on the left, {described(right.type)} on the right",
        help=help_,
        fixes=fixes,
    )


def _to_compare(at: Elaborator, left: TypedExpr, right: TypedExpr) -> tuple[str, tuple[Fix, ...]]:
    for literal, other in ((left, right), (right, left)):
        if not isinstance(literal, Const):
            continue
        found = mismatch(literal, without_null(other.type), "this", at.text)
        return found.help, found.fixes
    return "compare a part of the one with a part of the other that has its type", ()


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
        return report_null(at, container, "What stands behind `in` may be null")
    return at.report(
        "K2005",
        expr.span,
        "This can never be in there",
        label=f"{described(item.type)} in {described(container.type)}",
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
            return report_null(at, side, "What is compared by size must not be null")
    if over == UNKNOWN:
        return at.report(
            "K2002",
            expr.span,
            "These two have no order between them",
            label=f"{described(left.type)} on the left, {described(right.type)} on the right",
            why="Numbers, texts, dates and datetimes have an order, each among themselves.",
            help=_to_order(at, left, right),
        )
    operation: Operation = expr.op if expr.op in ("<", "<=", ">", ">=") else "<"
    fitted_left, fitted_right = coerce.to(left, over), coerce.to(right, over)
    return Operate(BOOLEAN, expr.span, operation, fitted_left or left, fitted_right or right, over)


def _to_order(at: Elaborator, left: TypedExpr, right: TypedExpr) -> str:
    for one, other in ((left, right), (right, left)):
        if _is_text(one.type) and other.type in NUMERIC:
            return f"convert the text: `toNumber({at.text(one.span)})`"
    return f"compare {described(left.type)} with {described(left.type)}"
