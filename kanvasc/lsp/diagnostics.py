"""Findings while somebody types: pushed after a breath's pause, or given when they are asked for.

The phases run with a pause between them in which a newer version of the buffer stops the older
one's work.
"""

from __future__ import annotations

import asyncio

from lsprotocol import types as lsp

from kanvasc.analysis import Analysis
from kanvasc.lsp import findings
from kanvasc.lsp.documents import Document
from kanvasc.lsp.layout import SHORT
from kanvasc.lsp.server import Server, logger

PAUSE = 0.01
"""Seconds without a change before work begins."""
LONGEST_PAUSE = 0.25
AFTER = 0.4
"""Seconds before a long program is read once more, as a whole."""


class Pusher:
    """Pushes findings of changed buffers. `tasks`: the work that is under way, by URI."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.took = 0.0

    def changed(self, uri: str, *, at_once: bool = False) -> None:
        """A buffer has another text: what is said of the last one no longer counts."""
        self._stop(uri)
        if self._pulls():
            return
        # Who types faster than we work gets findings when the typing pauses.
        pause = 0.0 if at_once else min(max(PAUSE, self.took / 4), LONGEST_PAUSE)
        self.tasks[uri] = asyncio.get_running_loop().create_task(self._push(uri, pause))

    def closed(self, uri: str) -> None:
        self._stop(uri)
        if not self._pulls():
            self._publish(uri, None, [])

    def _stop(self, uri: str) -> None:
        task = self.tasks.pop(uri, None)
        if task is not None:
            task.cancel()

    def _pulls(self) -> bool:
        """Whether the editor asks for findings itself; it would show those pushed twice."""
        document = self.server.client_capabilities.text_document
        return document is not None and document.diagnostic is not None

    async def _push(self, uri: str, pause: float) -> None:
        await asyncio.sleep(pause)
        document = self.server.documents.open.get(uri)
        if document is None:
            return
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            found = await found_in(document, document.analysis)
        except Exception:
            logger.exception("cannot check %s", uri)
            return
        self.took = clock() - began
        self._publish(uri, document.version, found)
        if len(document.text) > SHORT:
            await self._push_exact(document, found)

    async def _push_exact(self, document: Document, found: list[lsp.Diagnostic]) -> None:
        """Once nothing is typed for a while: the buffer, read as one whole."""
        await asyncio.sleep(AFTER)
        exact = await found_in(document, document.exact)
        if exact != found:
            self._publish(document.uri, document.version, exact)

    def _publish(self, uri: str, version: int | None, found: list[lsp.Diagnostic]) -> None:
        self.server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri, found, version)
        )


async def found_in(document: Document, analysis: Analysis) -> list[lsp.Diagnostic]:
    """All findings, with a pause behind each phase."""
    assert analysis.parsed is not None
    await asyncio.sleep(0)
    assert analysis.program is not None
    await asyncio.sleep(0)
    return [findings.diagnostic(document, found) for found in analysis.diagnostics]


def register(server: Server) -> None:
    pusher = Pusher(server)
    server.changed, server.closed = pusher.changed, pusher.closed

    @server.feature(
        lsp.TEXT_DOCUMENT_DIAGNOSTIC,
        lsp.DiagnosticOptions(
            inter_file_dependencies=True, workspace_diagnostics=False, identifier="kanvasc"
        ),
    )
    async def pull(params: lsp.DocumentDiagnosticParams) -> lsp.DocumentDiagnosticReport:
        document = server.document(params.text_document.uri)
        analysis = document.analysis if document.whole else document.exact
        return lsp.RelatedFullDocumentDiagnosticReport(items=await found_in(document, analysis))
