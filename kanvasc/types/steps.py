"""Steps and bodies: their values, and the scope that each leaves to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kanvasc.diagnostics import Related
from kanvasc.records import dataclass, field, replace
from kanvasc.syntax import tree
from kanvasc.types import asking, asking_from, enclosed, memory, requests, state
from kanvasc.types.control import TypedFlow
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.inside import exported, giving, last_of
from kanvasc.types.messages import EventSpec
from kanvasc.types.program import RecordSpec, TypedBody, TypedCompute, TypedLet, TypedStep
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Const, Local, Symbol, TypedExpr, bad
from kanvasc.types.types import NULL, UNKNOWN, Record, Type


@dataclass
class Steps:
    """Types the steps of one machine. `hints`: what the output asks of a step, by name;
    `published`: the events that the machine declares."""

    at: Elaborator
    declarations: Declarations
    hints: dict[str, Type]
    flows: dict[str, tree.Flow] = field(default_factory=dict)
    typed_flows: dict[str, TypedFlow] = field(default_factory=dict)
    open_flows: list[str] = field(default_factory=list)
    implements: tree.Implements | None = None
    output: RecordSpec = field(default_factory=lambda: RecordSpec(Record(()), ()))
    published: dict[str, EventSpec] = field(default_factory=dict)

    def sequence(
        self, steps: tuple[tree.Step, ...], scope: Scope
    ) -> tuple[tuple[TypedStep, ...], Scope]:
        """The typed steps and the scope behind the last of them."""
        typed: list[TypedStep] = []
        names = [name_of(step) for step in steps]
        for position, step in enumerate(steps):
            here = _behind(scope, names[position], names[position + 1 :])
            changed = state.changed(self, step, scope)
            if isinstance(step, tree.ForEach | tree.Retry):
                here = state.forget(here, changed)  # the next turn begins behind this one
            made = self.step(step, here)
            if made is not None:
                typed.append(made)
            scope = state.forget(scope.with_steps(*self._leaves(step, made, scope)), changed)
            enclosed.note(self.at, step)
        return tuple(typed), scope

    def step(self, step: tree.Step, scope: Scope) -> TypedStep | None:
        handler = HANDLERS.get(type(step))
        made = None if handler is None else handler(self, step, scope)
        if self.at.watch is not None:
            self.at.watch.step(step, scope, made)
        return made

    def _leaves(self, step: tree.Step, made: TypedStep | None, scope: Scope) -> tuple[Symbol, ...]:
        """The symbols that a step leaves to those behind it; a faulty one leaves an UNKNOWN."""
        named = name_of(step)
        if made is None:
            return () if named is None else (Symbol(named.text, UNKNOWN, named.span, "step"),)
        if named is None:
            return exported(made)
        self.report_twice(made.symbol, scope)
        return (*exported(made), made.symbol)

    def report_twice(self, symbol: Symbol, scope: Scope) -> None:
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
        """A body's value is its bare expression, else the value of its last step; where a step of
        it fails, that of its `on failure`."""
        if body.on_failure is not None:
            return attempts.body(self, body, body.on_failure, scope, hint)
        if body.value is not None:
            steps, inner = self.sequence(body.steps, scope)
            return TypedBody(steps, self.at.infer(body.value, inner, hint)), inner
        last = last_of(body.steps)
        with self.asked_of(last, hint):
            steps, inner = self.sequence(body.steps, scope)
        if last is not None and all(step.span != last.span for step in steps):
            return TypedBody(steps, bad(body.span)), inner  # the last step was faulty
        return TypedBody(steps, last_value(steps)), inner

    @contextmanager
    def unasked(self) -> Iterator[None]:
        """Inside a body whose steps nobody outside sees, names mean other steps."""
        before, self.hints = self.hints, {}
        yield
        self.hints = before

    @contextmanager
    def asked_of(self, last: tree.Step | None, hint: Type | None) -> Iterator[None]:
        """What a body is asked for is asked of its last step."""
        named = hinted_by(last) if last is not None else None
        if hint is None or named is None:
            yield
            return
        before = dict(self.hints)
        self.hints[named] = hint
        yield
        self.hints.clear()
        self.hints.update(before)


def _behind(scope: Scope, own: tree.Name | None, later: list[tree.Name | None]) -> Scope:
    """The scope inside a step, which sees neither itself nor the steps behind it."""
    inside = scope.open if own is None else scope.open | {own.text}
    coming = {name.text: name.span for name in later if name is not None}
    return replace(scope, later={**coming, **scope.later}, open=inside)


def last_value(steps: tuple[TypedStep, ...]) -> TypedExpr | None:
    """The value of the last step that has one, which counts as used."""
    last = giving(steps)
    if last is None:
        return None
    symbol = last.symbol
    if symbol.type == NULL:
        return Const(NULL, symbol.span, None)
    symbol.used = True
    return Local(symbol.type, symbol.span, symbol)


def name_of(step: tree.Step) -> tree.Name | None:
    name = getattr(step, "name", None)
    return name if isinstance(name, tree.Name) else None


def hinted_by(step: tree.Step) -> str | None:
    """The name under which `hints` says what is asked of a step."""
    name = step.flow if isinstance(step, tree.RunFlow) else name_of(step)
    return None if name is None else name.text


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


def _ask(self: Steps, step: tree.Ask, scope: Scope) -> TypedStep | None:
    if step.via != "from":
        return asking.ask(self.at, self.declarations, step, scope)
    return asking_from.ask(self.at, self.declarations, step, scope)


def _http(self: Steps, step: tree.HttpAction, scope: Scope) -> TypedStep | None:
    return requests.action(self.at, self.declarations, step, scope)


from kanvasc.types import attempts, branches, decisions, events, flows, loops, retries  # noqa: E402  they call back into Steps

HANDLERS: dict[type[Any], Callable[[Steps, Any, Scope], TypedStep | None]] = {
    tree.Ask: _ask,
    tree.HttpAction: _http,
    tree.Compute: _compute,
    tree.Decide: decisions.decide,
    tree.ForEach: loops.for_each,
    tree.Together: branches.together,
    tree.Retry: retries.retry,
    tree.RunFlow: flows.run,
    tree.SetState: state.set_field,
    tree.Remember: memory.remember,
    tree.Recall: memory.recall,
    tree.Publish: events.publish,
    tree.Push: events.push,
}
