"""Parts of the language that parse and that this version does not build."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, not_supported
from kanvasc.source import Span
from kanvasc.syntax import tree

BLOCKS: dict[type[tree.Node], str] = {
    tree.Needs: "`needs`",
}


def not_yet(context: Context) -> Iterator[Diagnostic]:
    for machine in context.file.machines:
        for section in machine.sections:
            if isinstance(section, tree.Ensures):
                yield from _blocks(context, section.blocks)


def _blocks(context: Context, blocks: tuple[tree.Node, ...]) -> Iterator[Diagnostic]:
    for block in blocks:
        if type(block) in BLOCKS:
            yield _found(context, block.span, BLOCKS[type(block)])


def _found(context: Context, span: Span, what: str) -> Diagnostic:
    """Points at the first line of the construct: the whole of it would hide the rest."""
    end = context.source.text.find("\n", span.start)
    first_line = Span(span.start, span.end if end < 0 else min(span.end, end))
    return not_supported(first_line, what)
