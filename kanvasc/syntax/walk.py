"""The way of the parser through the pieces, on states alone; values are made afterwards.

So a trial repair is a copy of a few integers, and the one that works is simply kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from kanvasc.source import Span
from kanvasc.syntax import unsupported
from kanvasc.syntax.automaton import Automaton, Reduce
from kanvasc.syntax.build import Token
from kanvasc.syntax.layout import INDENT, Layout
from kanvasc.syntax.reader import Reader
from kanvasc.syntax.scanner import WORD, Piece
from kanvasc.syntax.tables import END
from kanvasc.syntax.tree import Name

MAX_STATES: Final = 1500
"""Operators that wait for their right side, one within the other."""


_VALUE_STARTS: Final = frozenset(
    {"NAME", "STRING", "NUMBER", "TRUE", "FALSE", "NULL", "NOT", "LPAR", "LBRACK", "LBRACE"}
    | {"UMINUS", "BANG"}
)


MAX_BLOCKS: Final = 40
"""Bodies within bodies."""


class Move(NamedTuple):
    """Reduce by `plan`, then shift `token`; without a token: forget all values above `keep`."""

    plan: Sequence[Reduce]
    token: Token | None
    keep: int = 0


class Mark(NamedTuple):
    """A place to return to."""

    states: list[int]
    layout: Layout
    at: int
    moves: int


class Walk:
    """`states` and `layout` before the piece `at`, and the moves that led there."""

    __slots__ = ("_planned", "at", "automaton", "last_mark", "layout", "moves", "reader", "states")

    def __init__(self, automaton: Automaton, reader: Reader, states: list[int]) -> None:
        self.automaton = automaton
        self.reader = reader
        self.states = states
        self.layout = Layout()
        self.at = 0
        self.moves: list[Move] = []
        self.last_mark: Mark | None = None
        # What `accepts` found out last is what `shift` needs next.
        self._planned: tuple[str, Sequence[Reduce]] | None = None

    @property
    def too_deep(self) -> bool:
        return len(self.states) > MAX_STATES or len(self.layout.blocks) > MAX_BLOCKS

    @property
    def done(self) -> bool:
        return self.layout.last == END

    def mark(self) -> Mark:
        return Mark(self.states[:], self.layout, self.at, len(self.moves))

    def fork(self, mark: Mark | None = None) -> Walk:
        """A trial that starts here, or at a mark."""
        start = mark or self.mark()
        trial = Walk(self.automaton, self.reader, start.states[:])
        trial.layout = start.layout
        trial.at = start.at
        return trial

    def adopt(self, trial: Walk, mark: Mark | None = None) -> None:
        """Go the way of a trial that started at `mark`."""
        if mark is not None:
            del self.moves[mark.moves :]
        self.moves += trial.moves
        self.states, self.layout, self.at = trial.states, trial.layout, trial.at
        self.last_mark = None
        self._planned = None

    def accepts(self, terminal: str) -> bool:
        plan = self.automaton.plan(self.states, terminal)
        if plan is None:
            return False
        self._planned = (terminal, plan)
        return True

    def step(self, terminal: str | None = None, size: int = 1) -> bool:
        """Take the next piece, as `terminal` if given; False, and nothing happened, at a fault."""
        mark = self.mark()
        if self._step(terminal, size):
            self.last_mark = mark
            return True
        self.states, self.layout, self.at = mark.states, mark.layout, mark.at
        self._planned = None
        del self.moves[mark.moves :]
        return False

    def _step(self, terminal: str | None, size: int) -> bool:
        piece = self.reader.pieces[self.at]
        if not self.enter() or self.too_deep:
            return False
        if terminal is None:
            reading = self.reader.read(self.at, self.accepts)
            terminal, size = reading.terminal, reading.size
        if terminal in _VALUE_STARTS and not self._is_value_in_place(terminal, piece):
            return False
        if not self.shift(self._token(terminal, size)):
            return False
        self.layout = self.layout.after(terminal, piece)
        self.at += size
        return True

    def _is_value_in_place(self, terminal: str, piece: Piece) -> bool:
        """A bare value begins its line, or stands on the line of what it belongs to."""
        if piece.depth:
            return True
        if self.automaton.rows[self.states[-1]].get(terminal, 0) >= 0 or not self.accepts("HOLE"):
            return True
        if piece.first:
            return not self._is_below_word(piece)
        return self._owner_is_on(piece.line)

    def _is_below_word(self, piece: Piece) -> bool:
        """Indented below a lone word, which then was meant to be another one."""
        above = self.reader.pieces[self.at - 1]
        lone = above.kind == WORD and above.first
        return lone and self.layout.last == "NAME" and piece.column > above.column

    def _owner_is_on(self, line: int) -> bool:
        """What a value that begins here would belong to began on this line."""
        gotos = self.automaton.gotos[self.automaton.before_shift(self.states, "HOLE")]
        if "implements_value" in gotos:
            return self.layout.implements == line
        if "let" in gotos:
            return self.layout.compute == line
        return "block" not in gotos and "on_failure" not in gotos

    def enter(self) -> bool:
        """Take what stands, without a sign of its own, before the next piece."""
        if not self.close_lines():
            return False
        place = self.reader.pieces[self.at].start
        if "CASE" in self.automaton.rows[self.states[-1]] and self.reader.case_at(self.at):
            self.insert("CASE", "", place)
        return True

    def close_lines(self) -> bool:
        """End the bodies that the next line does not belong to."""
        before, self.layout = self.layout.before(self.reader, self.at)
        place = self.reader.pieces[self.at].start
        return all(self.insert(terminal, "", place) for terminal in before)

    def insert(self, terminal: str, text: str, place: int) -> bool:
        """Take a terminal that is not written."""
        return self.shift(Token(terminal, text, Span(place, place)))

    def shift(self, token: Token) -> bool:
        automaton, states = self.automaton, self.states
        if self._planned is not None and self._planned[0] == token.kind:
            plan: Sequence[Reduce] | None = self._planned[1]
        else:
            plan = automaton.plan(states, token.kind)
        if plan is None:
            return False
        for rule, state in plan:
            if rule.size:
                del states[len(states) - rule.size :]
            states.append(state)
        states.append(automaton.rows[states[-1]][token.kind] - 1)
        self.moves.append(Move(plan, token))
        self._planned = None
        return True

    def cut(self, depth: int) -> None:
        """Forget what was read above the first `depth` states."""
        indents = self.automaton.indents
        open_ = sum(state in indents for state in self.states[:depth])
        del self.states[depth:]
        self._planned = None
        self.moves.append(Move((), None, depth - 1))
        self.layout = Layout(self.layout.blocks[:open_])

    def skip(self, size: int = 1) -> None:
        self.at += size

    def open_block(self, column: int) -> bool:
        """Begin a body on the line of its opener."""
        if not self.insert(INDENT, "", self.reader.pieces[self.at].start):
            return False
        self.layout = Layout((*self.layout.blocks, column), None, INDENT)
        return True

    def _token(self, terminal: str, size: int) -> Token:
        pieces = self.reader.pieces
        first, last = pieces[self.at], pieces[self.at + size - 1]
        if terminal.startswith("UNS_"):
            return self._unsupported(terminal, Span(first.start, last.end), size)
        if size == 1:
            return Token(terminal, first.text, Span(first.start, last.end), first.inside)
        words = " ".join(piece.text for piece in pieces[self.at : self.at + size])
        return Token(terminal, words, Span(first.start, last.end))

    def _unsupported(self, terminal: str, span: Span, size: int) -> Token:
        heading, name = unsupported.heading(self.reader, self.at, size)
        named = Name(name.span, name.text) if name else None
        return Token(terminal, heading.text, span, heading.span, named)
