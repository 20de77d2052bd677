"""One version of one program, analysed as far as somebody asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from kanvasc.analysis.index import Index
from kanvasc.analysis.resolve import index_of
from kanvasc.analysis.trace import Trace
from kanvasc.diagnostics import Diagnostic
from kanvasc.link import Sources, Unit
from kanvasc.pipeline import Compilation
from kanvasc.source import Source, Span
from kanvasc.syntax import Parsed
from kanvasc.syntax.nodes import nodes
from kanvasc.syntax.tree import File, TextLit
from kanvasc.types.again import Memory
from kanvasc.types.program import TypedProgram

_ROOM = 64
"""Blank lines in a row that nobody writes."""


class Analysis:
    """Answers about `source`. It never changes: another text is another analysis.

    `sources` makes what reads the files that the program uses; each analysis has its own.
    `memory`: what is known of the program from its other versions.
    """

    def __init__(
        self,
        source: Source,
        sources: Callable[[], Sources] = Sources,
        memory: Memory | None = None,
    ) -> None:
        self.source = source
        self._sources = sources
        self._trace = Trace()
        self._compilation = Compilation(source, sources(), self._trace, memory)

    def changed(self, text: str) -> Analysis:
        """The same program with another text."""
        return Analysis(Source(self.source.path, text), self._sources)

    def written(self, span: Span, text: str) -> Analysis:
        """The same program with `text` at a place, for a look at it. Where there is room in blank
        lines further on, what stands behind them keeps its place."""
        before = self.source.text
        after = before[span.end :]
        grown = len(text) - (span.end - span.start)
        room = after.find("\n" * (grown + _ROOM)) if grown > 0 else -1
        if room >= 0:
            after = after[:room] + after[room + grown :]
        return self.changed(f"{before[: span.start]}{text}{after}")

    def among(self, sources: Callable[[], Sources]) -> Analysis:
        """The same program beside other files."""
        return Analysis(self.source, sources)

    @property
    def sources(self) -> Callable[[], Sources]:
        return self._sources

    @property
    def parsed(self) -> Parsed:
        return self._compilation.parsed

    @property
    def tree(self) -> File:
        return self.parsed.tree

    @property
    def units(self) -> tuple[Unit, ...]:
        """The files of the program, this one first."""
        return self._compilation.units

    @property
    def program(self) -> TypedProgram:
        return self._compilation.program

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self._compilation.diagnostics

    @property
    def trace(self) -> Trace:
        """What the checker came across."""
        assert self.program is not None
        return self._trace

    @cached_property
    def index(self) -> Index:
        """Every name of the program and what it stands for."""
        return index_of(self.units[0], self.trace)

    @cached_property
    def literals(self) -> dict[int, TextLit]:
        """The texts of the program by where they begin."""
        return {n.span.start: n for n in nodes(self.tree) if isinstance(n, TextLit)}
