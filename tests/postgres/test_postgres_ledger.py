"""A chain in Postgres: leased, continued, and never written by two."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from kanvas_runtime.ledger.interface import Write

from tests.postgres.databases import FACT, Database


async def test_records_are_there_when_their_futures_are_done(
    database: Database, directory: Path
) -> None:
    ledger = await database.open(directory)
    await asyncio.gather(
        *[ledger.append("SurfaceAccess", {**FACT, "number": n}) for n in range(50)]
    )
    found = [json.loads(body) for body in database.bodies(ledger.chain)]
    assert [each["number"] for each in found] == list(range(50))
    assert [each["seq"] for each in found] == list(range(1, 51))
    assert ledger.seq == 50
    await ledger.close()


async def test_a_process_that_comes_back_goes_on_with_its_chain(
    database: Database, directory: Path
) -> None:
    chain = await database.filled(directory, 3)
    assert await database.filled(directory, 2) == chain
    assert len(database.bodies(chain)) == 5


async def test_values_are_kept_with_their_record(database: Database, directory: Path) -> None:
    ledger = await database.open(directory)
    await ledger.append("SurfaceAccess", FACT, [Write("state", b"1")])
    assert await ledger.load("state") == b"1"
    await ledger.append("SurfaceAccess", FACT, [Write("state", b"2"), Write("other", b"3")])
    await ledger.close()
    ledger = await database.open(directory)
    assert await ledger.load("state") == b"2"
    assert await ledger.scan("oth") == [Write("other", b"3")]
    await ledger.close()
