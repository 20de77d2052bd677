"""A program's text and the way from offsets to lines, columns and bytes."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from kanvasc.records import dataclass, field


class Span(NamedTuple):
    """Half-open range of code point offsets into a `Source`."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.start, other.end)


class Position(NamedTuple):
    """1-based line and column (in code points), and the 0-based UTF-8 byte offset."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True)
class Source:
    """One program: the path as the user wrote it, and its text (line ends as `\\n`)."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def line_of(self, offset: int) -> int:
        """1-based line of a code point offset."""
        return bisect_right(self.line_starts, offset)

    def position(self, offset: int) -> Position:
        line = self.line_of(offset)
        column = offset - self.line_starts[line - 1] + 1
        return Position(line, column, len(self.text[:offset].encode("utf-8", "surrogatepass")))

    def line_text(self, line: int) -> str:
        """Text of a 1-based line, without its end."""
        start = self.line_starts[line - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]
