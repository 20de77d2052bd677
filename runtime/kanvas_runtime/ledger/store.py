"""The embedded ledger's storage: a SQLite table, and the witness beside it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from kanvas_runtime.ledger import record, seal, segment, table, values
from kanvas_runtime.ledger.directory import DATABASE, WITNESS, private
from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.interface import Write
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.witness import Witness, recall

_log = logging.getLogger("kanvas_runtime.ledger")


class Store:
    """An open table. `head` is its last durable record, `chain` the chain's id, `segment`
    the open one when it was opened.

    Opening repairs a torn tail, seals it and reports it. Every method may raise `sqlite3.Error`
    or `OSError`; opening `LedgerUnavailable`, too.
    """

    def __init__(self, directory: Path, clock: Callable[[], datetime]) -> None:
        self._path = directory / DATABASE
        testimony = recall(directory / WITNESS)
        if _is_new(self._path):
            private(self._path)
            table.connect(self._path).close()
        tear = seal.mend(self._path, testimony)
        self._connection = table.connect(self._path)
        self._witness = Witness(directory / WITNESS)
        self._inode = self._path.stat().st_ino
        try:
            rows = table.last(self._connection, 1)
            self.head = Head(rows[-1].seq, rows[-1].hash) if rows else Head()
            self.chain = rows[-1].chain if rows else uuid7()
            self.segment = segment.resumed(self._connection)
            self._try_writing()
            if tear:
                self._seal(tear, clock)
        except BaseException:
            self.close()
            raise

    def write(self, rows: Sequence[Row], writes: Sequence[Write] = ()) -> None:
        """Make records and values durable, all or none.

        A file that was removed would take them without a murmur, so its name is looked up first.
        """
        if self._path.stat().st_ino != self._inode:
            raise FileNotFoundError(f"{self._path} was replaced while it was in use")
        table.insert(self._connection, rows, writes)
        self.head = Head(rows[-1].seq, rows[-1].hash)
        self._witness.remember(self.chain, self.head)

    def load(self, key: str) -> bytes | None:
        """The value that was last kept under the key."""
        return values.load(self._connection, key)

    def scan(self, prefix: str) -> list[Write]:
        """The values under keys that begin so."""
        return values.scan(self._connection, prefix)

    def _try_writing(self) -> None:
        """Commit something that is no record, to see whether commits work."""
        (count,) = self._connection.execute("PRAGMA user_version").fetchone()
        self._connection.execute(f"PRAGMA user_version = {(count + 1) % 1000}")

    def close(self) -> None:
        """Let the files go, once. The log is folded into the table when that works."""
        with suppress(sqlite3.Error):
            self._connection.close()
        self._witness.close()

    def _seal(self, tear: seal.Tear, clock: Callable[[], datetime]) -> None:
        at = record.timestamp(clock())
        sealing = record.entry(self.chain, self.head, at, segment.KIND, tear.fields())
        self.write([sealing])
        self.segment.add([sealing])
        _log.error(
            "the ledger's tail was torn: after record %d, %d rows were not sound and %d "
            "acknowledged records are missing; sealed as record %d%s",
            tear.head.seq,
            tear.torn,
            tear.lost,
            self.head.seq,
            f", the damaged file is kept as {tear.set_aside}" if tear.set_aside else "",
        )


def _is_new(path: Path) -> bool:
    return not path.exists() or not path.stat().st_size
