"""The server: its buffers, and what becomes of faults."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from kanvasc.analysis import Analysis
from kanvasc.analysis.entities import Entity
from kanvasc.lsp.documents import Document, Documents, uri_of
from kanvasc.version import VERSION

MOST_FILES = 500
"""Programs on disk that are looked through; more are a folder that nobody meant."""


class Changed(Protocol):
    """Told that a buffer has another text."""

    def __call__(self, uri: str, *, at_once: bool = False) -> None: ...


logger = logging.getLogger("kanvasc.lsp")


def _nothing(uri: str, *, at_once: bool = False) -> None:
    """Until somebody wants to know."""


class Server(LanguageServer):
    """Knows its buffers. A fault in a feature is that request's alone, and goes to the log."""

    def __init__(self) -> None:
        super().__init__(
            "kanvasc", VERSION, text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental
        )
        self.documents = Documents()
        self.asked_to_end = False
        self.changed: Changed = _nothing
        self.closed: Callable[[str], None] = _nothing

    def document(self, uri: str) -> Document:
        """Raises LookupError for a file that is neither open nor on disk."""
        found = self.documents.get(uri)
        if found is None:
            raise LookupError(f"there is no {uri}")
        return found

    def at(self, params: Any) -> tuple[Document, Analysis, int]:
        """The document, its analysis and the offset that a request is about."""
        document = self.document(params.text_document.uri)
        return document, document.analysis, document.offset(params.position)

    def programs(self) -> Iterator[Document]:
        """The open buffers, then the programs on disk below the workspace's folders."""
        yield from tuple(self.documents.open.values())
        seen = set(self.documents.open)
        for path in itertools.islice(self._saved(), MOST_FILES):
            uri = uri_of(str(path))
            document = self.documents.get(uri) if uri not in seen else None
            if document is not None:
                seen.add(uri)
                yield document

    def _saved(self) -> Iterator[Path]:
        for folder in self.workspace.folders.values():
            root = to_fs_path(folder.uri)
            if root is not None:
                yield from sorted(Path(root).rglob("*.kanvas"))

    def speaking_of(self, document: Document, entity: Entity) -> list[Document]:
        """The document, and the other programs that may name an entity that it names: those that
        have a file with its declaration, or that share its events."""
        places = {self.documents.key(place.source.path) for place in entity.definitions}
        found = [document]
        for other in self.programs():
            if other.uri != document.uri and entity.name in other.source.text:
                own = self.documents.key(other.source.path)
                if own in places or any(other.uses(place) for place in places):
                    found.append(other)
        return found

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log alone: nobody who types wants a window about our faults."""
        logger.error("a request failed", exc_info=error)
