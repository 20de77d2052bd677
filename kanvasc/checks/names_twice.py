"""Machines and declared types share one namespace in a program: each name stands once."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.link import Unit
from kanvasc.source import Source
from kanvasc.syntax import tree


def names_twice(context: Context) -> Iterator[Diagnostic]:
    """Of two files, the one that uses the other is told: its author sees both."""
    seen: dict[str, tuple[tree.Name, Source]] = {}
    for other in context.others:
        for name in _names(other):
            seen.setdefault(name.text, (name, other.source))
    for name in _names(context.unit):
        first, source = seen.setdefault(name.text, (name, context.source))
        if first is not name and name.text:
            elsewhere = source if source is not context.source else None
            yield report(
                "K1004",
                name.span,
                f"The name `{name.text}` is taken",
                related=(Related(first.span, "first used here", elsewhere),),
                help="give this one a name of its own",
            )


def _names(unit: Unit) -> list[tree.Name]:
    """In the order of the file."""
    types = [declared.name for declared in unit.file.types]
    machines = [machine.name for machine in unit.file.machines]
    return sorted((*types, *machines), key=lambda name: name.span.start)
