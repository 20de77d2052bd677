"""Chains in Postgres, to be read by code that waits: a loop of its own carries the questions."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from kanvas_runtime.ledger.postgres import schema
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.driver import DatabaseFailed, Session, connect
from kanvas_runtime.ledger.postgres.schema import COLUMNS
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.records import BEFORE_ALL, CHUNK, Values, Where, tested

T = TypeVar("T")

_SELECT = f"SELECT {COLUMNS} FROM kanvas_ledger"
_READ_ONLY = {"default_transaction_read_only": "on", "application_name": "kanvas ledger reader"}
_CHAINS = """
WITH RECURSIVE found AS (
    SELECT min(chain) AS chain FROM kanvas_ledger
    UNION ALL
    SELECT (SELECT min(chain) FROM kanvas_ledger AS each WHERE each.chain > found.chain) FROM found
    WHERE found.chain IS NOT NULL
)
SELECT chain FROM found WHERE chain IS NOT NULL UNION SELECT chain FROM kanvas_chains ORDER BY 1
"""
_HEADS = "SELECT chain, seq, hash FROM kanvas_chains"
_NUL = "\\u0000"  # as JSON has it


class Reading:
    """A session for code that waits. Every method may raise `DatabaseFailed`."""

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop) -> None:
        self._session = session
        self._loop = loop

    def rows(self, query: str, *values: object) -> list[Values]:
        """What a query finds."""
        return self._wait(self._session.rows(query, *values))

    def change(self, statement: str, *values: object) -> None:
        """Carry out a statement that changes something."""
        self._wait(self._session.changed(statement, *values))

    def heads(self) -> Mapping[str, Head]:
        """Where each chain stands, as its writer has told the database."""
        return {chain: Head(seq, digest) for chain, seq, digest in self.rows(_HEADS)}

    def chains(self) -> list[Chain]:
        """All of them, those begun first first."""
        return [Chain(self, chain) for (chain,) in self.rows(_CHAINS)]

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


class Chain:
    """See `Records`."""

    def __init__(self, reading: Reading, chain: str) -> None:
        self._reading = reading
        self.chain: str = chain

    def last(self, count: int) -> list[Row]:
        """See `Records.last`."""
        found = self._found((), f"ORDER BY seq DESC LIMIT {count:d}")
        return [Row(*values) for values in reversed(found)]

    def at(self, seq: int) -> Row | None:
        """See `Records.at`."""
        found = self._found((("seq = ?", seq),))
        return Row(*found[0]) if found else None

    def chunks(self, after: int = BEFORE_ALL, where: Where = ()) -> Iterator[list[Values]]:
        """See `Records.chunks`."""
        while rows := self._found((("seq > ?", after), *where), f"ORDER BY seq LIMIT {CHUNK}"):
            yield rows
            after = rows[-1][0]

    def backwards(self, where: Where) -> Iterator[Row]:
        """See `Records.backwards`."""
        older: Where = ()
        while rows := self._found((*where, *older), f"ORDER BY seq DESC LIMIT {CHUNK}"):
            for values in rows:
                yield Row(*values)
            older = (("seq < ?", rows[-1][0]),)

    def follower(self, digest: str, besides: int) -> int | None:
        """See `Records.follower`."""
        where = (("seq <> ?", besides), ("strpos(body, ?) > 0", f'"prev":"{digest}"'))
        found = self._found(where, "ORDER BY seq LIMIT 1")
        return found[0][0] if found else None

    def runs(self, beginning: str, most: int) -> list[str]:
        """See `Records.runs`."""
        query = "SELECT DISTINCT run FROM kanvas_ledger WHERE chain = $1 AND starts_with(run, $2)"
        return [
            run for (run,) in self._reading.rows(f"{query} LIMIT $3", self.chain, beginning, most)
        ]

    def bounds(self) -> tuple[int, int] | None:
        """See `Records.bounds`."""
        query = "SELECT min(seq), max(seq) FROM kanvas_ledger WHERE chain = $1"
        ((first, last),) = self._reading.rows(query, self.chain)
        return None if first is None else (first, last)

    def _found(self, where: Where, rest: str = "") -> list[Values]:
        tests = ["chain = $1"]
        for number, (test, _) in enumerate(where, 2):
            tests.append(test.replace("?", f"${number}"))
        values = (value for _, value in where)
        query = f"{_SELECT}{tested(tests)} {rest}"
        return [_restored(row) for row in self._reading.rows(query, self.chain, *values)]


@contextmanager
def reading(address: Address, *, read_only: bool = True) -> Iterator[Reading]:
    """A session in a database that has a ledger. Raises `DatabaseFailed`.

    Not to be used where a loop runs.
    """
    with asyncio.Runner() as runner:
        session = runner.run(connect(address, _READ_ONLY if read_only else None))
        try:
            if not runner.run(schema.are_there(session)):
                raise DatabaseFailed(f"there is no ledger in {address}")
            yield Reading(session, runner.get_loop())
        finally:
            runner.run(session.close())


def _restored(row: Values) -> Values:
    """A text with a NUL is in the record alone, and not in the column that repeats it."""
    body = row[-1]
    if _NUL not in body:
        return row
    from kanvas_runtime.ledger.choice import content

    record = content(Row(*row))
    repeated = zip(Row._fields[:-1], row[:-1], strict=True)
    return (*(_filled(record.get(name), value) for name, value in repeated), body)


def _filled(written: object, value: object) -> object:
    return written if value is None and isinstance(written, str) and "\0" in written else value
