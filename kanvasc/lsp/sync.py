"""Buffers as the editor opens, changes and closes them."""

from __future__ import annotations

import os

from lsprotocol import types as lsp

from kanvasc.lsp.lifetime import end_with
from kanvasc.lsp.server import Server


def register(server: Server) -> None:
    documents = server.documents

    @server.feature(lsp.INITIALIZE)
    def initialize(params: lsp.InitializeParams) -> None:
        documents.encoding = server.workspace.position_encoding or "utf-16"
        if params.process_id is not None:
            end_with(params.process_id)

    @server.feature(lsp.SHUTDOWN)
    def shutdown(params: None) -> None:
        server.asked_to_end = True

    @server.feature(lsp.EXIT)
    def leave(params: None) -> None:
        # A thread still waits for input, and would keep the process until there is some.
        os._exit(0 if server.asked_to_end else 1)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        documents.put(opened.uri, opened.text, opened.version)
        server.changed(opened.uri, at_once=True)
        for other in documents.touched(opened.uri):
            server.changed(other.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
        changed = params.text_document
        documents.change(changed.uri, params.content_changes, changed.version)
        server.changed(changed.uri)
        for other in documents.touched(changed.uri):
            server.changed(other.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
        documents.close(params.text_document.uri)
        server.closed(params.text_document.uri)
        for other in documents.touched(params.text_document.uri):
            server.changed(other.uri)
