"""Whether a run of a machine may wait for a person."""

from __future__ import annotations

from collections.abc import Mapping

from kanvasc.diagnostics import Related
from kanvasc.types.needs import approving, denying
from kanvasc.types.program import TypedMachine
from kanvasc.types.reach import calls

Machines = Mapping[str, TypedMachine]


def waits(machine: TypedMachine, machines: Machines) -> Related | None:
    """Why it may: its own rule, or a machine that it calls."""
    return _waits(machine, machines, set())


def _waits(machine: TypedMachine, machines: Machines, seen: set[str]) -> Related | None:
    seen.add(machine.name)
    for need in machine.needs:
        rule = approving(machine.permissions, need)
        if rule is not None and denying(machine.permissions, need) is None:
            return Related(rule.span, "a run waits here for a person")
    for step in calls(machine):
        below = machines.get(step.machine)
        if below is not None and below.name not in seen and _waits(below, machines, seen):
            return Related(step.callee, f"`{step.machine}` may wait for a person")
    return None
