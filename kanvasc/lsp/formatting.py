"""Formatting: the whole buffer, a range, and the indentation of a new line."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.actions import changed_part
from kanvasc.diagnostics import Edit
from kanvasc.format import Unfaithful, format_program, format_range, indentation
from kanvasc.lsp.documents import Document
from kanvasc.lsp.edits import text_edits
from kanvasc.lsp.positions import Positions
from kanvasc.lsp.server import Server, logger
from kanvasc.source import Source, Span


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def on_format(params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
        buffer = _Buffer(server.document(params.text_document.uri))
        return buffer.edits(buffer.whole())

    @server.feature(lsp.TEXT_DOCUMENT_RANGE_FORMATTING)
    def on_range(params: lsp.DocumentRangeFormattingParams) -> list[lsp.TextEdit]:
        buffer = _Buffer(server.document(params.text_document.uri))
        return buffer.edits(buffer.part(params.range))

    @server.feature(
        lsp.TEXT_DOCUMENT_ON_TYPE_FORMATTING,
        lsp.DocumentOnTypeFormattingOptions(first_trigger_character="\n"),
    )
    def on_type(params: lsp.DocumentOnTypeFormattingParams) -> list[lsp.TextEdit]:
        buffer = _Buffer(server.document(params.text_document.uri))
        return buffer.edits(buffer.new_line(params.position.line))


class _Buffer:
    """The buffer as it is, without the room that the analysis gives it."""

    def __init__(self, document: Document) -> None:
        self.source = Source(document.source.path, document.text)
        self.positions = Positions(self.source, document.positions.encoding)

    def edits(self, edits: list[Edit]) -> list[lsp.TextEdit]:
        return text_edits(self.positions, edits)

    def whole(self) -> list[Edit]:
        """One edit, no larger than it has to be: what it leaves alone keeps its cursors."""
        try:
            after = format_program(self.source).text
        except Unfaithful:
            logger.exception("cannot format %s", self.source.path)
            return []
        return [] if after == self.source.text else [changed_part(self.source.text, after)]

    def part(self, range_: lsp.Range) -> list[Edit]:
        try:
            return format_range(self.source, self.positions.span(range_))
        except Unfaithful:
            logger.exception("cannot format a part of %s", self.source.path)
            return []

    def new_line(self, line: int) -> list[Edit]:
        """Indents the line that was just begun; one that has something on it is left alone."""
        if line == 0 or line >= len(self.source.line_starts):
            return []
        written = self.source.line_text(line + 1)
        wanted = " " * indentation(self.source, line)
        if written.strip() or written == wanted:
            return []
        start = self.source.line_starts[line]
        return [Edit(Span(start, start + len(written)), wanted)]
