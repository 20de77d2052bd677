"""The buffers that are open in the editor, and what is known of each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from lsprotocol import types as lsp
from pygls.uris import from_fs_path, to_fs_path

from kanvasc.analysis import Analysis
from kanvasc.diagnostics import Severity
from kanvasc.link import Disk, Sources, Unreadable
from kanvasc.link.reader import SUFFIX
from kanvasc.lsp.layout import SHORT, Layout, laid_out
from kanvasc.lsp.positions import Positions, location
from kanvasc.source import Source, Span
from kanvasc.syntax import Parsed
from kanvasc.syntax.chunks import Chunks
from kanvasc.types.again import Memory


class Document:
    """One version of one buffer. The next version is another document.

    `text` is the buffer's, `source` what is analysed; `positions` leads from there to the buffer.
    """

    def __init__(
        self,
        uri: str,
        text: str,
        version: int | None,
        buffers: Documents,
        before: Document | None = None,
    ) -> None:
        self.uri = uri
        self.version = version
        self.text = text
        self.layout: Layout = laid_out(text, before.layout if before is not None else None)
        path = path_of(uri)
        self.source = Source(path, self.layout.text)
        self.positions = Positions(Source(path, text), buffers.encoding, self.layout)
        self._buffers = buffers
        self._memory: Memory = Memory() if before is None else before._memory

    @cached_property
    def analysis(self) -> Analysis:
        return Analysis(self.source, self._buffers.sources, self._memory)

    @cached_property
    def exact(self) -> Analysis:
        """The analysis of the whole, with nothing known from before: a broken declaration may
        have a say in how the next is read, and margins are judged together."""
        return Analysis(self.source, lambda: Sources(self._buffers))

    def elsewhere(self, source: Source, span: Span) -> lsp.Location:
        return self._buffers.located(source, span)

    @property
    def whole(self) -> bool:
        """Whether no declaration is broken."""
        return all(
            found.severity is not Severity.ERROR for found in self.analysis.parsed.diagnostics
        )

    def offset(self, position: lsp.Position) -> int:
        return self.positions.offset(position)

    def uses(self, path: str) -> bool:
        """Whether another file is part of this program."""
        units = self.analysis.units[1:]
        return any(self._buffers.key(unit.source.path) == path for unit in units)


class _Remembered(Sources):
    """Parses again only what changed since any program was parsed last."""

    def __init__(self, reader: Documents, chunks: Chunks) -> None:
        super().__init__(reader)
        self._chunks = chunks

    def parsed(self, source: Source) -> Parsed:
        if source not in self._parsed and len(source.text) > SHORT:
            self._parsed[source] = self._chunks.parse(source)
        return super().parsed(source)


class Documents(Disk):
    """Open buffers by URI, and a reader for programs that use each other: what is open counts,
    saved or not. Lines end as `\\n` here, whatever the file has."""

    def __init__(self) -> None:
        self.encoding: str = lsp.PositionEncodingKind.Utf16
        self.open: dict[str, Document] = {}
        self.chunks = Chunks()

    def sources(self) -> Sources:
        return _Remembered(self, self.chunks)

    # --- what the editor does

    def put(self, uri: str, text: str, version: int | None) -> Document:
        known = self.open.get(uri)
        document = self.open[uri] = Document(uri, plain_ends(text), version, self, known)
        return document

    def change(
        self,
        uri: str,
        changes: Sequence[lsp.TextDocumentContentChangeEvent],
        version: int | None,
    ) -> Document:
        """Apply changes in their order; a change without a range replaces all."""
        text = self.open[uri].text if uri in self.open else ""
        for change in changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                span = Positions(Source("", text), self.encoding).span(change.range)
                text = f"{text[: span.start]}{plain_ends(change.text)}{text[span.end :]}"
            else:
                text = plain_ends(change.text)
        return self.put(uri, text, version)

    def close(self, uri: str) -> None:
        self.open.pop(uri, None)

    def touched(self, uri: str) -> list[Document]:
        """The other open programs of which a file is a part, to be read anew."""
        path = self.key(path_of(uri))
        found = [one for one in self.open.values() if one.uri != uri and one.uses(path)]
        for one in found:
            self.open[one.uri] = Document(one.uri, one.text, one.version, self, one)
        return [self.open[one.uri] for one in found]

    # --- what the features ask

    def get(self, uri: str) -> Document | None:
        """The open buffer, or what is on disk; None where there is neither."""
        known = self.open.get(uri)
        if known is not None:
            return known
        path = to_fs_path(uri) if uri.startswith("file:") else None
        try:
            text = super().read(path) if path is not None else None
        except Unreadable:
            return None
        return None if text is None else Document(uri, text, None, self)

    def located(self, source: Source, span: Span) -> lsp.Location:
        """A place in another file of a program, as the editor counts it."""
        buffer = self._buffer(source.path)
        if buffer is not None and buffer.source.text == source.text:
            return location(buffer.uri, buffer.positions, span)
        return location(uri_of(source.path), Positions(source, self.encoding), span)

    def _buffer(self, path: str) -> Document | None:
        key = self.key(path)
        return next((d for d in self.open.values() if self.key(d.source.path) == key), None)

    # --- a reader of the files that programs use

    def read(self, path: str) -> str:
        buffer = self._buffer(path)
        return super().read(path) if buffer is None else buffer.source.text

    def names(self, folder: str) -> list[str]:
        """Buffers that were never saved count too."""
        here = os.path.abspath(folder or ".")
        unsaved = {
            os.path.basename(one.source.path)
            for one in self.open.values()
            if os.path.dirname(one.source.path) == here and one.source.path.endswith(SUFFIX)
        }
        return sorted(unsaved | set(super().names(folder)))


def plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def path_of(uri: str) -> str:
    """The file that a URI names, or the URI itself for a buffer without one."""
    return (to_fs_path(uri) or uri) if uri.startswith("file:") else uri


def uri_of(path: str) -> str:
    return from_fs_path(path) or path if Path(path).is_absolute() else path
