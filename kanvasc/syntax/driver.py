"""Feeds the terminals of a text to the automaton; hands faults to `repair`."""

from __future__ import annotations

from typing import Any

from kanvasc.diagnostics import report
from kanvasc.source import Span
from kanvasc.syntax.automaton import Automaton, Stack
from kanvasc.syntax.build import Builder, Token, reductions
from kanvasc.syntax.layout import Layout
from kanvasc.syntax.reader import Reader
from kanvasc.syntax.scanner import Piece
from kanvasc.syntax.tables import END
from kanvasc.syntax.tree import File, Missing, Name


class Driver:
    """One way through the pieces of a text."""

    def __init__(
        self,
        automaton: Automaton,
        builder: Builder,
        pieces: list[Piece],
        faulty: list[Span],
        start: str,
    ) -> None:
        self.automaton = automaton
        self.builder = builder
        self.pieces = pieces
        self.faulty = faulty
        self.reader = Reader(pieces)
        self.stack = Stack(automaton, reductions(builder), start)
        self.layout = Layout()
        self.at = 0
        self.start = start
        self.failed = False

    def run(self) -> Any:
        """The value of the start symbol."""
        while not self._done():
            self._step()
        if self.failed:
            return File(Span(0, 0), (), (), ()) if self.start == "file" else Missing(Span(0, 0))
        return self.stack.values[0]

    def _done(self) -> bool:
        return self.layout.last == END or self.failed

    def _step(self) -> None:
        piece = self.pieces[self.at]
        before, self.layout = self.layout.before(self.reader, self.at)
        for terminal in before:
            self._shift(terminal, self._empty(terminal, piece.start))
        if self._accepts("CASE") and self.reader.case_at(self.at):
            self._shift("CASE", self._empty("CASE", piece.start))
        reading = self.reader.read(self.at, self._accepts)
        self._shift(reading.terminal, self._token(reading.terminal, reading.size))
        self.layout = self.layout.after(reading.terminal, piece.column)
        self.at += reading.size

    def _accepts(self, terminal: str) -> bool:
        return self.automaton.accepts(self.stack.states, terminal)

    def _shift(self, terminal: str, token: Token) -> None:
        if self.stack.shift(terminal, token):
            return
        self.builder.report(report("K0001", token.span, "This does not fit here"))
        self.failed = True

    def _empty(self, kind: str, place: int) -> Token:
        return Token(kind, "", Span(place, place))

    def _token(self, terminal: str, count: int) -> Token:
        first, last = self.pieces[self.at], self.pieces[self.at + count - 1]
        span = Span(first.start, last.end)
        if count == 1:
            return Token(terminal, first.text, span, first.inside)
        if terminal.startswith("UNS_"):
            return self._unsupported(terminal, span, count)
        words = " ".join(piece.text for piece in self.pieces[self.at : self.at + count])
        return Token(terminal, words, span)

    def _unsupported(self, terminal: str, span: Span, count: int) -> Token:
        from kanvasc.syntax import unsupported

        heading, name = unsupported.heading(self.reader, self.at, count)
        named = Name(name.span, name.text) if name else None
        return Token(terminal, heading.text, span, heading.span, named)
