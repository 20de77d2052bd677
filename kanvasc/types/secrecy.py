"""Where secrets go: through the steps of each machine, to what may have them and what may not.

A machine is looked at behind those that it calls: what it hands to another one counts by what
that one does with it, and what it gets back by what that was made of.
"""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.records import dataclass, field
from kanvasc.types import exposed
from kanvasc.types.control import (
    TypedAttempt,
    TypedForEach,
    TypedRetry,
    TypedRunFlow,
    TypedTogether,
)
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.exposed import Leaks
from kanvasc.types.flowing import Flows
from kanvasc.types.inside import every, exported
from kanvasc.types.kept import TypedRecall, TypedRemember, TypedSet
from kanvasc.types.messages import TypedPublish, TypedPush
from kanvasc.types.program import (
    TypedAsk,
    TypedBody,
    TypedCall,
    TypedCompute,
    TypedDecide,
    TypedHttp,
    TypedMachine,
    TypedStep,
)
from kanvasc.types.reach import Typed
from kanvasc.types.taint import CLEAN, Kind, Origin, Taint, union
from kanvasc.types.typed import NewRecord, TypedExpr


@dataclass
class Summary:
    """What a machine does with its input. `asked`: the fields that come to a model; `gives`: of
    each output, whether it holds a secret of the environment, and of which fields it is made."""

    asked: frozenset[str] = frozenset()
    gives: dict[str, tuple[bool, frozenset[str]]] = field(default_factory=dict)


@dataclass
class Secrecy:
    """All machines of a program, by name."""

    typed: dict[str, tuple[Elaborator, TypedMachine]]
    summaries: dict[str, Summary] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def of(self, name: str) -> Summary:
        """What a machine does; nothing is known of one in a circle, which was reported."""
        if name not in self.summaries and name in self.typed and name not in self.open:
            self.open.add(name)
            at, machine = self.typed[name]
            self.summaries[name] = _Machine(self, at, machine).summary()
        return self.summaries.get(name, Summary())


def check(typed: list[Typed]) -> None:
    """Reports secrets that come to where they may not."""
    first: dict[str, tuple[Elaborator, TypedMachine]] = {}
    for at, _, machine in typed:
        first.setdefault(machine.name, (at, machine))
    program = Secrecy(first)
    for at, _, machine in typed:
        exposed.declared(at, machine)
        if first[machine.name][1] is machine:
            program.of(machine.name)


class _Machine:
    """The way of secrets through one machine."""

    def __init__(self, program: Secrecy, at: Elaborator, machine: TypedMachine) -> None:
        self.program = program
        self.machine = machine
        self.flows = Flows(at.source, at.records)
        self.flows.input = self.flows.held(machine.input.type, "input", rooted=True)
        self.leaks = Leaks(at, self.flows)
        self.flows.seen = self.leaks.into
        self.asked: set[str] = set()
        self.flown: dict[str, Taint] = {}

    def summary(self) -> Summary:
        machine, flows = self.machine, self.flows
        for guard in machine.guards:
            side = flows.held(machine.output.type, "output")
            flows.symbols[guard.output] = side
            self.leaks.into(guard.check, flows.of(guard.check), "a guard")
        self.steps(machine.steps)
        for flow in machine.flows:
            self.flow(flow.name, flow.body)
        if machine.answer is not None:
            flows.symbols[machine.answer.symbol] = flows.of(machine.answer.value)
        gives = {name: self._given(name, value) for name, value in machine.result}
        return Summary(frozenset(self.asked), gives)

    def _given(self, name: str, value: TypedExpr) -> tuple[bool, frozenset[str]]:
        taint = self.flows.of(value)
        declared = next(one for one in self.machine.output.fields if one.name == name)
        if not declared.secret:
            self.leaks.into_output(declared, taint)
        origins = tuple(taint.origins())
        return _is_secret(origins), _inputs(origins)

    def steps(self, steps: tuple[TypedStep, ...]) -> None:
        """Follows the steps in their order."""
        for step in steps:
            self.flows.symbols[step.symbol] = self.step(step)

    def body(self, body: TypedBody) -> Taint:
        """What is secret in a body's value."""
        self.steps(body.steps)
        return self.flows.of(body.value)

    def flow(self, name: str, body: TypedBody) -> Taint:
        """The same of a flow's; each is followed once."""
        if name not in self.flown:
            self.flown[name] = CLEAN
            self.flown[name] = self.body(body)
        return self.flown[name]

    def step(self, step: TypedStep) -> Taint:
        """What is secret in a step's value; what must not have a secret is reported."""
        match step:
            case TypedAsk():
                return self._ask(step)
            case TypedCall():
                return self._call(step)
            case TypedHttp():
                return self._http(step)
            case TypedCompute():
                for let in step.lets:
                    self.flows.symbols[let.symbol] = self.flows.of(let.value)
                return self.flows.of(step.value)
            case TypedDecide():
                return self._decide(step)
            case TypedForEach():
                return self._for_each(step)
            case TypedTogether():
                self.steps(step.children)
                parts = ((one.name, self.flows.symbols.get(one, CLEAN)) for one in step.fields)
                return Taint(fields=tuple(pair for pair in parts if pair[1] != CLEAN))
            case TypedRetry():
                return self.body(step.body)
            case TypedAttempt():
                return self._attempt(step)
            case TypedRunFlow():
                return self.flow(step.flow.name, step.flow.body)
        for value, place in _told(step):
            self.leaks.into(value, self.flows.of(value), place)
        return CLEAN

    def _ask(self, step: TypedAsk) -> Taint:
        for part in step.task:
            if not isinstance(part, str):
                origins = tuple(self.flows.of(part[1]).origins())
                self.asked |= _inputs(origins)
                secret = tuple(one for one in origins if one.kind == "secret")
                self.leaks.report(part[1], secret, "the task of a model")
        return self.flows.held(step.returns.type, f"steps.{step.symbol.name}")

    def _http(self, step: TypedHttp) -> Taint:
        parts = ((step.url, "url"), (step.headers, "headers"), (step.body, "body"))
        for value, part in parts:
            taint = self.flows.of(value)
            if value is not None and step.origin is None:
                self.leaks.to_any_host(value, taint, step, part)
        path = f"steps.{step.symbol.name}.body"
        body = self.flows.held(step.returns.type.fields[-1].type, path)
        return CLEAN if body == CLEAN else Taint(fields=(("body", body),))

    def _call(self, step: TypedCall) -> Taint:
        """What comes back was made of what went in, as far as the other machine says."""
        below = self.program.of(step.machine)
        callee = self.program.typed.get(step.machine)
        given = dict(step.input.fields) if isinstance(step.input, NewRecord) else {}
        handed: dict[str, tuple[Origin, ...]] = {}
        for name, value in given.items():
            taint = self.flows.of(value)
            handed[name] = tuple(taint.origins())
            fields = callee[1].input.fields if callee is not None else ()
            declared = next((one for one in fields if one.name == name), None)
            if declared is not None and not declared.secret:
                place = f"the input `{name}` of `{step.machine}`"
                self.leaks.into_type(value, taint, declared.type, place, declared)
            if name in below.asked:
                self.asked |= _inputs(handed[name])
                self.leaks.into_model(value, handed[name], step.machine, name)
        held = self.flows.held(step.symbol.type, f"steps.{step.symbol.name}")
        return Taint(
            fields=tuple((n, _made_of(t, below.gives.get(n), handed)) for n, t in held.fields)
        )

    def _decide(self, step: TypedDecide) -> Taint:
        if step.subject is not None:
            taint = self.flows.of(step.subject)
            self.leaks.into(step.subject, taint, "what `match` chooses by")
            if step.named is not None:
                self.flows.symbols[step.named] = CLEAN
        values = []
        for arm in step.arms:
            if step.subject is None:
                self.leaks.into(arm.condition, self.flows.of(arm.condition), "a condition")
            values.append(self.body(arm.body))
        if step.otherwise is not None:
            values.append(self.body(step.otherwise))
        bodies = [*(arm.body for arm in step.arms), *([step.otherwise] if step.otherwise else [])]
        self._export(step, bodies)
        return union(values)

    def _attempt(self, step: TypedAttempt) -> Taint:
        value = self.body(step.body)
        self._export(step, [step.body])
        return union((value, self.body(step.recovery)))

    def _export(self, step: TypedDecide | TypedAttempt, bodies: list[TypedBody]) -> None:
        """Steps inside, as those behind see them: by their names, whichever of them ran."""
        known: dict[str, list[Taint]] = {}
        for inner in (inner for body in bodies for inner in every(body.steps)):
            for symbol in (inner.symbol, *exported(inner)):
                known.setdefault(symbol.name, []).append(self.flows.symbols.get(symbol, CLEAN))
        for symbol in step.exported:
            self.flows.symbols[symbol] = union(known.get(symbol.name, ()))

    def _for_each(self, step: TypedForEach) -> Taint:
        items = self.flows.of(step.items)
        self.leaks.into(step.items, Taint(items.own), "the list of `for each`")
        self.flows.symbols[step.variable] = items.item()
        made = self.body(step.body)
        return CLEAN if made == CLEAN else Taint(items=made)


def _told(step: TypedStep) -> Iterator[tuple[TypedExpr, str]]:
    """What a step keeps, or tells others, and where that goes."""
    match step:
        case TypedSet():
            yield step.value, f"the state's `{step.field}`"
        case TypedRemember():
            yield from ((value, f"`{name}` of `remember`") for name, value in step.inputs)
        case TypedRecall():
            yield from ((value, f"`{name}` of `recall`") for name, value in step.inputs)
        case TypedPublish():
            yield step.payload, f'the event "{step.event}"'
        case TypedPush():
            yield step.output, "what is pushed"


def _made_of(
    taint: Taint,
    gives: tuple[bool, frozenset[str]] | None,
    handed: dict[str, tuple[Origin, ...]],
) -> Taint:
    """That of an output, which is a secret of the environment if it was made of one."""
    secret, names = gives or (False, frozenset())
    origins = tuple(origin for name in names for origin in handed.get(name, ()))
    kind: Kind = "secret" if secret or _is_secret(origins) else "field"
    return taint.relabelled(kind, _inputs(origins))


def _is_secret(origins: tuple[Origin, ...]) -> bool:
    return any(origin.kind == "secret" for origin in origins)


def _inputs(origins: tuple[Origin, ...]) -> frozenset[str]:
    return frozenset(name for origin in origins for name in origin.inputs)
