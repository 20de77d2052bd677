"""The embedded memory: a SQLite database with a full-text index (FTS5).

A thread of its own does the work: searching many texts takes longer than a loop may stand still.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from kanvas_runtime.codec.json_text import decode_json, encode_sorted
from kanvas_runtime.ledger.directory import private
from kanvas_runtime.memory.interface import Remembered, Wanted
from kanvas_runtime.memory.ranking import Found, ranked
from kanvas_runtime.memory.records import Memory, Recalled

T = TypeVar("T")

DATABASE = "memory.db"

_BUSY = 5.0
_SETUP = """
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
CREATE TABLE IF NOT EXISTS memory (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, collection TEXT NOT NULL,
    content TEXT NOT NULL, metadata TEXT NOT NULL, expires REAL
);
CREATE INDEX IF NOT EXISTS memory_place ON memory (namespace, collection);
CREATE INDEX IF NOT EXISTS memory_expires ON memory (expires) WHERE expires IS NOT NULL;
CREATE VIRTUAL TABLE IF NOT EXISTS memory_words USING fts5 (
    content, content='memory', content_rowid='id',
    tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER IF NOT EXISTS memory_added AFTER INSERT ON memory BEGIN
    INSERT INTO memory_words (rowid, content) VALUES (new.id, new.content);
END;
CREATE TRIGGER IF NOT EXISTS memory_removed AFTER DELETE ON memory BEGIN
    INSERT INTO memory_words (memory_words, rowid, content)
    VALUES ('delete', old.id, old.content);
END;
"""
_INSERT = """
INSERT INTO memory (namespace, collection, content, metadata, expires) VALUES (?, ?, ?, ?, ?)
"""
_EXPIRE = """
DELETE FROM memory WHERE id IN (SELECT id FROM memory WHERE expires <= ? LIMIT 1000)
"""


class SqliteMemory:
    """Opened at its first use. Without a path it forgets everything when it is closed."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def remember(self, what: Remembered) -> None:
        """See `MemoryStore`."""
        await self._do(lambda connection: self._insert(connection, what))

    async def recall(self, wanted: Wanted) -> Recalled:
        """See `MemoryStore`."""
        return await self._do(lambda connection: self._search(connection, wanted))

    async def close(self) -> None:
        """See `MemoryStore`."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown()

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "memory")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._work, work)

    # In the thread.

    def _work(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._connection = self._connection or _open(self._path)
            return work(connection)
        except sqlite3.Error as error:
            raise OSError(f"{self._path or 'the memory'}: {error}") from error

    def _insert(self, connection: sqlite3.Connection, what: Remembered) -> None:
        now = self._clock()
        expires = None if what.ttl is None else now + what.ttl
        metadata = encode_sorted(what.metadata).decode()
        row = (what.namespace, what.collection, what.content, metadata, expires)
        with _transaction(connection):
            connection.execute(_EXPIRE, (now,))
            connection.execute(_INSERT, row)

    def _search(self, connection: sqlite3.Connection, wanted: Wanted) -> Recalled:
        results: list[Memory] = []
        for found in ranked(connection, wanted, self._clock()):
            if found.score < wanted.threshold or len(results) == wanted.limit:
                break
            metadata = _metadata(found)
            if _fits(metadata, wanted.filter):
                results.append(Memory(content=found.content, metadata=metadata, score=found.score))
        return Recalled(results=results, count=len(results))

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        private(path)
    connection = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=_BUSY)
    try:
        connection.executescript(_SETUP)
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _metadata(found: Found) -> dict[str, Any]:
    metadata = decode_json(found.metadata)
    assert isinstance(metadata, dict)
    return metadata


def _fits(metadata: Mapping[str, Any], filter: Mapping[str, Any]) -> bool:
    return all(name in metadata and metadata[name] == value for name, value in filter.items())
