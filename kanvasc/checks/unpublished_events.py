"""An event that a machine declares and no step of it publishes."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, report
from kanvasc.syntax import tree
from kanvasc.types.event_names import name_of


def unpublished_events(context: Context) -> Iterator[Diagnostic]:
    for machine in context.file.machines:
        inside = tuple(nodes(machine))
        # What could not be read, or is misspelt, may be what publishes it.
        if any(isinstance(node, tree.Unsupported) for node in inside):
            continue
        steps = [node for node in inside if isinstance(node, tree.Publish)]
        if any(context.faulty(step.span) for step in steps):
            continue
        said = {name_of(step.event) for step in steps}
        declared = sorted(
            (node for node in inside if isinstance(node, tree.PublishedEvent)),
            key=lambda event: event.span,
        )
        for event in declared:
            name = name_of(event.event)
            if name is not None and name not in said and not context.faulty(event.event.span):
                yield report(
                    "K7003",
                    event.event.span,
                    f"No step of this machine publishes `{name}`",
                    help=f'add `publish "{name}" …` where it happens, or remove the event',
                )
