"""Tails that are torn: found, told, set aside, sealed; and what is no tail is left alone."""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from kanvas_runtime.ledger import Ledger, LedgerUnavailable, seal
from kanvas_runtime.ledger.directory import DATABASE, WITNESS

from tests.runtime.ledger.ledgers import RECORDS, bodies, edit, faulty, fill, sound
from tests.runtime.ledger.processes import holding


def the_seal(directory: Path) -> dict[str, object]:
    """The one record that seals, of a ledger that is sound again."""
    found = sound(directory)
    assert len(found.seals) == 1
    (record,) = (r for r in map(json.loads, bodies(directory)) if r["kind"] == "SegmentSealed")
    assert f"record {record['seq']} " in found.seals[0]
    assert record["reason"] == "torn_tail"
    assert record["head"] == record["prev"]
    assert record["count"] == record["seq"] - 1
    return dict(record)


@pytest.mark.parametrize("rows", [1, 3])
async def test_last_rows_that_do_not_chain_are_sealed(
    ledger_of_12: Path, caplog: pytest.LogCaptureFixture, rows: int
) -> None:
    edit(ledger_of_12, f"UPDATE ledger SET body = 'torn' WHERE seq > {RECORDS - rows}")
    await fill(ledger_of_12, 2)
    record = the_seal(ledger_of_12)
    assert (record["seq"], record["torn"], record["lost"]) == (RECORDS - rows + 1, rows, rows)
    assert [level for _, level, _ in caplog.record_tuples] == [logging.ERROR]
    assert "tail was torn" in caplog.text
    aside = ledger_of_12 / str(record["set_aside"])
    assert aside.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(aside)) as connection:
        (kept,) = connection.execute("SELECT count(*) FROM ledger WHERE body = 'torn'").fetchone()
    assert kept == rows


async def test_a_row_that_is_no_text_is_sealed(ledger_of_12: Path) -> None:
    edit(ledger_of_12, f"UPDATE ledger SET run = CAST(x'ff' AS TEXT) WHERE seq = {RECORDS}")
    await fill(ledger_of_12, 1)
    assert the_seal(ledger_of_12)["lost"] == 1


@pytest.mark.parametrize("damage", [bytes(8192), b"\xa5" * 8192])
async def test_a_damaged_last_page_is_sealed(directory: Path, damage: bytes) -> None:
    await fill(directory, 60)
    pages = (directory / DATABASE).stat().st_size // 8192
    with (directory / DATABASE).open("r+b") as file:
        file.seek((pages - 1) * 8192)
        file.write(damage)
    await fill(directory, 1)
    record = the_seal(directory)
    assert 0 < int(str(record["lost"])) < 20
    assert record["lost"] == 60 - int(str(record["count"]))


async def test_a_table_that_cannot_be_read_at_all_is_set_aside(directory: Path) -> None:
    await fill(directory, 5)
    (directory / DATABASE).write_bytes(b"\0" * 8192 * 2)
    await fill(directory, 1)
    record = the_seal(directory)
    assert (record["seq"], record["lost"]) == (1, 5)
    assert (directory / str(record["set_aside"])).read_bytes() == b"\0" * 8192 * 2


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
async def test_a_cut_write_ahead_log_is_recognised(directory: Path, keep: float) -> None:
    with holding(directory, records=40):
        pass  # killed; so few records are all still in the log
    log = directory / (DATABASE + "-wal")
    whole = log.read_bytes()
    log.write_bytes(whole[: int(len(whole) * keep)])
    await fill(directory, 1)
    record = the_seal(directory)
    kept = int(str(record["count"]))
    assert (record["torn"], record["lost"]) == (0, 40 - kept)
    assert keep * 40 - 2 <= kept < 40


async def test_a_ledger_that_is_gone_is_told(directory: Path) -> None:
    await fill(directory, 4)
    (directory / DATABASE).unlink()
    await fill(directory, 1)
    record = the_seal(directory)
    assert (record["seq"], record["lost"]) == (1, 4)


async def test_a_restored_backup_is_told_once(directory: Path) -> None:
    await fill(directory, 4)
    backup = (directory / DATABASE).read_bytes()
    await fill(directory, 4)
    (directory / DATABASE).write_bytes(backup)
    await fill(directory, 1)
    await fill(directory, 1)
    record = the_seal(directory)
    assert (record["seq"], record["lost"]) == (5, 4)


async def test_another_ledger_in_its_place_is_told(directory: Path, ledger_of_12: Path) -> None:
    await fill(directory, 4)
    (directory / DATABASE).write_bytes((ledger_of_12 / DATABASE).read_bytes())
    assert faulty(directory) == (4, "changed")
    await fill(directory, 1)
    assert the_seal(directory)["lost"] == 1


async def test_damage_before_the_tail_stays_where_it_is(ledger_of_12: Path) -> None:
    edit(ledger_of_12, "UPDATE ledger SET machine = 'another' WHERE seq = 5")
    await fill(ledger_of_12, 3)
    assert faulty(ledger_of_12) == (5, "changed")
    assert len(bodies(ledger_of_12)) == RECORDS + 3


@pytest.mark.parametrize("damage", ["UPDATE ledger SET body = 'torn' WHERE seq > 6"])
async def test_more_than_a_tail_is_for_a_person_to_look_at(
    ledger_of_12: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "LARGEST", 5)
    edit(ledger_of_12, damage)
    before = (ledger_of_12 / DATABASE).read_bytes()
    with pytest.raises(LedgerUnavailable, match="damaged from record"):
        await Ledger.open(ledger_of_12)
    assert (ledger_of_12 / DATABASE).read_bytes() == before


@pytest.mark.parametrize("content", ["", "nonsense", "chain 0000 abc\n", "a b c d\n", "ü"])
async def test_a_witness_that_says_nothing_is_no_witness(ledger_of_12: Path, content: str) -> None:
    (ledger_of_12 / WITNESS).write_text(content)
    await fill(ledger_of_12, 1)
    found = sound(ledger_of_12)
    assert (found.head.seq, found.seals) == (RECORDS + 1, [])


async def test_what_an_interrupted_repair_left_behind_does_no_harm(ledger_of_12: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (ledger_of_12 / f"{DATABASE}.new{suffix}").write_bytes(b"left over")
    edit(ledger_of_12, f"UPDATE ledger SET body = 'torn' WHERE seq = {RECORDS}")
    await fill(ledger_of_12, 1)
    the_seal(ledger_of_12)


async def test_a_foreign_database_is_not_taken_for_a_ledger(directory: Path) -> None:
    directory.mkdir()
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        connection.execute("CREATE TABLE something (else_ TEXT)")
    with pytest.raises(LedgerUnavailable, match="no such table"):
        await Ledger.open(directory)
