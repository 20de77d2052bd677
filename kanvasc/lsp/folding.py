"""Folding ranges."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.folding import folds
from kanvasc.lsp.server import Server

_KINDS = {"region": lsp.FoldingRangeKind.Region, "comment": lsp.FoldingRangeKind.Comment}


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def on_folding(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        document = server.document(params.text_document.uri)
        return [
            lsp.FoldingRange(fold.first - 1, fold.last - 1, kind=_KINDS[fold.kind])
            for fold in folds(document.source, document.analysis.tree)
        ]
