"""A `uses` line that the program would be the same without."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, Fix, Related, removal, report
from kanvasc.link import Unit, Use
from kanvasc.syntax import tree

_STARTS = (tree.Surface, tree.Schedules, tree.Subscribes, tree.Unsupported)
"""What runs a machine though no other machine calls it."""


def unused_uses(context: Context) -> Iterator[Diagnostic]:
    seen: dict[int, Use] = {}
    for use in context.unit.uses:
        if use.unit is None:
            continue
        first = seen.setdefault(id(use.unit), use)
        if use.unit is context.unit:
            yield _nothing(context, use, "This file uses itself", "its own names need no `uses`")
        elif first is not use:
            related = (Related(first.written.span, "the first one"),)
            yield _nothing(context, use, "This file is used twice", "leave this line out", related)
        elif not _is_needed(context, use.unit):
            yield _nothing(
                context,
                use,
                "Nothing of this file is used",
                "take the line away, or use what the file declares",
            )


def _nothing(
    context: Context, use: Use, title: str, help_: str, related: tuple[Related, ...] = ()
) -> Diagnostic:
    edit = removal(context.source.text, use.written.span)
    fixes = (Fix("Take the line away", (edit,)),)
    return report("K1052", use.written.span, title, related=related, help=help_, fixes=fixes)


def _is_needed(context: Context, unit: Unit) -> bool:
    """Whether a name of the file stands here, or may, or the file adds what runs by itself."""
    if context.unit.broken or unit.broken:
        return True
    types = {declared.name.text for declared in unit.file.types}
    machines = {machine.name.text for machine in unit.file.machines}
    return bool((types | machines) & _named(context.file)) or _starts(unit, {id(context.unit)})


def _named(file: tree.File) -> set[str]:
    """The types and machines that a file speaks of."""
    found: set[str] = set()
    for node in nodes(file):
        if isinstance(node, tree.TypeExpr):
            found.add(node.word.text)
        elif isinstance(node, tree.Ask | tree.Capability) and isinstance(node.target, tree.TextLit):
            found.add(node.target.plain or "")
    return found


def _starts(unit: Unit, seen: set[int]) -> bool:
    if id(unit) in seen:
        return False
    seen.add(id(unit))
    return any(isinstance(node, _STARTS) for node in nodes(unit.file)) or any(
        _starts(use.unit, seen) for use in unit.uses if use.unit is not None
    )
