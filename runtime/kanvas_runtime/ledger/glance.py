"""A look at a ledger that a server writes: its newest records, one run, and how its end is."""

from __future__ import annotations

from itertools import islice

import msgspec
from msgspec import Struct

from kanvas_runtime.ledger.choice import Choice, merged
from kanvas_runtime.ledger.diagnose import Fault
from kanvas_runtime.ledger.postgres.address import Source
from kanvas_runtime.ledger.reader import only, reading
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.records import Records
from kanvas_runtime.ledger.verification import recent

CHECKED = 500
"""So many records at the end are checked with every look; `verify` checks all."""
LOOKED_AT = 20_000
"""So many records are looked through for those that somebody wants to see."""
LONGEST_RUN = 2_000
"""Records of one run that are shown."""


class End(Struct, frozen=True):
    """How a chain ends. The records behind `since` were checked, and `fault` is what was found."""

    chain: str
    head: Head
    at: str
    since: int
    fault: Fault | None


class Glance(Struct, frozen=True):
    """Records, the newest first. `before` is where to look on, if there may be more."""

    end: End | None
    rows: list[Row]
    before: int | None


def glance(
    source: Source, chain: str, choice: Choice, count: int, before: int | None = None
) -> Glance:
    """The newest records of a chain that are wanted, older than number `before`.

    Raises `NoLedger`.
    """
    with reading(source) as chains:
        records = only(chains, chain)
        end = _end(records)
        if end is None:
            return Glance(None, [], None)
        rows: list[Row] = []
        looked, oldest = 0, before
        for row in choice.newest(records, before):
            looked, oldest = looked + 1, row.seq
            if choice.wants(row):
                rows.append(row)
            if len(rows) == count or looked == LOOKED_AT:
                return Glance(end, rows, oldest)
        return Glance(end, rows, None)


class News(Struct, frozen=True):
    """Records that came, in their order. All up to number `seen` were looked at, and there are
    `more` where that is not the last one."""

    end: End | None
    rows: list[Row]
    seen: int
    more: bool


def news(source: Source, chain: str, choice: Choice, after: int, count: int) -> News | None:
    """What came behind number `after`, so many records at most; None where nothing did.

    Raises `NoLedger`.
    """
    with reading(source) as chains:
        records = only(chains, chain)
        newest = records.last(1)
        if not newest or newest[-1].seq <= after:
            return None
        last = newest[-1].seq
        wanted = msgspec.structs.replace(choice, last=last)
        rows = list(islice(wanted.rows(records, after), count))
        more = len(rows) == count and rows[-1].seq < last
        return News(_end(records), rows, rows[-1].seq if more else last, more)


def _end(records: Records) -> End | None:
    last = records.last(1)
    if not last:
        return None
    since, found = recent(records, CHECKED)
    return End(last[-1].chain, found.head, last[-1].at, since, found.fault)


def of_run(source: Source, run: str) -> list[Row]:
    """The first records of a run, in their order, of whichever chain. Raises `NoLedger`."""
    with reading(source) as chains:
        rows = merged(chains, Choice(run=run))
        return [row for row, _ in zip(rows, range(LONGEST_RUN), strict=False)]
