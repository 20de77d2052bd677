"""A torn tail: last rows that are not what the ledger wrote, or are not there any more.

Damaged files are set aside as they are, the sound records are copied into a new table, and the
chain goes on with a `SegmentSealed` record that says what happened. Damage further back is not
repaired: it stays where it is, for `verify` to name.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from kanvas_runtime.ledger import table, values
from kanvas_runtime.ledger.check import sound
from kanvas_runtime.ledger.directory import private, sync
from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.interface import LedgerUnavailable, Scalar, Write
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.segment import KIND
from kanvas_runtime.ledger.witness import Testimony

REASON = "torn_tail"
LARGEST = 10_000
"""More records than this are no tail: a person has to look first."""

_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BATCH = 1_000


class Tear(Struct, frozen=True):
    """What was wrong at the end of a table.

    `head` is where the sound records end, `torn` counts rows that were there but not sound (those
    that could still be read), `lost` the acknowledged records that are missing after `head`.
    """

    head: Head
    torn: int
    lost: int
    set_aside: str

    def fields(self) -> dict[str, Scalar]:
        """The fields of the record that seals it."""
        fields: dict[str, Scalar] = {
            "reason": REASON,
            "count": self.head.seq,
            "head": self.head.hash,
            "torn": self.torn,
            "lost": self.lost,
        }
        return fields | ({"set_aside": self.set_aside} if self.set_aside else {})


def mend(path: Path, testimony: Testimony | None) -> Tear | None:
    """Look at the end of the table and repair it; None when nothing is wrong.

    Raises `LedgerUnavailable` when what is damaged is more than a tail.
    """
    head = _sound_head(path)
    if head is None:
        return _rebuild(path, testimony)
    lost = _lost(path, head, testimony)
    return Tear(head, 0, lost, _copy_log(path, uuid7())) if lost else None


def damaged(error: sqlite3.Error) -> bool:
    """Whether the file's content is at fault, and not the disk, the rights or a lock.

    Text that is no UTF-8 is refused by Python's own layer, with an error that has no code.
    """
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return isinstance(error, sqlite3.OperationalError)
    return code & 0xFF in _CORRUPT


def _sound_head(path: Path) -> Head | None:
    """The last record, when it is sound."""
    try:
        with closing(table.connect_to_read(path)) as connection:
            rows = table.last(connection, 2)
    except sqlite3.DatabaseError as error:
        if damaged(error):
            return None
        raise
    return _end(rows) if ends_soundly(rows) else None


def ends_soundly(rows: list[Row]) -> bool:
    """Whether the last of these rows is what was written, and follows the one before it."""
    if not rows:
        return True
    end = rows[-1]
    before = Head(rows[-2].seq, rows[-2].hash) if len(rows) > 1 else Head()
    if len(rows) == 1 and end.kind == KIND:  # all that it seals was archived
        before = Head(end.seq - 1, end.prev)
    return end.seq == before.seq + 1 and end.prev == before.hash and sound(end)


def _end(rows: list[Row]) -> Head:
    return Head(rows[-1].seq, rows[-1].hash) if rows else Head()


def _lost(path: Path, head: Head, testimony: Testimony | None) -> int:
    """How many acknowledged records are missing after `head`, or stand there otherwise."""
    if testimony is None:
        return 0
    known = testimony.head
    if known.seq > head.seq:
        return known.seq - head.seq
    with closing(table.connect_to_read(path)) as connection:
        row = table.at(connection, known.seq)
    return 0 if row and row.hash == known.hash else 1


def _rebuild(path: Path, testimony: Testimony | None) -> Tear:
    fresh = path.with_name(path.name + ".new")
    _remove(fresh)
    private(fresh)
    with closing(table.connect(fresh)) as connection:
        for rows in _readable(path):
            table.insert(connection, rows)
        values.keep(connection, _kept(path))
        torn = _drop_unsound(connection)
        head = _end(table.last(connection, 1))
    lost = max(testimony.head.seq - head.seq, 0) if testimony else 0
    if torn > LARGEST or lost > LARGEST:
        raise LedgerUnavailable(
            f"{path} is damaged from record {head.seq + 1} on, well before its end: "
            "keep a copy of the directory, then start with another one"
        )
    return Tear(head, torn, lost, _swap(path, fresh))


def _readable(path: Path) -> Iterator[list[Row]]:
    """The rows up to the first that cannot be read."""
    rows: list[Row] = []
    try:
        with closing(table.connect_to_read(path)) as connection:
            for row in table.every(connection):
                rows.append(row)
                if len(rows) == _BATCH:
                    yield rows
                    rows = []
    except sqlite3.DatabaseError as error:
        if not damaged(error):
            raise
    yield rows


def _kept(path: Path) -> list[Write]:
    """The states of machines, as far as they can be read: they are worth more than their records.

    They may be ahead of the last sound record.
    """
    try:
        with closing(table.connect_to_read(path)) as connection:
            return values.every(connection)
    except sqlite3.DatabaseError as error:
        if not damaged(error):
            raise
        return []


def _drop_unsound(connection: sqlite3.Connection) -> int:
    dropped = 0
    while not ends_soundly(table.last(connection, 2)) and dropped <= LARGEST:
        connection.execute("DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)")
        dropped += 1
    return dropped


def _swap(path: Path, fresh: Path) -> str:
    """Put the new table in the old one's place; the old files keep other names.

    The old log must be gone before: SQLite would play it into the new table.
    """
    tag = uuid7()
    aside = path.with_name(f"{path.stem}.torn-{tag}{path.suffix}")
    os.link(path, aside)
    _copy_log(path, tag)
    sync(path.parent)
    table.log_of(path).unlink(missing_ok=True)
    path.with_name(path.name + "-shm").unlink(missing_ok=True)
    fresh.replace(path)
    sync(path.parent)
    return aside.name


def _copy_log(path: Path, tag: str) -> str:
    """Keep what is left of the write-ahead log; its name, or nothing when it is empty."""
    log = table.log_of(path)
    if not log.exists() or not log.stat().st_size:
        return ""
    aside = log.with_name(f"{path.stem}.torn-{tag}{path.suffix}-wal")
    private(aside)
    shutil.copyfile(log, aside)
    return aside.name


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
