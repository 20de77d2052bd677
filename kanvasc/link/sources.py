"""The files of programs, each read and parsed once, however many programs use it."""

from __future__ import annotations

from kanvasc.link.reader import Disk, Reader, Unreadable
from kanvasc.source import Source
from kanvasc.syntax import Parsed, parse


class Sources:
    """What was read stays as it was: programs that share a file see the same text of it."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader: Reader = Disk() if reader is None else reader
        self._sources: dict[str, Source] = {}
        self._unreadable: dict[str, Unreadable] = {}
        self._parsed: dict[Source, Parsed] = {}

    def put(self, source: Source) -> None:
        """Takes a text that is known already: nothing is read for its path."""
        key = self.reader.key(source.path)
        self._sources[key] = source
        self._unreadable.pop(key, None)

    def get(self, path: str) -> Source:
        """The file at a path; the same value for all paths of one file. Raises Unreadable."""
        key = self.reader.key(path)
        if key in self._unreadable:
            raise self._unreadable[key]
        if key not in self._sources:
            try:
                self._sources[key] = Source(path, self.reader.read(path))
            except Unreadable as problem:
                self._unreadable[key] = problem
                raise
        return self._sources[key]

    def parsed(self, source: Source) -> Parsed:
        if source not in self._parsed:
            self._parsed[source] = parse(source)
        return self._parsed[source]
