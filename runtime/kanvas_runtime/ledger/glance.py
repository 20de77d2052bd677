"""A look at a ledger that a server writes: its newest records, one run, and how its end is."""

from __future__ import annotations

from msgspec import Struct

from kanvas_runtime.ledger.choice import Choice, merged
from kanvas_runtime.ledger.diagnose import Fault
from kanvas_runtime.ledger.postgres.address import Source
from kanvas_runtime.ledger.reader import only, reading
from kanvas_runtime.ledger.record import Head, Row
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
        last = records.last(1)
        if not last:
            return Glance(None, [], None)
        since, found = recent(records, CHECKED)
        end = End(last[-1].chain, found.head, last[-1].at, since, found.fault)
        rows: list[Row] = []
        looked, oldest = 0, before
        for row in choice.newest(records, before):
            looked, oldest = looked + 1, row.seq
            if choice.wants(row):
                rows.append(row)
            if len(rows) == count or looked == LOOKED_AT:
                return Glance(end, rows, oldest)
        return Glance(end, rows, None)


def of_run(source: Source, run: str) -> list[Row]:
    """The first records of a run, in their order, of whichever chain. Raises `NoLedger`."""
    with reading(source) as chains:
        rows = merged(chains, Choice(run=run))
        return [row for row, _ in zip(rows, range(LONGEST_RUN), strict=False)]
