"""A program as its author wrote it: what the tree does not keep."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import Final

from kanvasc.source import Source, Span
from kanvasc.syntax import brackets
from kanvasc.syntax.scanner import NUMBER, STRING, WORD, Piece, scan
from kanvasc.syntax.tree import Comment

_ENDS_VALUE: Final = frozenset({WORD, NUMBER, STRING, ")", "]", "}"})
_PUNCTUATION: Final = " \t,()=>"


class Written:
    """The text of a program and the pieces that it is cut into.

    For a tree that was made, not read, the text is empty and all places are 0.
    """

    def __init__(self, source: Source) -> None:
        self.text = source.text

    @cached_property
    def pieces(self) -> list[Piece]:
        return brackets.match(scan(Source("", self.text)))

    @cached_property
    def starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def of(self, span: Span) -> str:
        return self.text[span.start : span.end]

    # --- lines

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def begins_line(self, offset: int) -> bool:
        """Nothing but space and opening parentheses stands before it on its line."""
        return not self.text[self.line_start(offset) : offset].strip(" \t(")

    def stands_alone(self, offset: int) -> bool:
        """Nothing but space stands before it on its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def column(self, offset: int) -> int:
        """The indentation of its line."""
        start = self.line_start(offset)
        line = self.text[start : offset + 1]
        return len(line) - len(line.lstrip(" \t"))

    def blank_before(self, offset: int) -> bool:
        """It begins its line, and the line above is blank."""
        start = self.line_start(offset)
        if start == 0 or self.text[start:offset].strip(" \t("):
            return False
        above = self.line_start(start - 1)
        return not self.text[above : start - 1].strip()

    def same_line(self, end: int, offset: int) -> bool:
        """Only punctuation stands between `end` and what stands behind it on its line."""
        return not self.text[end:offset].strip(_PUNCTUATION)

    # --- pieces

    def index(self, offset: int) -> int:
        """The first piece that begins at `offset` or behind it."""
        return bisect_left(self.starts, offset)

    def next_code(self, offset: int) -> int:
        """Where the next piece begins."""
        at = self.index(offset)
        return self.starts[at] if at < len(self.starts) else len(self.text)

    def end_of_words(self, start: int, count: int) -> int:
        """The end of `count` words, the first of which begins at `start`."""
        if not self.text:
            return 0
        return self.pieces[min(self.index(start) + count, len(self.pieces)) - 1].end

    def word_before(self, offset: int, *words: str) -> Span:
        """The last of some words that stands before a place."""
        if not self.text:
            return Span(0, 0)
        at = bisect_left(self.starts, offset) - 1
        while at > 0 and self.pieces[at].text not in words:
            at -= 1
        return self.pieces[at].span

    def extent(self, span: Span) -> Span:
        """The range with the parentheses that stand around all or a part of it."""
        if not self.text:
            return span
        first = self.index(span.start)
        while first > 0 and self.pieces[first - 1].kind == "(":
            first -= 1
        last = bisect_right(self.starts, max(span.end - 1, span.start)) - 1
        while last + 1 < len(self.pieces) and self.pieces[last + 1].kind == ")":
            last += 1
        return Span(min(self.pieces[first].start, span.start), max(self.pieces[last].end, span.end))

    # --- parentheses

    def commented_parentheses(self, comments: tuple[Comment, ...]) -> dict[Span, int]:
        """Expressions in parentheses before whose end a comment stands, and where they end.

        Only there parentheses that change no meaning are kept: they hold the comment.
        """
        kept: dict[Span, int] = {}
        partner: dict[int, int] = {}
        for comment in comments:
            closing = self.index(comment.span.start)
            if closing >= len(self.pieces) or self.pieces[closing].kind != ")":
                continue
            partner = partner or self._partners()
            if closing in partner and self._groups(partner[closing], closing):
                inner = self._inner(partner, closing)
                kept[inner] = self.pieces[closing].start
        return kept

    def _partners(self) -> dict[int, int]:
        """The opening parenthesis of each closing one."""
        open_: list[int] = []
        partner: dict[int, int] = {}
        for at, piece in enumerate(self.pieces):
            if piece.kind == "(":
                open_.append(at)
            elif piece.kind == ")" and open_:
                partner[at] = open_.pop()
        return partner

    def _groups(self, opening: int, closing: int) -> bool:
        """Neither a call nor the parameters of a function."""
        piece = self.pieces[opening]
        called = piece.joined and opening and self.pieces[opening - 1].kind in _ENDS_VALUE
        return not called and self.pieces[closing + 1].kind != "=>"

    def _inner(self, partner: dict[int, int], closing: int) -> Span:
        """The expression alone, as its span in the tree is: no parenthesis at either end."""
        first, last = partner[closing] + 1, closing - 1
        while self.pieces[last].kind == ")" and self._groups(partner[last], last):
            last -= 1
        closers = {opening: at for at, opening in partner.items()}
        while self.pieces[first].kind == "(" and self._groups(first, closers[first]):
            first += 1
        return Span(self.pieces[first].start, self.pieces[last].end)
