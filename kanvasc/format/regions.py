"""Which parts of a file with errors are sound: sections, types and headings, one by one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, NamedTuple

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.format.written import Written
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.reader import Reader

_HARMLESS: Final = frozenset({"K0008", "K0011", "K0016", "K9001", "K9002", "K9004"})
"""Errors behind which the tree still holds all that was written."""


class Region(NamedTuple):
    """A part of a file, up to its last sign: a node, or None for what the tree does not hold.

    For a machine: its heading, and `inside` its sections.
    """

    span: Span
    node: tree.Node | None
    sound: bool
    inside: tuple[Region, ...] = ()


def breaking(diagnostics: Sequence[Diagnostic]) -> list[Span]:
    """Where the errors are that leave less in the tree than was written, in order."""
    return sorted(
        found.span
        for found in diagnostics
        if found.severity is Severity.ERROR and found.code not in _HARMLESS
    )


def regions(written: Written, file: tree.File, errors: list[Span]) -> list[Region]:
    """The whole file, part by part, in the order of the source."""
    return _Regions(written, file, errors).all()


class _Regions:
    def __init__(self, written: Written, file: tree.File, errors: list[Span]) -> None:
        self.written = written
        self.errors = errors
        self.file = file

    def all(self) -> list[Region]:
        nodes: dict[int, tree.Node] = {
            node.span.start: node
            for node in (
                *self.file.uses,
                *self.file.types,
                *self.file.machines,
                *self.file.unsupported,
            )
        }
        reader = Reader(self.written.pieces)
        items = {p.start for at, p in enumerate(reader.pieces) if reader.file_item_at(at)}
        sections = sorted(p.start for at, p in enumerate(reader.pieces) if reader.section_at(at))
        starts = sorted(items | nodes.keys())
        ends = [*starts[1:], len(self.written.text) + 1] if starts else []
        found = [
            self._item(start, end, nodes.get(start), sections)
            for start, end in zip(starts, ends, strict=True)
        ]
        before = self.written.next_code(0)
        first = starts[0] if starts else len(self.written.text)
        if before < first:
            found.insert(0, self._region(before, first, None))
        return found

    def _item(self, start: int, end: int, node: tree.Node | None, sections: list[int]) -> Region:
        if not isinstance(node, tree.Machine):
            return self._region(start, end, node)
        nodes: dict[int, tree.Node] = {found.span.start: found for found in node.sections}
        lexical = sections[bisect_left(sections, start) : bisect_left(sections, end)]
        starts = sorted(nodes.keys() | set(lexical))
        head = self._region(start, starts[0] if starts else end, node)
        ends = [*starts[1:], end] if starts else []
        inside = tuple(
            self._region(at, until, nodes.get(at)) for at, until in zip(starts, ends, strict=True)
        )
        return head._replace(inside=inside)

    def _region(self, start: int, end: int, node: tree.Node | None) -> Region:
        at = min(self.written.index(end), len(self.written.pieces) - 1) - 1
        last = self.written.pieces[max(at, 0)].end
        # A text that is not closed reaches to the end of its line.
        last -= len(self.written.text[start:last]) - len(self.written.text[start:last].rstrip())
        sound = node is not None and not self._broken(start, end)
        return Region(Span(start, max(last, start)), node, sound)

    def _broken(self, start: int, end: int) -> bool:
        # An error where the next part begins may be about the end of this one.
        return any(error.start <= end and error.end >= start for error in self.errors)
