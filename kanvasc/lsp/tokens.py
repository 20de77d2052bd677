"""Semantic tokens, whole and for a range."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types as lsp

from kanvasc.analysis.tokens import Modifier, Token, TokenKind, tokens
from kanvasc.lsp.documents import Document
from kanvasc.lsp.server import Server

TYPES = [str(kind) for kind in TokenKind]
MODIFIERS = [str(modifier) for modifier in Modifier]
LEGEND = lsp.SemanticTokensLegend(token_types=TYPES, token_modifiers=MODIFIERS)


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, LEGEND)
    def on_tokens(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        document = server.document(params.text_document.uri)
        return lsp.SemanticTokens(data=encoded(document, tokens(document.analysis)))

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_RANGE, LEGEND)
    def on_range(params: lsp.SemanticTokensRangeParams) -> lsp.SemanticTokens:
        document = server.document(params.text_document.uri)
        within = document.positions.span(params.range)
        found = (
            token
            for token in tokens(document.analysis)
            if token.span.start < within.end and within.start < token.span.end
        )
        return lsp.SemanticTokens(data=encoded(document, found))


def encoded(document: Document, found: Iterable[Token]) -> list[int]:
    """Five numbers a token: lines and units since the last one, length, type, modifiers."""
    data: list[int] = []
    line = start = 0
    for token in found:
        range_ = document.positions.range(token.span)
        at = range_.start
        data += [
            at.line - line,
            at.character - (start if at.line == line else 0),
            range_.end.character - at.character,
            TYPES.index(token.kind),
            sum(1 << MODIFIERS.index(modifier) for modifier in token.modifiers),
        ]
        line, start = at.line, at.character
    return data
