"""Definition, type definition and references."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.entities import Place
from kanvasc.analysis.navigate import definitions, references, type_definitions
from kanvasc.lsp.positions import location
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    def located(uri: str, place: Place) -> lsp.Location:
        own = server.document(uri)
        if place.source is own.source:
            return location(uri, own.positions, place.span)
        return server.documents.located(place.source, place.span)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def on_definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        document, analysis, offset = server.at(params)
        return [located(document.uri, place) for place in definitions(analysis, offset)]

    @server.feature(lsp.TEXT_DOCUMENT_TYPE_DEFINITION)
    def on_type_definition(params: lsp.TypeDefinitionParams) -> list[lsp.Location]:
        document, analysis, offset = server.at(params)
        return [located(document.uri, place) for place in type_definitions(analysis, offset)]

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def on_references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        document, analysis, offset = server.at(params)
        found = analysis.index.at(offset)
        if found is None:
            return []
        places: list[lsp.Location] = []
        for other in server.speaking_of(document, found.entity):
            named = references(
                other.analysis,
                found.entity,
                declarations=params.context.include_declaration,
            )
            places += [location(other.uri, other.positions, one.span) for one in named]
        return places
