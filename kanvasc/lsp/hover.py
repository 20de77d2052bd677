"""Hover: types, documentation, permissions, library signatures."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.hover import hover
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def on_hover(params: lsp.HoverParams) -> lsp.Hover | None:
        document, analysis, offset = server.at(params)
        found = hover(analysis, offset)
        if found is None:
            return None
        text = f"```kanvas\n{found.code}\n```"
        if found.text:
            text = f"{text}\n\n{found.text}"
        content = lsp.MarkupContent(lsp.MarkupKind.Markdown, text)
        return lsp.Hover(content, document.positions.range(found.span))
