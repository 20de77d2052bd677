"""A `let` that nothing in its step reads."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import free_names, nodes
from kanvasc.diagnostics import Diagnostic, Fix, removal, report
from kanvasc.syntax import tree


def unused_lets(context: Context) -> Iterator[Diagnostic]:
    for machine in context.file.machines:
        for node in nodes(machine):
            # A fault in the step may be in the very place that reads the `let`.
            if isinstance(node, tree.Compute) and not context.faulty(node.span):
                yield from _unused(context, node)


def _unused(context: Context, step: tree.Compute) -> Iterator[Diagnostic]:
    read = free_names(step.value) if step.value is not None else set()
    found: list[tree.Let] = []
    for let in reversed(step.lets):
        if let.name.text not in read and not let.name.text.startswith("_"):
            found.append(let)
        read |= free_names(let.value)
    for let in reversed(found):
        edit = removal(context.source.text, let.span)
        yield report(
            "K1014",
            let.name.span,
            f"Nothing reads `{let.name.text}`",
            help=f"remove it, or write `_{let.name.text}` to keep it all the same",
            fixes=(Fix("Remove it", (edit,), safe=False),),
        )
