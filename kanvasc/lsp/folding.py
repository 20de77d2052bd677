"""Folding ranges."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.folding import folds
from kanvasc.lsp.documents import Document
from kanvasc.lsp.server import Server

_KINDS = {"region": lsp.FoldingRangeKind.Region, "comment": lsp.FoldingRangeKind.Comment}


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def on_folding(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        document = server.document(params.text_document.uri)
        return [
            lsp.FoldingRange(_line(document, fold.first), _line(document, fold.last), kind=kind)
            for fold in folds(document.source, document.analysis.tree)
            if (kind := _KINDS[fold.kind])
        ]


def _line(document: Document, line: int) -> int:
    """The editor's number of a line of the analysed text."""
    return document.positions.position(document.source.line_starts[line - 1]).line
