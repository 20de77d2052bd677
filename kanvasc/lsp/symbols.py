"""Symbols of a document, and of all documents that are open or in the workspace."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.outline import Part, every, outline
from kanvasc.lsp.documents import Document
from kanvasc.lsp.positions import location
from kanvasc.lsp.server import Server

_KINDS = {
    "machine": lsp.SymbolKind.Class,
    "type": lsp.SymbolKind.Struct,
    "field": lsp.SymbolKind.Field,
    "section": lsp.SymbolKind.Namespace,
    "step": lsp.SymbolKind.Method,
    "flow": lsp.SymbolKind.Function,
    "test": lsp.SymbolKind.Event,
    "surface": lsp.SymbolKind.Interface,
    "event": lsp.SymbolKind.Event,
    "let": lsp.SymbolKind.Variable,
}
MOST_SYMBOLS = 500


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def on_symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        document = server.document(params.text_document.uri)
        return [_symbol(document, part) for part in _parts(document)]

    @server.feature(lsp.WORKSPACE_SYMBOL)
    def on_workspace_symbols(params: lsp.WorkspaceSymbolParams) -> list[lsp.SymbolInformation]:
        found: list[lsp.SymbolInformation] = []
        for document in server.programs():
            for part, container in every(_parts(document)):
                if part.kind != "section" and _matches(params.query, part.label):
                    place = location(document.uri, document.positions, part.name)
                    found.append(
                        lsp.SymbolInformation(
                            place, part.label, _KINDS[part.kind], container_name=container or None
                        )
                    )
        return found[:MOST_SYMBOLS]


def _parts(document: Document) -> tuple[Part, ...]:
    return outline(document.source, document.analysis.tree)


def _symbol(document: Document, part: Part) -> lsp.DocumentSymbol:
    return lsp.DocumentSymbol(
        name=part.label,
        kind=_KINDS[part.kind],
        range=document.positions.range(part.whole),
        selection_range=document.positions.range(part.name),
        detail=part.detail or None,
        children=[_symbol(document, inner) for inner in part.parts],
    )


def _matches(query: str, label: str) -> bool:
    """The letters of the query, in their order: `tt` finds `ticket_triage`."""
    letters = iter(label.lower())
    return all(letter in letters for letter in query.lower() if not letter.isspace())
