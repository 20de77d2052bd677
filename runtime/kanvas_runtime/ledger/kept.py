"""Values beside records that are kept in another database: both count, or neither does.

The values are written down first, with the record that they belong to. They count as soon as that
record is found to be durable; where a process ended before it knew, the next one looks it up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kanvas_runtime.ledger import table, values
from kanvas_runtime.ledger.directory import DATABASE, private
from kanvas_runtime.ledger.interface import Write
from kanvas_runtime.ledger.record import Head

_CREATE = """
CREATE TABLE IF NOT EXISTS pending (
    key TEXT PRIMARY KEY, value BLOB NOT NULL, chain TEXT NOT NULL, epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL, hash TEXT NOT NULL
)
"""
_INSERT = "INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?, ?)"


class Place(NamedTuple):
    """A record: its chain, the lease by which it was to be added, and where it stands there."""

    chain: str
    epoch: int
    head: Head


class Kept:
    """The values of a data directory. Every method may raise `sqlite3.Error` or `OSError`."""

    def __init__(self, directory: Path) -> None:
        path = directory / DATABASE
        private(path)
        self._connection = table.connect(path)
        try:
            self._connection.execute(_CREATE)
        except BaseException:
            self.close()
            raise

    @property
    def pending(self) -> Place | None:
        """The record that decides whether what was prepared counts; None when nothing was."""
        query = "SELECT chain, epoch, seq, hash FROM pending LIMIT 1"
        found = self._connection.execute(query).fetchone()
        return None if found is None else Place(found[0], found[1], Head(found[2], found[3]))

    def prepare(self, writes: Sequence[Write], place: Place) -> None:
        """Write values down that count if this record does. What was prepared before is settled."""
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            rows = [(*write, place.chain, place.epoch, *place.head) for write in writes]
            self._connection.executemany(_INSERT, rows)

    def settle(self, counts: bool) -> None:
        """Take what was prepared for kept, or drop it."""
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:
            if counts:
                found = self._connection.execute("SELECT key, value FROM pending").fetchall()
                values.keep(self._connection, [Write(*row) for row in found])
            self._connection.execute("DELETE FROM pending")

    def load(self, key: str) -> bytes | None:
        """The value that was last kept under the key."""
        return values.load(self._connection, key)

    def scan(self, prefix: str) -> list[Write]:
        """The values under keys that begin so."""
        return values.scan(self._connection, prefix)

    def close(self) -> None:
        """Let the file go."""
        with suppress(sqlite3.Error):
            self._connection.close()
