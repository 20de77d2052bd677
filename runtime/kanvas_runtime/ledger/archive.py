"""Sealed segments that move to a file of their own, or away."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from kanvas_runtime.ledger import record, table
from kanvas_runtime.ledger.check import sound
from kanvas_runtime.ledger.directory import DATABASE, WITNESS, private, sync
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.ledger.lock import DirectoryLock
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.store import Store
from kanvas_runtime.ledger.witness import Witness

_LAST_SEAL = """
SELECT seal.seq FROM ledger AS seal JOIN ledger AS before ON before.seq = seal.seq - 1
WHERE seal.kind = 'SegmentSealed' AND before.at < ? ORDER BY seal.seq DESC LIMIT 1
"""


class Archived(Struct, frozen=True):
    """What was taken out of the table: the records up to `seal`, and into which file, if any."""

    first: int
    seal: Head
    file: Path | None


def archive(directory: Path, before: str, *, keep: bool = True) -> Archived | None:
    """Take all segments out of the table whose last record is older than `before`.

    With `keep` they are in a file beside it first. The record that seals them stays: the table
    begins with it. None when no such segment is there.

    Raises `LedgerLocked` while an app has the directory, `LedgerUnavailable` when a record that
    would go is not sound, `OSError` and `sqlite3.Error` as usual.
    """
    lock = DirectoryLock(directory)
    try:
        store = Store(directory, record.now)  # which looks at the end of the table
        store.close()
        with closing(table.connect(directory / DATABASE)) as connection:
            done = _take_out(connection, directory, before, keep)
        with closing(Witness(directory / WITNESS)) as witness:
            if store.head.seq:
                witness.remember(store.chain, store.head)
        return done
    finally:
        lock.release()


def _take_out(
    connection: sqlite3.Connection, directory: Path, before: str, keep: bool
) -> Archived | None:
    found = connection.execute(_LAST_SEAL, (before,)).fetchone()
    seal = table.at(connection, found[0]) if found else None
    if seal is None:
        return None
    first = checked(table.every(connection), seal)
    file = _copied(connection, directory, first, seal.seq) if keep else None
    connection.execute("DELETE FROM ledger WHERE seq < ?", (seal.seq,))
    connection.execute("VACUUM")
    return Archived(first, Head(seal.seq - 1, seal.prev), file)


def checked(rows: Iterable[Row], seal: Row) -> int:
    """The number of the first of the rows; all from it to the seal must be sound and follow.

    Raises `LedgerUnavailable`.
    """
    before: Row | None = None
    first = 0
    for row in rows:
        first = first or row.seq
        follows = before is None or (row.seq, row.prev) == (before.seq + 1, before.hash)
        if not (follows and sound(row)):
            raise LedgerUnavailable(
                f"record {row.seq} is not what was written there, so nothing was archived: "
                "see `ledger verify`"
            )
        if row.seq == seal.seq:
            break
        before = row
    return first


def _copied(connection: sqlite3.Connection, directory: Path, first: int, last: int) -> Path:
    """The records in a database of their own, which has its name only when it is whole."""
    path = directory / f"ledger.archive-{first:012d}-{last:012d}.db"
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    private(fresh)
    connection.execute("ATTACH ? AS archive", (str(fresh),))
    try:
        connection.execute("CREATE TABLE archive.ledger AS SELECT * FROM main.ledger LIMIT 0")
        connection.execute(
            "INSERT INTO archive.ledger SELECT * FROM main.ledger WHERE seq <= ? ORDER BY seq",
            (last,),
        )
    finally:
        connection.execute("DETACH archive")
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(directory)
    return path
