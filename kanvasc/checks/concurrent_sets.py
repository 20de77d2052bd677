"""What runs at the same time sets no state: who came last would undo what the others did."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.records import dataclass
from kanvasc.types.control import TypedFlow, TypedForEach, TypedRunFlow, TypedTogether
from kanvasc.types.inside import bodies, every, outermost
from kanvasc.types.kept import TypedSet
from kanvasc.types.program import TypedCall, TypedMachine, TypedStep
from kanvasc.types.reach import calls

Around = TypedTogether | TypedForEach


def concurrent_sets(context: Context) -> Iterator[Diagnostic]:
    setters = _setters(context.program.machines)
    for machine in context.program.machines:
        if machine.source is context.source:
            rule = _Rule(setters)
            yield from rule.steps(outermost(machine.steps, machine.flows), None)


def _setters(machines: tuple[TypedMachine, ...]) -> frozenset[str]:
    """The machines that set state, or call one that does."""
    found = {
        machine.name
        for machine in machines
        if any(isinstance(s, TypedSet) for s in every(outermost(machine.steps, machine.flows)))
    }
    before = -1
    while len(found) > before:
        before = len(found)
        found |= {m.name for m in machines if any(step.machine in found for step in calls(m))}
    return frozenset(found)


@dataclass(frozen=True)
class _Rule:
    setters: frozenset[str]

    def steps(self, steps: tuple[TypedStep, ...], around: Around | None) -> Iterator[Diagnostic]:
        """`around`: what runs these steps at the same time as others."""
        for step in steps:
            if around is not None:
                yield from self._step(step, around)
            inside = _concurrent(step) or around
            for body in bodies(step):
                yield from self.steps(body.steps, inside)

    def _step(self, step: TypedStep, around: Around) -> Iterator[Diagnostic]:
        if isinstance(step, TypedSet):
            yield _found(step, around, f"`state.{step.field}` is set")
        elif isinstance(step, TypedCall) and step.machine in self.setters:
            yield _found(step, around, f"`{step.machine}`, which sets its state, is called")
        elif isinstance(step, TypedRunFlow):
            inner = self._inside(step.flow, set())
            if inner is not None:
                what = f"`{step.flow.name}`, which sets state, is run"
                yield _found(step, around, what, Related(inner.span, "it is set here"))

    def _inside(self, flow: TypedFlow, seen: set[str]) -> TypedStep | None:
        """The first step of a flow, or of one that it runs, that sets state."""
        seen.add(flow.name)
        for step in every(flow.body.steps):
            if isinstance(step, TypedSet):
                return step
            if isinstance(step, TypedCall) and step.machine in self.setters:
                return step
            if isinstance(step, TypedRunFlow) and step.flow.name not in seen:
                inner = self._inside(step.flow, seen)
                if inner is not None:
                    return inner
        return None


def _concurrent(step: TypedStep) -> Around | None:
    if isinstance(step, TypedTogether):
        return step
    return step if isinstance(step, TypedForEach) and step.concurrency > 1 else None


def _found(step: TypedStep, around: Around, what: str, *related: Related) -> Diagnostic:
    together = isinstance(around, TypedTogether)
    return report(
        "K3040",
        step.span,
        f"{what} by steps that run at the same time",
        related=(
            *related,
            Related(
                around.symbol.span,
                "these steps run at once" if together else "these turns run at once",
            ),
        ),
        help="collect the values here, and set the state in a step behind"
        if together
        else "collect the values here and set the state behind, or leave `concurrency` out",
    )
