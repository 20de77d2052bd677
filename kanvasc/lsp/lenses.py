"""Code lenses above tests and surfaces."""

from __future__ import annotations

from lsprotocol import types as lsp

from kanvasc.analysis.lenses import SurfaceLens, TestLens, lenses
from kanvasc.lsp.commands import OPEN_SURFACE, RUN_TEST
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def on_lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        document = server.document(params.text_document.uri)
        return [
            lsp.CodeLens(document.positions.range(lens.span), _command(document.uri, lens))
            for lens in lenses(document.analysis.tree)
        ]


def _command(uri: str, lens: TestLens | SurfaceLens) -> lsp.Command:
    if isinstance(lens, SurfaceLens):
        return lsp.Command(f"Open {lens.path}", OPEN_SURFACE, arguments=[uri, lens.path])
    title = "Run all tests" if lens.title is None else "Run test"
    return lsp.Command(title, RUN_TEST, arguments=[uri, lens.machine, lens.title])
