"""A socket that runs a machine again and again, at a cost that nothing bounds."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, report
from kanvasc.syntax import tree
from kanvasc.types.program import TypedMachine

_COSTS = {"reason": "asks a model", "http": "sends requests"}


def paid_intervals(context: Context) -> Iterator[Diagnostic]:
    """`every` needs `limits` where a run leaves the process, by whatever the machine calls."""
    limited = {
        machine.name.text
        for machine in context.file.machines
        if any(isinstance(node, tree.Limits) for node in nodes(machine))
    }
    for machine in context.program.machines:
        does = _does(machine)
        if does is None or machine.name in limited:
            continue
        for surface in machine.surfaces:
            if "every" in surface.option_spans:
                yield report(
                    "K5008",
                    surface.option_spans["every"],
                    "Nothing bounds what this interval costs",
                    label=f"each time `{machine.name}` {does}",
                    help="add `limits` under `ensures`, or leave `every` out",
                )


def _does(machine: TypedMachine) -> str | None:
    needed = {need.capability for need in machine.needs}
    return next((words for capability, words in _COSTS.items() if capability in needed), None)
