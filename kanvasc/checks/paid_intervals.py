"""A socket that runs a machine again and again, at a cost that nothing bounds."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, report
from kanvasc.types.program import TypedMachine

_COSTS = {"reason": "asks a model", "http": "sends requests"}


def paid_intervals(context: Context) -> Iterator[Diagnostic]:
    """`every` needs `limits` where a run leaves the process, by whatever the machine calls."""
    for machine in context.program.machines:
        does = _does(machine)
        if does is None or _is_limited(machine) or _is_broken(machine, context):
            continue
        for surface in machine.surfaces:
            if "every" in surface.option_spans:
                yield report(
                    "K5008",
                    surface.option_spans["every"],
                    "Nothing bounds what this interval costs",
                    label=f"each time `{machine.name}` {does}",
                    help="add `limits` with `runs_per_minute` or `cost_per_day` under `ensures`, "
                    "or leave `every` out",
                )


def _is_limited(machine: TypedMachine) -> bool:
    """By what a run costs or how many there are; who decides on one, and when, is no such limit."""
    limits = machine.limits
    return limits is not None and any(
        each is not None
        for each in (limits.cost_per_run, limits.cost_per_day, limits.runs_per_minute)
    )


def _is_broken(machine: TypedMachine, context: Context) -> bool:
    """Whether a limit was meant, and was not understood."""
    return machine.limits is not None and any(found.code == "K4012" for found in context.found)


def _does(machine: TypedMachine) -> str | None:
    needed = {need.capability for need in machine.needs}
    return next((words for capability, words in _COSTS.items() if capability in needed), None)
