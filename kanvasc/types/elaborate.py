"""From an expression of the tree to a typed one: the entry point and the simple nodes.

Inference goes bottom-up; `hint` is the type that the place asks for, where one does. It only
settles what the expression leaves open (which numeric type a literal is, which record a map
literal makes): whether the result fits is for `Elaborator.fit` to say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from kanvasc.diagnostics import Diagnostic, report
from kanvasc.records import replace
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.types import coerce, literals
from kanvasc.types.misfits import mismatch
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, Const, If, JoinText, LambdaOf, Symbol, TypedExpr, bad
from kanvasc.types.types import NULL, TEXT, UNKNOWN, Function, Type
from kanvasc.types.watch import Watch

if TYPE_CHECKING:
    from kanvasc.types.enclosed import Enclosed
    from kanvasc.types.program import RecordSpec

DEEPEST = 100
"""Operations in each other. Python, which they become, has its own limit not far above."""

Handler = Callable[["Elaborator", Any, Scope, Type | None], TypedExpr]


class Elaborator:
    """Types expressions of one file and collects what is wrong with them. `faults`: where it could
    not be read."""

    def __init__(
        self, source: Source, watch: Watch | None = None, faults: Sequence[Span] = ()
    ) -> None:
        self.source = source
        self.watch = watch
        self.faults = faults
        self.records: dict[str, RecordSpec] = {}
        """What the files of the program declare, by the names of the record types."""
        self.made: list[RecordSpec] = []
        """Those that this file has declared so far, in order."""
        self.diagnostics: list[Diagnostic] = []
        self._depth = 0
        self.lets: dict[str, Symbol] = {}
        """Every `let` of the machine so far: out of scope, but what a wrong name may mean."""
        self.enclosed: dict[str, Enclosed] = {}
        """The same for steps inside of others."""
        self.machine: tree.Machine | None = None
        """The one that is being typed."""

    def infer(self, expr: tree.Expr, scope: Scope, hint: Type | None = None) -> TypedExpr:
        """The typed form of `expr`; `Bad` when a finding was made of it."""
        if self._depth == DEEPEST:
            return self._too_deep(expr.span)
        self._depth += 1
        try:
            typed = HANDLERS[type(expr)](self, expr, scope, hint)
        finally:
            self._depth -= 1
        if self.watch is not None:
            self.watch.value(expr, scope, hint, typed)
        return typed

    def _too_deep(self, span: Span) -> Bad:
        """One finding for a whole expression, though every operand down there is too deep."""
        if self.diagnostics and self.diagnostics[-1].code == "K0017":
            return bad(span)
        return self.report(
            "K0017",
            span,
            "This is nested too deeply",
            label=f"more than {DEEPEST} operations in each other",
            help="take parts of it out into `let` lines",
        )

    def check(self, expr: tree.Expr, scope: Scope, target: Type, place: str) -> TypedExpr:
        """`expr` as a value of `target`; `place` says in the message what asks for it."""
        return self.fit(self.infer(expr, scope, target), target, place)

    def fit(self, value: TypedExpr, target: Type, place: str) -> TypedExpr:
        """`value`, brought to `target`, or a finding that it does not fit."""
        fitted = coerce.to(value, target)
        if fitted is not None:
            return fitted
        self.diagnostics.append(mismatch(value, target, place, self.text))
        return bad(value.span)

    def report(self, code: str, span: Span, title: str, **parts: Any) -> Bad:
        self.diagnostics.append(report(code, span, title, **parts))
        return bad(span)

    def text(self, span: Span) -> str:
        """The source text of a span."""
        return self.source.text[span.start : span.end]


def _missing(_: Elaborator, expr: tree.Missing, __: Scope, ___: Type | None) -> TypedExpr:
    return bad(expr.span)


def _null(_: Elaborator, expr: tree.NullLit, __: Scope, ___: Type | None) -> TypedExpr:
    return Const(NULL, expr.span, None)


def _text(at: Elaborator, expr: tree.TextLit, scope: Scope, hint: Type | None) -> TypedExpr:
    plain = expr.plain
    if plain is not None:
        return literals.text(expr, plain, hint)
    parts: list[TypedExpr] = []
    for part in expr.parts:
        if isinstance(part, str):
            parts.append(Const(TEXT, expr.span, part))
        else:
            parts.append(at.infer(part, scope))
    return JoinText(TEXT, expr.span, tuple(parts))


def _conditional(
    at: Elaborator, expr: tree.Conditional, scope: Scope, hint: Type | None
) -> TypedExpr:
    condition = operators.condition(at, expr.condition, scope)
    then, otherwise = operators.branches(at, expr, scope, hint)
    joined = coerce.join_all(at, [then, otherwise], "the two sides of `? :`")
    if joined is None:
        return bad(expr.span)
    type_, (left, right) = joined
    return If(type_, expr.span, condition, left, right)


def _lambda(at: Elaborator, expr: tree.Lambda, scope: Scope, hint: Type | None) -> TypedExpr:
    """Only reached with the function type that a library function asks for as `hint`."""
    if not isinstance(hint, Function):
        return at.report(
            "K2012",
            expr.span,
            "A function can only be given to a library function that calls it",
            help="write the value that it would give",
        )
    symbols = tuple(
        Symbol(name.text, type_, name.span, "parameter")
        for name, type_ in zip(expr.parameters, hint.parameters, strict=False)
    )
    # Whoever calls the function hands over all of them, whether they are named or not.
    symbols += tuple(
        Symbol("_rest", type_, expr.span, "parameter") for type_ in hint.parameters[len(symbols) :]
    )
    inner = scope
    for symbol in symbols:
        inner = inner.with_local(symbol)
        inner = replace(inner, present=_outside(inner.present, symbol.name))
    body = at.infer(expr.body, inner, hint.result if hint.result != UNKNOWN else None)
    types = tuple(symbol.type for symbol in symbols)
    return LambdaOf(Function(types, body.type), expr.span, symbols, body)


def _outside(present: frozenset[str], name: str) -> frozenset[str]:
    """A parameter hides an outer name: what was known of that one says nothing of it."""
    return frozenset(path for path in present if path.split(".")[0] != name)


from kanvasc.types import calls, members, operators  # noqa: E402  they call back into Elaborator

HANDLERS: dict[type[Any], Handler] = {
    tree.Missing: _missing,
    tree.NullLit: _null,
    tree.BoolLit: literals.boolean,
    tree.NumberLit: literals.number,
    tree.TextLit: _text,
    tree.ListLit: literals.list_of,
    tree.MapLit: literals.map_of,
    tree.NameRef: members.name,
    tree.Member: members.member,
    tree.Index: members.index,
    tree.Call: calls.call,
    tree.Unary: operators.unary,
    tree.Binary: operators.binary,
    tree.Conditional: _conditional,
    tree.Lambda: _lambda,
}
