"""What machines can cause through each other: who calls whom, and what that needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kanvasc.diagnostics import Related
from kanvasc.records import dataclass
from kanvasc.syntax import tree
from kanvasc.types import permissions
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.inside import every, outermost
from kanvasc.types.kept import TypedRecall, TypedRemember
from kanvasc.types.needs import Need, StepNeeds
from kanvasc.types.program import (
    TypedAsk,
    TypedCall,
    TypedHttp,
    TypedMachine,
    TypedStep,
)


def need_of(step: TypedStep) -> Need | None:
    """What a step itself needs; None for one that stays inside the run."""
    match step:
        case TypedAsk():
            return Need("reason", label="this step asks a model")
        case TypedCall(machine=machine):
            return Need("call", machine, label="this step calls a machine")
        case TypedHttp(origin=None):
            return Need("http", chosen=True, label="the run decides where this goes")
        case TypedHttp(origin=origin):
            return Need("http", str(origin), label="this step sends a request")
        case TypedRemember():
            return Need("memory", label="this step remembers something")
        case TypedRecall():
            return Need("memory", label="this step recalls what was remembered")
    return None


def _steps(machine: TypedMachine) -> Iterator[TypedStep]:
    return every(outermost(machine.steps, machine.flows))


def calls(machine: TypedMachine) -> Iterator[TypedCall]:
    """The steps by which a machine calls others."""
    return (step for step in _steps(machine) if isinstance(step, TypedCall))


def callees_first(machines: Iterable[TypedMachine]) -> tuple[TypedMachine, ...]:
    """The machines of a program without circles, each behind those that it calls."""
    by_name = {machine.name: machine for machine in machines}
    found: dict[str, TypedMachine] = {}

    def place(machine: TypedMachine) -> None:
        for step in calls(machine):
            place(by_name[step.machine])
        found.setdefault(machine.name, machine)

    for machine in by_name.values():
        place(machine)
    return tuple(found.values())


@dataclass
class Reach:
    """The machines of a program by name. Names that stand twice were reported; the first counts."""

    machines: dict[str, TypedMachine]

    def needs(self, machine: TypedMachine) -> tuple[Need, ...]:
        """All that a run of the machine may need, through whatever it calls."""
        found: dict[Need, None] = {}
        self._collect(machine, found, set())
        return tuple(found)

    def _collect(self, machine: TypedMachine, found: dict[Need, None], seen: set[str]) -> None:
        if machine.name in seen:
            return
        seen.add(machine.name)
        for step in _steps(machine):
            need = need_of(step)
            if need is not None:
                found.update(dict.fromkeys(_named(need, machine)))
            if isinstance(step, TypedCall) and step.machine in self.machines:
                self._collect(self.machines[step.machine], found, seen)

    def of_step(self, step: TypedStep) -> StepNeeds | None:
        """What a step needs, with all that the machine it calls needs."""
        need = need_of(step)
        if need is None:
            return None
        name, span = step.symbol.name, step.symbol.span
        if not isinstance(step, TypedCall) or step.machine not in self.machines:
            return StepNeeds(name, span, (need,))
        if self._turns(step.machine, set()):
            return StepNeeds(name, span, (need,))
        below = self.needs(self.machines[step.machine])
        return StepNeeds(name, span, (need, *(_through(step, inner) for inner in below)))

    def _turns(self, name: str, seen: set[str]) -> bool:
        """Whether calls lead from a machine into a circle, whose needs would follow from it."""
        machine = self.machines.get(name)
        if machine is None or name in seen:
            return False
        seen.add(name)
        below = (self._turns(step.machine, seen) for step in calls(machine))
        return self.circle(machine) is not None or any(below)

    def circle(self, machine: TypedMachine) -> tuple[tuple[str, ...], TypedCall] | None:
        """The names from the machine back to itself, and its call that begins the way."""
        for step in calls(machine):
            way = self._way(step.machine, machine.name, {machine.name})
            if way is not None:
                return (machine.name, *way), step
        return None

    def _way(self, name: str, goal: str, seen: set[str]) -> tuple[str, ...] | None:
        if name == goal:
            return (name,)
        if name in seen or name not in self.machines:
            return None
        seen.add(name)
        for step in calls(self.machines[name]):
            rest = self._way(step.machine, goal, seen)
            if rest is not None:
                return (name, *rest)
        return None


def _named(need: Need, machine: TypedMachine) -> tuple[Need, ...]:
    """Where the run decides the host: each host that the machine grants by name."""
    if not need.chosen:
        return (need,)
    granted = [p for p in machine.permissions if p.capability == "http" and p.grants]
    targets = [permission.target for permission in granted if permission.target is not None]
    return tuple(Need("http", target, label=need.label) for target in targets)


def _through(step: TypedCall, need: Need) -> Need:
    return Need(need.capability, need.target, label=f"`{step.machine}` needs this")


Typed = tuple[Elaborator, tree.Machine, TypedMachine]
"""A machine, and where findings about it go."""


def check(typed: list[Typed]) -> None:
    """Machines that call each other in a circle, and steps that need what is not granted."""
    first: dict[str, TypedMachine] = {}
    for _, _, machine in typed:
        first.setdefault(machine.name, machine)
    reach = Reach(first)
    reported: set[frozenset[str]] = set()
    for at, written, machine in typed:
        _report_circle(at, reach, machine, reported)
        machine.needs = reach.needs(machine)
        needed = [reach.of_step(step) for step in _steps(machine)]
        found = tuple(needs for needs in needed if needs is not None)
        permissions.check(at, written, machine.permissions, found)


def _report_circle(
    at: Elaborator, reach: Reach, machine: TypedMachine, reported: set[frozenset[str]]
) -> None:
    circle = reach.circle(machine)
    if circle is None or frozenset(circle[0]) in reported:
        return
    names, step = circle
    reported.add(frozenset(names))
    itself = len(names) == 2
    at.report(
        "K1031",
        step.callee,
        f"The machine `{machine.name}` calls itself" + ("" if itself else ", by way of others"),
        label=" → ".join(f"`{name}`" for name in names),
        related=(Related(machine.span, "the machine"),) if itself else (),
        help="put what both need into a machine of its own, and let both call that",
    )
