"""Sealed segments of a database that move to a file, or away."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kanvas_runtime.ledger import table
from kanvas_runtime.ledger.archive import Archived, checked
from kanvas_runtime.ledger.directory import prepare, private, sync
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.driver import DatabaseFailed
from kanvas_runtime.ledger.postgres.records import Chain, Reading, reading
from kanvas_runtime.ledger.reader import NoLedger
from kanvas_runtime.ledger.record import Head, Row

_LAST_SEAL = """
SELECT seal.seq FROM kanvas_ledger AS seal
JOIN kanvas_ledger AS before ON before.chain = seal.chain AND before.seq = seal.seq - 1
WHERE seal.chain = $1 AND seal.kind = 'SegmentSealed' AND before.at < $2
ORDER BY seal.seq DESC LIMIT 1
"""
_DELETE = "DELETE FROM kanvas_ledger WHERE chain = $1 AND seq < $2"


def archive_all(
    address: Address, directory: Path, before: str, *, keep: bool = True
) -> Iterator[tuple[str, Archived]]:
    """As `archive`, of each chain; `directory` is for the files. Apps may be running.

    Raises `NoLedger`, `LedgerUnavailable` when a record that would go is not sound, `OSError`,
    `sqlite3.Error`.
    """
    try:
        with reading(address, read_only=False) as database:
            for records in database.chains():
                done = _take_out(database, records, directory, before, keep)
                if done is not None:
                    yield records.chain, done
    except DatabaseFailed as error:
        raise NoLedger(str(error)) from error


def _take_out(
    database: Reading, records: Chain, directory: Path, before: str, keep: bool
) -> Archived | None:
    found = database.rows(_LAST_SEAL, records.chain, before)
    seal = records.at(found[0][0]) if found else None
    if seal is None:
        return None
    first = checked(_up_to(records, seal.seq), seal)
    file = _copied(records, directory, first, seal.seq) if keep else None
    database.change(_DELETE, records.chain, seal.seq)
    return Archived(first, Head(seal.seq - 1, seal.prev), file)


def _up_to(records: Chain, last: int) -> Iterator[Row]:
    for rows in records.chunks(where=(("seq <= ?", last),)):
        for values in rows:
            yield Row(*values)


def _copied(records: Chain, directory: Path, first: int, last: int) -> Path:
    """The records in a SQLite file, which has its name only when it is whole."""
    prepare(directory)
    path = directory / f"ledger.archive-{records.chain}-{first:012d}-{last:012d}.db"
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    private(fresh)
    with closing(sqlite3.connect(fresh)) as archive, archive:
        archive.execute(table.CREATE)
        for rows in records.chunks(where=(("seq <= ?", last),)):
            archive.executemany(table.INSERT, rows)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(directory)
    return path
