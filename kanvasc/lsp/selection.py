"""Selection ranges: from the word outwards."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.navigate import selections
from kanvasc.lsp.documents import Document
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_SELECTION_RANGE)
    def on_selection(params: lsp.SelectionRangeParams) -> list[lsp.SelectionRange]:
        document = server.document(params.text_document.uri)
        return [_chain(document, position) for position in params.positions]


def _chain(document: Document, position: lsp.Position) -> lsp.SelectionRange:
    found: lsp.SelectionRange | None = None
    for span in reversed(selections(document.analysis, document.offset(position))):
        found = lsp.SelectionRange(document.positions.range(span), found)
    return found or lsp.SelectionRange(lsp.Range(position, position))
