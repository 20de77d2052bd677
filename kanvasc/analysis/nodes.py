"""The tree from the point of view of a cursor: which nodes are around it."""

from __future__ import annotations

from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import children


def around(file: tree.Node, offset: int) -> tuple[tree.Node, ...]:
    """The nodes that hold `offset`, the file first and the innermost one last."""
    path = [file]
    while True:
        inner = _holding(path[-1], offset)
        if inner is None:
            return tuple(path)
        path.append(inner)


def _holding(node: tree.Node, offset: int) -> tree.Node | None:
    """The child that holds the offset; of two that touch there, the one that begins there."""
    found: tree.Node | None = None
    for child in children(node):
        if isinstance(child, tree.Comment):
            continue
        if child.span.start <= offset <= child.span.end and (
            found is None or child.span.start >= found.span.start
        ):
            found = child
    return found


def machine_at(file: tree.File, offset: int) -> tree.Machine | None:
    """The machine whose text holds the offset, or ends before it without another in between."""
    before = [machine for machine in file.machines if machine.span.start <= offset]
    last = max(before, key=lambda machine: machine.span.start, default=None)
    declared = [one.span.start for one in file.types if one.span.start <= offset]
    if last is None or (declared and max(declared) > last.span.start):
        return None
    return last


def inside_quotes(text: str, literal: tree.TextLit) -> Span:
    """The span between the quotes of a text literal."""
    start, end = literal.span
    quote = 3 if text.startswith('"""', start) else 1
    closed = end - start >= 2 * quote and text[end - 1] == '"'
    return Span(start + quote, end - quote if closed else end)
