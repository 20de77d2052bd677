"""Document links: the files behind `uses`."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types as lsp

from kanvasc.analysis.links import links
from kanvasc.lsp.documents import uri_of
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_LINK)
    def on_links(params: lsp.DocumentLinkParams) -> list[lsp.DocumentLink]:
        document = server.document(params.text_document.uri)
        own = Path(document.source.path)
        if not own.is_absolute():
            return []
        return [
            lsp.DocumentLink(
                document.positions.range(link.span),
                target=uri_of(str((own.parent / link.path).resolve())),
            )
            for link in links(document.source, document.analysis.tree)
        ]
