"""Offsets of a program as an editor counts them: lines from 0, and units of its encoding."""

from __future__ import annotations

from lsprotocol.types import Location, Position, PositionEncodingKind, Range

from kanvasc.lsp.layout import Layout
from kanvasc.source import Source, Span


class Positions:
    """Converts for one buffer. `encoding` is `utf-8`, `utf-16` or `utf-32`; offsets are those of
    the analysed text, which `layout` brings to the buffer's."""

    def __init__(self, source: Source, encoding: str, layout: Layout | None = None) -> None:
        self.source = source
        self.encoding = encoding
        self.layout = layout

    def position(self, offset: int) -> Position:
        if self.layout is not None:
            offset = self.layout.real(offset)
        line = self.source.line_of(offset)
        before = self.source.text[self.source.line_starts[line - 1] : offset]
        return Position(line - 1, self._units(before))

    def range(self, span: Span) -> Range:
        return Range(self.position(span.start), self.position(span.end))

    def offset(self, position: Position) -> int:
        """The offset of a position; one that is past its line or the text is at their end."""
        starts = self.source.line_starts
        if position.line >= len(starts):
            real = len(self.source.text)
        else:
            text = self.source.line_text(position.line + 1)
            real = starts[position.line] + self._points(text, position.character)
        return real if self.layout is None else self.layout.analysed(real)

    def span(self, range_: Range) -> Span:
        return Span(self.offset(range_.start), self.offset(range_.end))

    def _units(self, text: str) -> int:
        if text.isascii() or self.encoding == PositionEncodingKind.Utf32:
            return len(text)
        if self.encoding == PositionEncodingKind.Utf8:
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(character > "\uffff" for character in text)

    def _points(self, text: str, units: int) -> int:
        """Code points in the first `units` of a line; half a character counts as none of it."""
        if text.isascii() or self.encoding == PositionEncodingKind.Utf32:
            return min(units, len(text))
        taken = 0
        for number, character in enumerate(text):
            taken += self._units(character)
            if taken > units:
                return number
        return len(text)


def location(uri: str, positions: Positions, span: Span) -> Location:
    return Location(uri, positions.range(span))
