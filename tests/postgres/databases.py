"""A schema of the test server, as an operator with `psql` sees it."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import asyncpg
from kanvas_runtime import cli
from kanvas_runtime.ledger import Scalar
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.ledger import PostgresLedger

from tests.postgres.cluster import PATIENCE, Cluster

T = TypeVar("T")

FACT: dict[str, Scalar] = {"machine": "parcels", "principal": "anna", "outcome": "ok"}


class Database:
    """`url` is its address, `sql` what somebody does there who may do anything."""

    def __init__(self, cluster: Cluster, schema: str) -> None:
        self.cluster = cluster
        self.schema = schema
        self.url = cluster.url(schema)
        self.address = Address(self.url)

    def begin(self) -> None:
        self.sql(f"CREATE SCHEMA {self.schema}")

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """From tests, whether or not they run in a loop."""
        return beside(lambda: asyncio.run(self._sql(statement, *values)))

    async def _sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
        finally:
            await connection.close()

    async def open(self, directory: Path, **options: Any) -> PostgresLedger:
        return await PostgresLedger.open(directory, self.address, **options)

    async def filled(self, directory: Path, count: int, **others: Scalar) -> str:
        """Open, append, close: the chain's id."""
        ledger = await self.open(directory)
        for number in range(count):
            await ledger.append("SurfaceAccess", {**FACT, "run": f"run-{number}", **others})
        await ledger.close()
        return ledger.chain

    def ledger(self, name: str, *arguments: str | Path) -> Told:
        """`ledger NAME …` on it."""
        return command("ledger", name, "--ledger", self.url, *arguments)

    def records(self) -> list[dict[str, Any]]:
        """All of them, as they are exported."""
        told = self.ledger("export")
        assert told.code == 0, told.err
        return [json.loads(line) for line in told.out.splitlines()]

    def bodies(self, chain: str) -> list[str]:
        query = "SELECT body FROM kanvas_ledger WHERE chain = $1 ORDER BY seq"
        return [body for (body,) in self.sql(query, chain)]

    def cut(self, chain: str) -> None:
        """End the session that has the lease of a chain, and wait until it is over."""
        for (pid,) in self.holders(chain):
            self.sql("SELECT pg_terminate_backend($1)", pid)
        self.let_go(chain)

    def let_go(self, chain: str) -> None:
        """Wait until the database has noticed that nobody has the chain any more."""
        until = time.monotonic() + PATIENCE
        while self.holders(chain):
            assert time.monotonic() < until
            time.sleep(0.01)

    def holders(self, chain: str) -> list[tuple[Any, ...]]:
        """The process of the database whose session has the lease."""
        find = (
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND (classid::bigint << 32 | objid::bigint)"
            " = hashtextextended('kanvas ' || $1::text, 0)"
        )
        return self.sql(find, chain)


class Told(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def command(*arguments: str | Path) -> Told:
    """What `python -m kanvas_runtime …` does, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = beside(lambda: cli.main([*map(str, arguments)]))
    return Told(code, out.getvalue(), err.getvalue())


def beside(work: Callable[[], T]) -> T:
    """What it gives in a thread of its own, beside any loop that runs."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()
