"""A flow that nothing runs."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, report
from kanvasc.syntax import tree


def unused_flows(context: Context) -> Iterator[Diagnostic]:
    # What could not be read may be what runs it.
    if context.unit.broken:
        return
    for machine in context.file.machines:
        inside = tuple(nodes(machine))
        run = {node.flow.text for node in inside if isinstance(node, tree.RunFlow)}
        run |= {node.flow.text for node in inside if isinstance(node, tree.Subscribe) and node.flow}
        # A name without a flow was to be one of those that nothing seems to run.
        if run - {node.name.text for node in inside if isinstance(node, tree.Flow)}:
            continue
        for node in inside:
            if isinstance(node, tree.Implements):
                yield from _unused(node, run)


def _unused(implements: tree.Implements, run: set[str]) -> Iterator[Diagnostic]:
    first_runs = not implements.steps and implements.value is None
    for flow in implements.flows[1 if first_runs else 0 :]:
        if flow.name.text and flow.name.text not in run:
            yield report(
                "K1023",
                flow.name.span,
                f"Nothing runs the flow `{flow.name.text}`",
                help=f"add `run flow({flow.name.text})` where it is to run, or remove it",
            )
