"""A schema of the test server, as an operator with `psql` sees it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from kanvas_runtime.ledger import Scalar
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.ledger import PostgresLedger

from tests.postgres.cluster import Cluster

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
        return aside(self._sql(statement, *values))

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

    def bodies(self, chain: str) -> list[str]:
        query = "SELECT body FROM kanvas_ledger WHERE chain = $1 ORDER BY seq"
        return [body for (body,) in self.sql(query, chain)]

    def cut(self, chain: str) -> None:
        """End the session that has the lease of a chain, and wait until it is over."""
        find = (
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
            " AND (classid::bigint << 32 | objid::bigint)"
            " = hashtextextended('kanvas ' || $1::text, 0)"
        )
        for (pid,) in self.sql(find, chain):
            assert self.sql("SELECT pg_terminate_backend($1, 10000)", pid) == [(True,)]


def aside(work: Coroutine[Any, Any, T]) -> T:
    """What it comes to, in a loop of its own beside any that runs."""
    results: list[T] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(work)))
    thread.start()
    thread.join()
    return results[0]
