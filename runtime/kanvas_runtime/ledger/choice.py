"""Which records somebody wants to see."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from kanvas_runtime.ledger import table
from kanvas_runtime.ledger.record import Row

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Choice:
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

    def rows(self, connection: sqlite3.Connection) -> Iterator[Row]:
        """The records, in their order. The chain is not checked."""
        for rows in table.chunks(connection, where=self._where()):
            for values in rows:
                row = Row(*values)
                if self.wants(row):
                    yield row

    def newest(self, connection: sqlite3.Connection, before: int | None) -> Iterator[Row]:
        """Records, the newest first, older than number `before`, not judged by their outcome."""
        tests, wanted = self._where()
        if before is not None:
            tests, wanted = [*tests, "seq < ?"], [*wanted, before]
        return table.backwards(connection, (tests, wanted))

    def wants(self, row: Row) -> bool:
        """Whether a record that has all the rest came to the outcome, too."""
        return self.outcome is None or self._came_to(content(row).get("outcome"))

    def _came_to(self, outcome: object) -> bool:
        if self.outcome == "refused":
            return outcome not in (None, "ok")
        return outcome == self.outcome

    def _where(self) -> table.Where:
        tests = (
            ("at >= ?", self.since),
            ("machine = ?", self.machine),
            ("run = ?", self.run),
            ("kind = ?", self.kind),
            ("seq <= ?", self.last),
        )
        asked = [(test, value) for test, value in tests if value is not None]
        return [test for test, _ in asked], [value for _, value in asked]


def content(row: Row) -> dict[str, Any]:
    """The fields of a record; none when its text is no record any more, which `verify` tells."""
    try:
        return _decode(row.body)
    except (TypeError, msgspec.DecodeError):
        return {}
