"""What is promised as a figure or as a setting, and would be noticed by no other test."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kanvas_runtime import fuel, state
from kanvas_runtime.ledger import Ledger, disk, refusals, segment, table
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.machine import Limits

from tests.control.built import machine, run
from tests.e2e.programs_long import LONG


def test_the_figures_are_those_that_are_promised() -> None:
    assert Limits().approval_timeout == 15 * 60
    assert state.MOST_WAITING == 1_000
    assert (fuel.TANK, fuel.STRETCH) == (1_000_000, 10_000)
    assert (fuel.LONGEST_TEXT, fuel.LONGEST_LIST * 8) == (2**20, 2**20)
    assert segment.LARGEST == 256 * 2**20
    assert (disk.LOW, disk.KEPT_BACK) == (256 * 2**20, 16 * 2**20)
    assert refusals.SINGLY == 10


def test_a_commit_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    with closing(table.connect(tmp_path / "ledger.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    table.connect(tmp_path / "ledger.db").close()
    with closing(table.connect_to_read(tmp_path / "ledger.db")) as connection:
        for statement in ("DELETE FROM ledger", "DROP TABLE ledger", "CREATE TABLE x (y)"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                connection.execute(statement)


async def test_common_fields_are_columns_beside_the_exact_text(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path)
    given = {"machine": "m", "run": "r", "principal": "ann", "trace": "t", "path": "/ws"}
    await ledger.append("SurfaceAccess", given)
    await ledger.close()
    with closing(table.connect_to_read(tmp_path / DATABASE)) as connection:
        connection.row_factory = sqlite3.Row
        (row,) = connection.execute("SELECT * FROM ledger").fetchall()
    columns = {name: row[name] for name in row.keys()}  # noqa: SIM118  (its values are iterated)
    text = columns.pop("body")
    record = json.loads(text)
    assert text == json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert record.pop("path") == "/ws"
    assert columns == record
    assert columns.keys() >= {"schema", "chain", "seq", "at", "kind", "prev", "hash"}


CHAIN = """machine told_0
  accepts
    n as integer is required
  responds with
    n as integer
  implements
    compute answer
      {n: input.n}
"""
LINK = """
machine told_%d
  accepts
    n as integer is required
  responds with
    n as integer
  ensures
    permissions
      allowed to
        call
  implements
    ask once, from: "told_%d"
      n: input.n
    ask twice, from: "told_%d"
      n: steps.once.n
    compute answer
      {n: steps.twice.n}
"""


async def test_calls_of_flows_and_machines_cost_fuel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuel, "TANK", 5_000)
    doubling = CHAIN + "".join(LINK % (n, n - 1, n - 1) for n in range(1, 15))
    for text, name, given in ((LONG, "flows", {"n": [1]}), (doubling, "told_14", {"n": 1})):
        ran = await run(machine(text, name), given)
        assert ran.refused == "step_failed"
        assert ran.step
    monkeypatch.setattr(fuel, "TANK", 2**20)
    assert (await run(machine(LONG, "flows"), {"n": [1]})).output == {"n": 1}
