"""Machines and declared types share one namespace: each name stands once."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.syntax import tree


def names_twice(context: Context) -> Iterator[Diagnostic]:
    seen: dict[str, tree.Name] = {}
    types = [declared.name for declared in context.file.types]
    machines = [machine.name for machine in context.file.machines]
    for name in sorted((*types, *machines), key=lambda name: name.span.start):
        first = seen.setdefault(name.text, name)
        if first is not name and name.text:
            yield report(
                "K1004",
                name.span,
                f"The name `{name.text}` is taken",
                related=(Related(first.span, "first used here"),),
                help="give this one a name of its own",
            )
