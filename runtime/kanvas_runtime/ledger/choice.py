"""Which records somebody wants to see."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from kanvas_runtime.ledger.record import Row
from kanvas_runtime.ledger.records import BEFORE_ALL, Records

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Choice(Struct, frozen=True):
    """What a record has to have; what is None may be anything.

    `since` is compared with `at`. `outcome` is `ok`, an error code, or `refused` for all that is
    not `ok`. `last` is the number of the last record that counts.
    """

    since: str | None = None
    machine: str | None = None
    outcome: str | None = None
    run: str | None = None
    kind: str | None = None
    last: int | None = None

    def rows(self, records: Records, after: int = BEFORE_ALL) -> Iterator[Row]:
        """The records behind number `after`, in their order. The chain is not checked."""
        for rows in records.chunks(after, self._where()):
            for values in rows:
                row = Row(*values)
                if self.wants(row):
                    yield row

    def newest(self, records: Records, before: int | None) -> Iterator[Row]:
        """Records, the newest first, older than number `before`, not judged by their outcome."""
        where = self._where()
        if before is not None:
            where.append(("seq < ?", before))
        return records.backwards(where)

    def wants(self, row: Row) -> bool:
        """Whether a record that has all the rest came to the outcome, too."""
        return self.outcome is None or self._came_to(content(row).get("outcome"))

    def _came_to(self, outcome: object) -> bool:
        if self.outcome == "refused":
            return outcome not in (None, "ok")
        return outcome == self.outcome

    def _where(self) -> list[tuple[str, object]]:
        tests = (
            ("at >= ?", self.since),
            ("machine = ?", self.machine),
            ("run = ?", self.run),
            ("kind = ?", self.kind),
            ("seq <= ?", self.last),
        )
        return [(test, value) for test, value in tests if value is not None]


def merged(chains: Sequence[Records], choice: Choice) -> Iterator[Row]:
    """The records of all chains: each in its own order, and all as their times say."""
    return in_time([choice.rows(records) for records in chains])


def in_time(chains: Sequence[Iterable[Row]]) -> Iterator[Row]:
    """The same for records that were chosen already."""
    if len(chains) == 1:
        return iter(chains[0])
    return heapq.merge(*chains, key=attrgetter("at"))


def content(row: Row) -> dict[str, Any]:
    """The fields of a record; none when its text is no record any more, which `verify` tells."""
    try:
        return _decode(row.body)
    except (TypeError, msgspec.DecodeError):
        return {}
