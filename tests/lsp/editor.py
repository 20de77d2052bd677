"""An editor with buffers and a cursor: what the tests say to the server, and what comes back.

Programs are written with `|` where the cursor is.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

_NUMBERS = count(1)


class Client(LanguageClient):
    """Remembers which version of a buffer the findings are about."""

    def __init__(self) -> None:
        super().__init__(converter_factory=default_converter)
        self.published: dict[str, int | None] = {}
        self.shown: list[lsp.ShowDocumentParams] = []


def client_of() -> Client:
    client = Client()

    def published(_: Any, params: lsp.PublishDiagnosticsParams) -> None:
        client.diagnostics[params.uri] = params.diagnostics
        client.published[params.uri] = params.version

    def shown(_: Any, params: lsp.ShowDocumentParams) -> lsp.ShowDocumentResult:
        client.shown.append(params)
        return lsp.ShowDocumentResult(success=True)

    ours = {
        lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: lambda params: published(client, params),
        lsp.WINDOW_SHOW_DOCUMENT: lambda params: shown(client, params),
    }
    register_lsp_features(client, {**DEFAULT_CLIENT_FEATURES, **ours})
    return client


class Buffer:
    """An open buffer; `cursor` is where `|` stood."""

    def __init__(self, client: Client, uri: str, text: str, cursor: lsp.Position) -> None:
        self.client = client
        self.uri = uri
        self.text = text
        self.cursor = cursor
        self.version = 1

    @property
    def id(self) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri)

    @property
    def whole(self) -> lsp.Range:
        return lsp.Range(lsp.Position(0, 0), position(self.text, len(self.text)))

    def at(self, needle: str, skip: int = 0) -> lsp.Position:
        """The start of the first `needle` after `skip` characters."""
        return position(self.text, self.text.index(needle, skip))

    def slice(self, range_: lsp.Range) -> str:
        return self.text[offset(self.text, range_.start) : offset(self.text, range_.end)]

    def apply(self, edits: Any) -> str:
        """The text with edits in it."""
        text = self.text
        for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character))[
            ::-1
        ]:
            start, end = offset(self.text, edit.range.start), offset(self.text, edit.range.end)
            text = f"{text[:start]}{edit.new_text}{text[end:]}"
        return text

    def type(self, where: lsp.Position, text: str, remove: int = 0) -> None:
        """A change as an editor sends it: only what is new."""
        start = offset(self.text, where)
        end = position(self.text, start + remove)
        self.text = f"{self.text[:start]}{text}{self.text[start + remove :]}"
        self.version += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version),
                [lsp.TextDocumentContentChangePartial(lsp.Range(where, end), text)],
            )
        )

    async def findings(self) -> list[lsp.Diagnostic]:
        """What the server has to say about this version."""
        while True:
            if self.client.published.get(self.uri) == self.version:
                return list(self.client.diagnostics[self.uri])
            await self.client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


class Editor:
    def __init__(self, client: Client) -> None:
        self.client = client
        self.buffers: list[Buffer] = []

    def open(self, text: str, uri: str | None = None) -> Buffer:
        cursor = text.find("|")
        if cursor >= 0:
            text = f"{text[:cursor]}{text[cursor + 1 :]}"
        uri = uri or f"untitled:program-{next(_NUMBERS)}"
        self.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "kanvas", 1, text))
        )
        buffer = Buffer(self.client, uri, text, position(text, max(cursor, 0)))
        self.buffers.append(buffer)
        return buffer

    def close_all(self) -> None:
        for buffer in tuple(self.buffers):
            self.close(buffer)

    def close(self, buffer: Buffer) -> None:
        self.buffers.remove(buffer)
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(buffer.id))


def position(text: str, offset_: int) -> lsp.Position:
    """In UTF-16 units, as most editors count."""
    line = text.count("\n", 0, offset_)
    before = text[text.rfind("\n", 0, offset_) + 1 : offset_]
    return lsp.Position(line, len(before.encode("utf-16-le")) // 2)


def offset(text: str, where: lsp.Position) -> int:
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: where.line])
    units = lines[where.line].encode("utf-16-le")[: where.character * 2]
    return start + len(units.decode("utf-16-le"))
