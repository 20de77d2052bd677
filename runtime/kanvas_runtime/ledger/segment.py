"""Segments: stretches of the chain that are closed off, so that they can be kept elsewhere.

A segment ends with a `SegmentSealed` record when it holds about 256 MB, or when a record of the
next day (UTC) is about to follow. Days that a clock repeats end no segment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from msgspec import Struct

from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.ledger.record import Head, Row

KIND = "SegmentSealed"
LARGEST = 256 * 2**20
"""Bytes of text; after a start, those that were there are estimated."""

_SAMPLE = 100  # records whose mean length stands for that of all
_DAY = len("2031-05-01")


class Segment(Struct):
    """The open one: bytes so far, and the day of its first record; none when it is empty."""

    size: int = 0
    day: str = ""

    def is_over(self, at: str) -> bool:
        """Whether it has to be sealed before a record of this time."""
        return bool(self.day) and (self.size >= LARGEST or at[:_DAY] > self.day)

    def add(self, rows: Sequence[Row]) -> None:
        """Records of one kind and time are in it. One that seals it begins an empty one."""
        if rows[0].kind == KIND:
            self.size, self.day = 0, ""
            return
        self.size += sum([len(row.body) for row in rows])
        self.day = self.day or rows[0].at[:_DAY]


def sealing(head: Head) -> dict[str, Scalar]:
    """The fields of the record that closes the chain off after `head`."""
    return {"count": head.seq, "head": head.hash}


def resumed(connection: sqlite3.Connection) -> Segment:
    """The open segment of a table."""
    seal = "SELECT coalesce(max(seq), 0) FROM ledger WHERE kind = 'SegmentSealed'"
    (sealed,) = connection.execute(seal).fetchone()
    first = "SELECT at FROM ledger WHERE seq > ? ORDER BY seq LIMIT 1"
    found = connection.execute(first, (sealed,)).fetchone()
    if found is None:
        return Segment()
    sample = (
        "SELECT avg(length(body)), max(seq) FROM "
        "(SELECT body, seq FROM ledger ORDER BY seq DESC LIMIT ?)"
    )
    mean, last = connection.execute(sample, (_SAMPLE,)).fetchone()
    return begun(str(found[0]), int(mean * (last - sealed)))


def begun(at: str, size: int) -> Segment:
    """One whose first record has this time, and which holds so many bytes."""
    return Segment(size, at[:_DAY])
