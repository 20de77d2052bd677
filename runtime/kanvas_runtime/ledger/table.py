"""The table `ledger`: one row a record, its exact text in `body`, the other columns an index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kanvas_runtime.ledger import values
from kanvas_runtime.ledger.interface import Write
from kanvas_runtime.ledger.record import Row
from kanvas_runtime.ledger.records import BEFORE_ALL, CHUNK, Values, Where, tested

COLUMNS = Row._fields

CREATE = """
CREATE TABLE IF NOT EXISTS ledger (
    seq INTEGER PRIMARY KEY, schema INTEGER NOT NULL, chain TEXT NOT NULL, at TEXT NOT NULL,
    kind TEXT NOT NULL, machine TEXT, run TEXT, principal TEXT, trace TEXT,
    prev TEXT NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL
)
"""
_SEALS = "CREATE INDEX IF NOT EXISTS seals ON ledger (seq) WHERE kind = 'SegmentSealed'"
INSERT = f"INSERT INTO ledger ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM ledger"

_PAGE = 8192  # seven records a page; four KiB would hold three and waste a quarter
_CHECKPOINT = 250  # pages of log folded into the table at once: 2 MB hold a commit up for 5 ms
_BUSY = 0.2  # seconds; nobody else should write here, and the server's loop waits meanwhile


def connect(path: Path) -> sqlite3.Connection:
    """Open for writing; a commit returns when it is on disk (WAL with `synchronous=FULL`)."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY)
    try:
        connection.execute(f"PRAGMA page_size={_PAGE}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT}")
        connection.execute(CREATE)
        connection.execute(_SEALS)
        connection.execute(values.CREATE)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open without any right to change it, whether or not a server is writing.

    A reader that may not write beside the file can use a write-ahead log that is there, but not
    make one; without one nobody is writing, and the file may be taken as it stands. Raises
    `sqlite3.Error` when it cannot be read.
    """
    address = path.absolute().as_uri() + "?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        connection.close()
        if not isinstance(error, sqlite3.OperationalError) or log_of(path).exists():
            raise
        address += "&immutable=1"
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
    return connection


def log_of(path: Path) -> Path:
    """SQLite's write-ahead log of a database."""
    return path.with_name(path.name + "-wal")


def insert(
    connection: sqlite3.Connection,
    rows: Iterable[Row],
    writes: Sequence[Write] = (),
) -> None:
    """Add the rows and keep the values in one transaction; none of them when it fails."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany(INSERT, rows)
        if writes:
            values.keep(connection, writes)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def last(connection: sqlite3.Connection, count: int) -> list[Row]:
    """The last records, in their order."""
    found = connection.execute(f"{_SELECT} ORDER BY seq DESC LIMIT ?", (count,)).fetchall()
    return [Row(*values) for values in reversed(found)]


def at(connection: sqlite3.Connection, seq: int) -> Row | None:
    """The row with this number."""
    found = connection.execute(f"{_SELECT} WHERE seq = ?", (seq,)).fetchone()
    return Row(*found) if found else None


def every(connection: sqlite3.Connection) -> Iterator[Row]:
    """All rows in the order of their numbers, one by one, as far as they can be read."""
    for row_values in connection.execute(f"{_SELECT} ORDER BY seq"):
        yield Row(*row_values)


class Table:
    """The one chain of a data directory, to be read: see `Records`."""

    chain = None

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def last(self, count: int) -> list[Row]:
        """See `Records.last`."""
        return last(self._connection, count)

    def at(self, seq: int) -> Row | None:
        """See `Records.at`."""
        return at(self._connection, seq)

    def chunks(self, after: int = BEFORE_ALL, where: Where = ()) -> Iterator[list[Values]]:
        """See `Records.chunks`. Each is a read transaction, which lets the log be reset."""
        clause, wanted = _clause((("seq > ?", after), *where))
        while True:
            query = f"{_SELECT}{clause} ORDER BY seq LIMIT ?"
            rows: list[Values] = self._connection.execute(query, (*wanted, CHUNK)).fetchall()
            if not rows:
                return
            yield rows
            wanted = (rows[-1][0], *wanted[1:])

    def backwards(self, where: Where) -> Iterator[Row]:
        """See `Records.backwards`."""
        clause, wanted = _clause(where)
        for found in self._connection.execute(f"{_SELECT}{clause} ORDER BY seq DESC", wanted):
            yield Row(*found)

    def follower(self, digest: str, besides: int) -> int | None:
        """See `Records.follower`. None, too, where the rest of the file is damaged."""
        query = "SELECT seq FROM ledger WHERE seq != ? AND instr(body, ?) ORDER BY seq LIMIT 1"
        try:
            found = self._connection.execute(query, (besides, f'"prev":"{digest}"')).fetchone()
        except sqlite3.DatabaseError:
            return None
        return int(found[0]) if found else None

    def runs(self, beginning: str, most: int) -> list[str]:
        """See `Records.runs`."""
        query = "SELECT DISTINCT run FROM ledger WHERE substr(run, 1, ?) = ? LIMIT ?"
        found = self._connection.execute(query, (len(beginning), beginning, most))
        return [str(run) for (run,) in found]

    def bounds(self) -> tuple[int, int] | None:
        """See `Records.bounds`."""
        found = self._connection.execute("SELECT min(seq), max(seq) FROM ledger").fetchone()
        return None if found[0] is None else (int(found[0]), int(found[1]))


def _clause(where: Where) -> tuple[str, tuple[object, ...]]:
    return tested([test for test, _ in where]), tuple(value for _, value in where)
