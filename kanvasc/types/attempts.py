"""`on failure`: what a body gives where one of its steps fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.records import replace
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import state
from kanvasc.types.control import FAILURE, TypedAttempt
from kanvasc.types.decisions import new_steps
from kanvasc.types.joining import joined
from kanvasc.types.program import TypedBody, TypedStep
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Const, Local, Symbol
from kanvasc.types.types import NULL, UNKNOWN, Type, nullable

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps


def body(
    self: Steps, written: tree.Body, failure: tree.Body, scope: Scope, hint: Type | None
) -> tuple[TypedBody, Scope]:
    """A body with `on failure`, as a body of one step whose value is its value."""
    plain = tree.Body(written.span, written.steps, written.value)
    inner, after = self.body(plain, scope, hint)
    span = written.span if inner.value is None else inner.value.span
    symbol = Symbol("outcome", UNKNOWN, span, "let")
    before = state.forget(scope, state.changed(self, plain, scope))
    attempt = guarded(self, symbol, inner, failure, (before, after), hint)
    symbol.used = True
    value = Local(symbol.type, span, symbol)
    return TypedBody((attempt,), value), scope.with_steps(*attempt.exported)


def guarded(
    self: Steps,
    symbol: Symbol,
    inner: TypedBody,
    failure: tree.Body,
    scopes: tuple[Scope, Scope],
    hint: Type | None,
) -> TypedAttempt:
    """`inner`, and what `on failure` does instead; `symbol` gets the type that holds both values.
    `scopes`: before and behind `inner`."""
    before, after = scopes
    left = tuple(
        Symbol(name, nullable(found.type), found.span, "step")
        for name, found in new_steps(before, after).items()
    )
    error = Symbol("error", FAILURE, failure.span, "let")
    recovery, _ = self.body(failure, before.with_steps(*left).with_local(error), hint)
    nothing = Const(NULL, failure.span, None)
    values = [part.value if part.value is not None else nothing for part in (inner, recovery)]
    what = "the value and the one that `on failure` gives"
    fitted = joined(self.at, values, hint, what, symbol.name)
    if fitted is not None:
        symbol.type, (inner.value, recovery.value) = fitted
    span = Span(inner_start(inner, failure), failure.span.end)
    return TypedAttempt(symbol, span, inner, error, recovery, left)


def inner_start(inner: TypedBody, failure: tree.Body) -> int:
    """Where a body begins that may have nothing but its `on failure`."""
    starts = [step.span.start for step in inner.steps]
    starts += [] if inner.value is None else [inner.value.span.start]
    return min((*starts, failure.span.start))


def around(
    self: Steps, failure: tree.Body, step: TypedStep, scope: Scope, hint: Type | None
) -> TypedAttempt:
    """A step as a whole with an `on failure`: what is known by its name is the value of either."""
    own = step.symbol
    symbol = Symbol(own.name, UNKNOWN, own.span, "step")
    own.used = True
    inner = TypedBody((step,), Local(own.type, own.span, own))
    made = guarded(self, symbol, inner, failure, (scope, scope), hint)
    return replace(made, span=step.span)
