"""Inlay hints: types that are inferred, and steps that wait for a person."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.hints import hints
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def on_hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        document = server.document(params.text_document.uri)
        within = document.positions.span(params.range)
        return [
            lsp.InlayHint(
                document.positions.position(hint.offset),
                hint.label,
                kind=lsp.InlayHintKind.Type if hint.kind == "type" else None,
                tooltip=lsp.MarkupContent(lsp.MarkupKind.Markdown, _tip(hint.about, hint.kind)),
                padding_left=hint.kind == "approval",
            )
            for hint in hints(document.analysis, within)
        ]


def _tip(about: str, kind: str) -> str:
    return f"```kanvas\n{about}\n```" if kind == "type" else about
