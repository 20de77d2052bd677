"""Each section comes at most once in a machine, and each block at most once in `implements`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.titles import BLOCKS, SECTIONS


def sections_twice(context: Context) -> Iterator[Diagnostic]:
    for machine in context.file.machines:
        name = machine.name.text
        yield from _twice(machine.sections, SECTIONS, "section", name)
        for section in machine.sections:
            if isinstance(section, tree.Implements):
                yield from _twice(section.blocks, BLOCKS, "block", name)


def _twice(
    parts: Iterable[tree.Node], titles: dict[type[tree.Node], str], what: str, machine: str
) -> Iterator[Diagnostic]:
    seen: dict[type[tree.Node], tree.Node] = {}
    for part in parts:
        title = titles.get(type(part))
        first = seen.setdefault(type(part), part)
        if title is not None and first is not part:
            yield report(
                "K1005",
                _head(part, title),
                f"The {what} `{title}` stands twice in `{machine}`",
                related=(Related(_head(first, title), "the first one"),),
                help="move its lines into the first one",
            )


def _head(part: tree.Node, title: str) -> Span:
    return Span(part.span.start, part.span.start + len(title))
