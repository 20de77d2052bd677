"""Steps and bodies: their values, and the scope that each leaves to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kanvasc.diagnostics import Related
from kanvasc.syntax import tree
from kanvasc.types import asking, coerce, operators
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.narrow import present_when
from kanvasc.types.program import (
    TypedArm,
    TypedBody,
    TypedCompute,
    TypedDecide,
    TypedLet,
    TypedStep,
)
from kanvasc.types.relations import join
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Const, Local, Symbol, TypedExpr
from kanvasc.types.types import ANY, NULL, UNKNOWN, Type, nullable


@dataclass
class Steps:
    """Types the steps of one machine. `hints`: what the output asks of a step, by name."""

    at: Elaborator
    declarations: Declarations
    hints: dict[str, Type]

    def sequence(
        self, steps: tuple[tree.Step, ...], scope: Scope
    ) -> tuple[tuple[TypedStep, ...], Scope]:
        """The typed steps and the scope behind the last of them."""
        typed: list[TypedStep] = []
        names = [name_of(step) for step in steps]
        for position, step in enumerate(steps):
            here = _behind(scope, names[position], names[position + 1 :])
            made = self.step(step, here)
            if made is not None:
                typed.append(made)
            scope = scope.with_steps(*self._leaves(step, made, scope))
        return tuple(typed), scope

    def step(self, step: tree.Step, scope: Scope) -> TypedStep | None:
        handler = HANDLERS.get(type(step))
        return None if handler is None else handler(self, step, scope)

    def _leaves(self, step: tree.Step, made: TypedStep | None, scope: Scope) -> tuple[Symbol, ...]:
        """The symbols that a step leaves to those behind it; a faulty one leaves an UNKNOWN."""
        named = name_of(step)
        if made is None:
            return () if named is None else (Symbol(named.text, UNKNOWN, named.span, "step"),)
        self._report_twice(made.symbol, scope)
        inner = made.exported if isinstance(made, TypedDecide) else ()
        return (*inner, made.symbol)

    def _report_twice(self, symbol: Symbol, scope: Scope) -> None:
        first = scope.steps.get(symbol.name)
        if first is not None:
            self.at.report(
                "K1004",
                symbol.span,
                f"There are two steps `{symbol.name}`",
                related=(Related(first.span, "the first one"),),
                help="give each step a name of its own",
            )

    def body(self, body: tree.Body, scope: Scope, hint: Type | None) -> tuple[TypedBody, Scope]:
        """A body's value is its bare expression, else the value of its last step."""
        steps, inner = self.sequence(body.steps, scope)
        if body.value is not None:
            return TypedBody(steps, self.at.infer(body.value, inner, hint)), inner
        last = last_value(steps)
        return TypedBody(steps, last), inner


def _behind(scope: Scope, own: tree.Name | None, later: list[tree.Name | None]) -> Scope:
    """The scope inside a step, which sees neither itself nor the steps behind it."""
    inside = scope.open if own is None else scope.open | {own.text}
    coming = {name.text: name.span for name in later if name is not None}
    return replace(scope, later={**coming, **scope.later}, open=inside)


def last_value(steps: tuple[TypedStep, ...]) -> TypedExpr | None:
    """The value of the last step, which counts as used."""
    if not steps:
        return None
    symbol = steps[-1].symbol
    symbol.used = True
    return Local(symbol.type, symbol.span, symbol)


def name_of(step: tree.Step) -> tree.Name | None:
    name = getattr(step, "name", None)
    return name if isinstance(name, tree.Name) else None


def _compute(self: Steps, step: tree.Compute, scope: Scope) -> TypedStep | None:
    inner = scope
    lets: list[TypedLet] = []
    for position, let in enumerate(step.lets):
        coming = {later.name.text: later.name.span for later in step.lets[position:]}
        value = self.at.infer(let.value, replace(inner, later={**inner.later, **coming}))
        _report_let_twice(self.at, let, lets)
        symbol = Symbol(let.name.text, value.type, let.name.span, "let")
        lets.append(TypedLet(symbol, value))
        self.at.lets[symbol.name] = symbol
        inner = inner.with_local(symbol)
        inner = replace(inner, present=_forget(inner.present, symbol.name))
    if step.value is None:
        return None
    value = self.at.infer(step.value, inner, self.hints.get(step.name.text))
    symbol = Symbol(step.name.text, value.type, step.name.span, "step")
    return TypedCompute(symbol, step.span, tuple(lets), value)


def _forget(present: frozenset[str], name: str) -> frozenset[str]:
    return frozenset(path for path in present if path.split(".")[0] != name)


def _report_let_twice(at: Elaborator, let: tree.Let, lets: list[TypedLet]) -> None:
    first = next((known for known in lets if known.symbol.name == let.name.text), None)
    if first is not None:
        at.report(
            "K1004",
            let.name.span,
            f"`{let.name.text}` is set twice in this step",
            related=(Related(first.symbol.span, "first set here"),),
            help="give the second one a name of its own: a `let` never changes",
        )


def _decide(self: Steps, step: tree.Decide, scope: Scope) -> TypedStep | None:
    if step.subject is not None:
        return None
    hint = self.hints.get(step.name.text)
    arms: list[tuple[TypedExpr, TypedBody, tree.When]] = []
    exported: list[dict[str, Symbol]] = []
    known = scope
    for when in step.whens:
        condition = operators.condition(self.at, when.condition, known)
        inside = known.with_present(present_when(when.condition, True))
        body, after = self.body(when.body, inside, hint)
        arms.append((condition, body, when))
        exported.append(_new_steps(scope, after))
        known = known.with_present(present_when(when.condition, False))
    otherwise = None
    if step.otherwise is not None:
        otherwise, after = self.body(step.otherwise, known, hint)
        exported.append(_new_steps(scope, after))
    return _join_arms(self, step, arms, otherwise, exported)


def _new_steps(before: Scope, after: Scope) -> dict[str, Symbol]:
    return {name: symbol for name, symbol in after.steps.items() if name not in before.steps}


def _join_arms(
    self: Steps,
    step: tree.Decide,
    arms: list[tuple[TypedExpr, TypedBody, tree.When]],
    otherwise: TypedBody | None,
    exported: list[dict[str, Symbol]],
) -> TypedStep | None:
    bodies = [body for _, body, _ in arms] + ([otherwise] if otherwise else [])
    nothing = Const(NULL, step.span, None)
    values = [body.value if body.value is not None else nothing for body in bodies]
    if not values:
        return None
    joined = _joined(self, step, values)
    type_: Type = UNKNOWN
    if joined is not None:
        type_, fitted = joined
        for body, value in zip(bodies, fitted, strict=True):
            body.value = value
        if otherwise is None:
            type_ = nullable(type_)
    symbol = Symbol(step.name.text, type_, step.name.span, "step")
    typed = tuple(TypedArm(condition, body, when.span) for condition, body, when in arms)
    complete = len(exported) == len(bodies) and otherwise is not None
    kept = _exported(exported, complete=complete)
    return TypedDecide(symbol, step.span, typed, otherwise, kept)


def _joined(
    self: Steps, step: tree.Decide, values: list[TypedExpr]
) -> tuple[Type, tuple[TypedExpr, ...]] | None:
    """The arms' values, of one type; where the output says which, the one that is not is wrong."""
    mark = len(self.at.diagnostics)
    joined = coerce.join_all(self.at, values, f"the arms of `{step.name.text}`")
    wanted = self.hints.get(step.name.text)
    if joined is None and wanted is not None:
        before = self.at.diagnostics[mark:]
        del self.at.diagnostics[mark:]
        for value in values:
            self.at.fit(value, wanted, f"the value of `{step.name.text}`")
        if len(self.at.diagnostics) == mark:
            self.at.diagnostics += before
    return joined


def _exported(arms: list[dict[str, Symbol]], *, complete: bool) -> tuple[Symbol, ...]:
    """Steps inside arms, as those behind the decision see them: null where they did not run, and
    of any type where they have none in common."""
    found: list[Symbol] = []
    for name in dict.fromkeys(name for arm in arms for name in arm):
        symbols = [arm[name] for arm in arms if name in arm]
        type_ = symbols[0].type
        for symbol in symbols[1:]:
            type_ = join(type_, symbol.type) or ANY
        always = complete and len(symbols) == len(arms)
        found.append(Symbol(name, type_ if always else nullable(type_), symbols[0].span, "step"))
    return tuple(found)


def _ask(self: Steps, step: tree.Ask, scope: Scope) -> TypedStep | None:
    return asking.ask(self.at, self.declarations, step, scope)


HANDLERS: dict[type[Any], Callable[[Steps, Any, Scope], TypedStep | None]] = {
    tree.Ask: _ask,
    tree.Compute: _compute,
    tree.Decide: _decide,
}
