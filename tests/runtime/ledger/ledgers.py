"""Ledgers to look at and to tamper with."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from kanvas_runtime.ledger import Ledger, Scalar, Verification, verify
from kanvas_runtime.ledger.directory import DATABASE, RESERVE

RECORDS = 12
"""How many the ledger of the fixtures has."""

FACT: dict[str, Scalar] = {
    "machine": "live_metrics",
    "principal": "anonymous",
    "surface": "websocket",
    "path": "/ws/metrics",
    "outcome": "ok",
    "duration_us": 120,
}


async def fill(directory: Path, count: int, **others: str) -> None:
    """Open, append, close; each record differs from the others."""
    ledger = await Ledger.open(directory)
    for number in range(count):
        fact = FACT | {"run": f"run-{number}", "duration_us": number} | others
        await ledger.append("SurfaceAccess", fact)
    await ledger.close()


def filled(directory: Path, count: int) -> Path:
    """The same outside of a loop."""
    asyncio.run(fill(directory, count))
    return directory


def copied(source: Path, target: Path) -> Path:
    """Another data directory with the same ledger."""
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns(RESERVE)))


def edit(directory: Path, *statements: str) -> None:
    """What somebody with a SQLite shell can do."""
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def bodies(directory: Path) -> list[str]:
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        return [body for (body,) in connection.execute("SELECT body FROM ledger ORDER BY seq")]


def faulty(directory: Path) -> tuple[int, str]:
    """The record that `verify` names, and what it says was done to it."""
    fault = verify(directory).fault
    assert fault is not None
    assert str(fault.seq) in fault.sentence
    assert fault.problem in fault.sentence
    return fault.seq, fault.problem


def sound(directory: Path) -> Verification:
    found = verify(directory)
    assert found.ok, found.fault
    return found
