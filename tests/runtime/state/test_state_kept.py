"""State on disk: over restarts, kills, damage, and other versions of a program."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal as PythonDecimal
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.background import check_states
from kanvas_runtime.contract import Decimal, Integer, Record, Text
from kanvas_runtime.ledger import Ledger, LedgerUnavailable, Write, verify
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.start import StartRefused

from tests.runtime.ledger.processes import running
from tests.runtime.serving import records, service_of
from tests.runtime.state.counters import COUNTER, Add, Total, engine_of, ran, total_of

KILLED = """
import asyncio, os, sys
from pathlib import Path
from kanvas_runtime.ledger import Ledger
from tests.runtime.state.counters import COUNTER, Add, engine_of, ran

async def main():
    engine = engine_of(await Ledger.open(Path(sys.argv[1])))
    async def client():
        while True:
            result = await ran(engine, COUNTER, Add(name="x"))
            os.write(1, b"%d\\n" % result.output.total)
    await asyncio.gather(*[client() for _ in range(8)])

asyncio.run(main())
"""


def counted(directory: Path) -> tuple[int, int]:
    """What the state says and how many runs the ledger has, read in one transaction."""
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        found = connection.execute(
            "SELECT (SELECT json_extract(CAST(value AS TEXT), '$.total') FROM kept),"
            " (SELECT count(*) FROM ledger WHERE json_extract(body, '$.outcome') = 'ok')"
        ).fetchone()
    return found[0] or 0, found[1]


def test_state_and_ledger_agree_after_every_kill(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    total = 0
    for count in (1, 2, 40, 7, 100, 13):
        with running(KILLED, directory) as process:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(count)]
            process.kill()
            lines += process.stdout.readlines()
        acknowledged = max(int(line) for line in lines if line.endswith("\n"))
        total, runs = counted(directory)
        assert total == runs
        assert total >= acknowledged
        assert verify(directory).ok
    assert total > 160


async def test_state_survives_a_restart(tmp_path: Path) -> None:
    for expected in (1, 2, 3):
        ledger = await Ledger.open(tmp_path / "data")
        assert (await ran(engine_of(ledger), COUNTER)).output == Total(total=expected)
        await ledger.close()


async def test_a_failed_commit_keeps_neither_state_nor_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await Ledger.open(tmp_path / "data")
    engine = engine_of(ledger)
    await ran(engine, COUNTER)

    def fail(*_arguments: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr("kanvas_runtime.ledger.values.keep", fail)
        lost = await ran(engine, COUNTER)
    assert lost.output == Total(total=2), "nobody is told: the driver waits for the record"
    with pytest.raises(LedgerUnavailable, match="cannot be written"):
        await ledger.load("counter")
    await ledger.close()
    assert counted(tmp_path / "data") == (1, 1)


async def test_a_damaged_ledger_does_not_take_the_state_along(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    ledger = await Ledger.open(directory)
    await ran(engine_of(ledger), COUNTER, Add(n=5))
    await ran(engine_of(ledger), COUNTER, Add(n=6))
    await ledger.close()
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        connection.execute("UPDATE ledger SET body = 'torn' WHERE seq = 2")
        connection.commit()
    ledger = await Ledger.open(directory)
    assert await total_of(engine_of(ledger)) == 11
    await ledger.close()


# A program that was changed.


class Before(Record):
    total: Integer = 1
    note: Text = "old"
    price: Decimal = PythonDecimal("1.10")


class After(Record):
    total: Integer = 0
    price: Decimal = PythonDecimal(0)
    limit: Integer = 9


class Wrong(Record):
    total: Text = ""


async def write_before(_input: Add, run: Run) -> Total:
    await run.state(Before)
    run.set_state(Before(total=4))
    return Total(total=4)


def machine(kind: type[Record], run: Any = None) -> Machine[Add, Total]:
    return Machine(
        name="counter",
        input=Add,
        output=Total,
        run=run or COUNTER.run,
        source="app.kanvas",
        state=kind,
    )


async def test_kept_fields_stay_and_new_ones_get_their_defaults(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "data")
    engine = engine_of(ledger)
    await ran(engine, machine(Before, write_before))
    await check_states(engine, [machine(After)], "here")
    assert await engine.states.load("counter", After) == After(
        total=4, price=PythonDecimal("1.10"), limit=9
    )
    await ledger.close()


async def test_a_value_that_does_not_fit_refuses_the_start(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "data")
    await ran(engine_of(ledger), machine(Before, write_before))
    await ledger.close()
    service = service_of(tmp_path, (machine(Wrong), WebSocketSurface(path="/ws")))
    with pytest.raises(StartRefused) as caught:
        async with service.app.router.lifespan_context(service.app):
            pass
    for told in ("total must be text, not a number", "app.kanvas", str(tmp_path / "data")):
        assert told in str(caught.value)
    assert [each["kind"] for each in records(tmp_path)] == ["SurfaceAccess"]


async def test_what_is_no_json_refuses_the_start(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "data")
    await ledger.append("SurfaceAccess", {}, [Write("counter", b"{")])
    with pytest.raises(StartRefused, match="not JSON"):
        await check_states(engine_of(ledger), [COUNTER], "here")
    await ledger.close()


async def test_pages_and_other_callers_share_the_state(tmp_path: Path) -> None:
    service: Service = service_of(tmp_path, (COUNTER, WebSocketSurface(path="/ws")))
    async with service.app.router.lifespan_context(service.app):
        for total in (b"1", b"2"):
            answer = await service.answer(COUNTER, {}, surface="page", path="/p", principal=None)
            assert answer.body == b'{"total":' + total + b"}"
        failed = await service.answer(
            COUNTER, {"fail": True}, surface="page", path="/p", principal=None
        )
        assert failed.refusal is not None
    assert counted(tmp_path / "data") == (2, 2)
