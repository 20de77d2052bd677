"""From a source to its tree and the findings about its form."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from kanvasc.diagnostics import Diagnostic
from kanvasc.records import dataclass
from kanvasc.source import Source, Span
from kanvasc.syntax import brackets, margins, scopes
from kanvasc.syntax.automaton import Automaton
from kanvasc.syntax.build import Builder
from kanvasc.syntax.driver import drive
from kanvasc.syntax.scanner import Scan, scan
from kanvasc.syntax.tables import table
from kanvasc.syntax.tree import Expr, File, Missing

_BROKEN = frozenset(f"K{number:04}" for number in (1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 20))
_GUESSED = frozenset({"K0005", "K0006", "K0009", "K0014", "K0015", "K0021"})
_DOUBTFUL = frozenset({"K0015", "K0016", "K0018", "K0019", "K0022"})
_MAX_INTERPOLATIONS = 20
"""Texts in expressions in texts."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, whole even where the program is not, and what there is to say about it.

    `doubts`: where a repair had to guess (empty spans), and text that was skipped.
    """

    tree: File
    diagnostics: tuple[Diagnostic, ...]
    doubts: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a program's declarations. `margins`: what is odd about the indentation, which counts
    only where nothing of the program is `torn`."""

    tree: File
    found: list[Diagnostic]
    margins: list[Diagnostic]
    torn: bool
    doubts: list[Span]


def parse(source: Source) -> Parsed:
    """The tree of a program. Never raises: whatever is wrong is a finding."""
    part = parse_part(source, Span(0, len(source.text)))
    return parsed(source, part.tree, [part])


def parse_part(source: Source, span: Span) -> Part:
    """`span` begins where a line does."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _parse(source, span)
    finally:
        if collecting:
            gc.enable()


def parsed(source: Source, tree: File, parts: Sequence[Part]) -> Parsed:
    """A program whose tree is made of those of its parts."""
    said = [found for part in parts for found in part.found]
    if not any(part.torn for part in parts):
        said += [found for part in parts for found in part.margins]
    diagnostics = _causes(source, said)
    doubts = [doubt for part in parts for doubt in part.doubts]
    return Parsed(tree, _in_order(diagnostics), (*doubts, *_doubtful(diagnostics)))


def parse_expression(source: Source) -> tuple[Expr, tuple[Diagnostic, ...]]:
    """The tree of a text that holds one expression."""
    outer = _builder(source, 0)
    expression = _expression(source, Span(0, len(source.text)), outer, 0)
    return expression, _in_order(outer.diagnostics)


def _parse(source: Source, span: Span) -> Part:
    found = scan(source, span.start, span.end)
    scopes.join(found.pieces)
    builder = _builder(source, 0)
    file: File = _drive(found, builder, "file")
    file.comments = tuple(found.comments)
    file.span = span
    odd = [] if builder.torn else margins.check(source, file)
    said = found.diagnostics + builder.diagnostics
    return Part(file, said, odd, builder.torn, builder.doubts)


def _doubtful(diagnostics: list[Diagnostic]) -> Iterator[Span]:
    """Where brackets, texts and bodies were closed or left out by guess."""
    for found in diagnostics:
        if found.code in _GUESSED:
            yield Span(found.span.start, found.span.start)


def _causes(source: Source, diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Without what is only doubtful on a line that was read by way of a repair, or above it."""
    broken = {source.line_of(found.span.start) for found in diagnostics if found.code in _BROKEN}
    kept: list[Diagnostic] = []
    for found in diagnostics:
        line = source.line_of(found.span.start)
        near = {line - 1, line, line + 1} if found.code == "K0015" else {line}
        if found.code not in _DOUBTFUL or not near & broken:
            kept.append(found)
    return kept


def _builder(source: Source, level: int) -> Builder:
    def inside(span: Span) -> Expr:
        if level >= _MAX_INTERPOLATIONS:
            builder.too_deep(span)
            return Missing(span)
        return _expression(source, span, builder, level + 1)

    builder = Builder(source, inside)
    return builder


def _expression(source: Source, span: Span, outer: Builder, level: int) -> Expr:
    found = scan(source, span.start, span.end)
    for piece in found.pieces:
        piece.first = False
    builder = _builder(source, level)
    expression: Expr = _drive(found, builder, "expression")
    outer.diagnostics += found.diagnostics + builder.diagnostics
    outer.doubts += builder.doubts
    return expression


def _drive(found: Scan, builder: Builder, start: str) -> Any:
    pieces = brackets.match(found)
    return drive(automaton(), builder, pieces, found.faulty, start)


@cache
def automaton() -> Automaton:
    return Automaton(table())


def _in_order(diagnostics: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings in the order of the text."""
    return tuple(sorted(diagnostics, key=lambda found: (found.span, found.code)))
