"""Every place of the name under the cursor, in this file."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.navigate import highlights
from kanvasc.lsp.server import Server

_KINDS = {
    "definition": lsp.DocumentHighlightKind.Write,
    "write": lsp.DocumentHighlightKind.Write,
    "read": lsp.DocumentHighlightKind.Read,
}


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def on_highlight(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        document, analysis, offset = server.at(params)
        return [
            lsp.DocumentHighlight(document.positions.range(one.span), _KINDS[one.role])
            for one in highlights(analysis, offset)
        ]
