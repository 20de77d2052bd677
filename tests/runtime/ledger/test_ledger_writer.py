from __future__ import annotations

import asyncio
import functools
import gc
import hashlib
import hmac
import itertools
import json
import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.ledger import Ledger, LedgerUnavailable, MemoryLedger, writer
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.ledger.disk import KEPT_BACK, LOW

from tests.runtime.ledger.ledgers import FACT, bodies, edit, fill, sound

KINDS = st.sampled_from(["SurfaceAccess", "RunStarted", "Decision"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = TEXT | st.integers(-9, 9) | st.booleans()
FIELDS = st.fixed_dictionaries({}, optional={"machine": TEXT, "path": VALUES, "x": VALUES})
FACTS = st.lists(st.tuples(KINDS, FIELDS), max_size=20)


async def test_an_awaited_record_is_on_disk(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    await ledger.append("SurfaceAccess", FACT)
    (body,) = bodies(directory)
    record = json.loads(body)
    assert {name: record[name] for name in FACT} == FACT
    assert (record["schema"], record["chain"], record["seq"]) == (1, ledger.chain, 1)
    await ledger.close()


async def test_the_order_of_the_calls_is_the_order_of_the_chain(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    done: list[int] = []
    for number in range(50):
        future = ledger.append("SurfaceAccess", {"number": number})
        future.add_done_callback(functools.partial(_note, done, number))
    await ledger.append("SurfaceAccess", {"number": 50})
    await ledger.close()
    assert done == list(range(50))
    assert [json.loads(body)["number"] for body in bodies(directory)] == list(range(51))


def _note(done: list[int], number: int, _: asyncio.Future[None]) -> None:
    done.append(number)


async def test_a_chain_goes_on_over_restarts(directory: Path) -> None:
    chains = set()
    for _ in range(3):
        ledger = await Ledger.open(directory)
        await ledger.append("ServerStarted", {"mode": "live"})
        chains.add(ledger.chain)
        await ledger.close()
    assert sound(directory).head.seq == 3
    assert chains == {sound(directory).chain}


async def test_closing_writes_what_waits_and_refuses_what_comes(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    waiting = ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    await ledger.close()
    await waiting
    assert not ledger.available
    with pytest.raises(LedgerUnavailable, match="closed"):
        await ledger.append("SurfaceAccess", FACT)
    assert sound(directory).head.seq == 1


@given(FACTS)
@settings(max_examples=25, deadline=None)
def test_any_facts_make_a_sound_chain(
    tmp_path_factory: pytest.TempPathFactory, facts: list[tuple[str, dict[str, str | int]]]
) -> None:
    directory = tmp_path_factory.mktemp("facts")

    async def write() -> None:
        ledger = await Ledger.open(directory)
        for kind, fields in facts:
            future = ledger.append(kind, fields)
        if facts:
            await future
        await ledger.close()

    asyncio.run(write())
    assert sound(directory).head.seq == len(facts)


async def test_only_the_owner_may_read(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    await ledger.append("SurfaceAccess", FACT)
    assert directory.stat().st_mode & 0o777 == 0o700
    modes = {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}
    await ledger.close()
    assert set(modes.values()) == {0o600}
    assert {"ledger.db", "ledger.db-wal", "ledger.db-shm", "instance.key", "lock"} <= set(modes)


async def test_a_clock_that_is_set_back_is_no_error(directory: Path) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hours = itertools.count(0, -1)
    ledger = await Ledger.open(directory, clock=lambda: start + timedelta(hours=next(hours)))
    for _ in range(3):
        await ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    times = [json.loads(body)["at"] for body in bodies(directory)]
    assert times == sorted(times, reverse=True)
    sound(directory)


async def test_a_field_outside_the_form_leaves_no_gap(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    with pytest.raises(ValueError, match="float"):
        ledger.append("SurfaceAccess", {"cost": 0.5})  # type: ignore[dict-item]  # on purpose
    await ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    assert sound(directory).head.seq == 1


async def test_a_caller_that_gives_up_disturbs_nobody(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    ledger.append("SurfaceAccess", FACT).cancel()
    await ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    assert sound(directory).head.seq == 2


async def test_digests_are_keyed_by_the_instance(directory: Path, tmp_path: Path) -> None:
    ledger, other = await Ledger.open(directory), await Ledger.open(tmp_path / "other")
    key = (directory / "instance.key").read_bytes()
    digest = ledger.digest(b"content")
    assert digest == hmac.new(key, b"content", hashlib.sha256).hexdigest()
    assert digest != other.digest(b"content")
    await ledger.close()
    await other.close()
    again = await Ledger.open(directory)
    assert again.digest(b"content") == digest
    await again.close()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again to write without waiting a second."""
    monkeypatch.setattr(writer, "_RETRY", 0.01)


async def until_available(ledger: Ledger) -> None:
    async with asyncio.timeout(30):
        while not ledger.available:
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("soon")
async def test_a_locked_table_fails_all_that_wait_until_it_can_be_written(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = await Ledger.open(directory)
    await ledger.append("SurfaceAccess", FACT)
    with closing(sqlite3.connect(directory / DATABASE, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        waiting = [ledger.append("SurfaceAccess", FACT) for _ in range(3)]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [LedgerUnavailable] * 3
        assert "locked" in str(outcomes[0])
        assert not ledger.available
        with pytest.raises(LedgerUnavailable):
            await ledger.append("SurfaceAccess", FACT)
    await until_available(ledger)
    await ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    assert sound(directory).head.seq == 2
    assert [level for _, level, _ in caplog.record_tuples] == [logging.ERROR, logging.WARNING]


@pytest.mark.usefixtures("soon")
async def test_a_ledger_that_is_deleted_under_way_is_noticed_and_told(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    await ledger.append("SurfaceAccess", FACT)
    for path in directory.glob("ledger.db*"):
        path.unlink()
    with pytest.raises(LedgerUnavailable):
        await ledger.append("SurfaceAccess", FACT)
    await until_available(ledger)
    await ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    found = sound(directory)
    assert (found.head.seq, len(found.seals)) == (2, 1)


@pytest.mark.usefixtures("soon")
async def test_records_of_a_stranger_are_not_overwritten(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    await ledger.append("SurfaceAccess", FACT)
    edit(
        directory,
        "INSERT INTO ledger SELECT 2, schema, chain, at, kind, machine, run, "
        "principal, trace, prev, hash, body FROM ledger",
    )
    with pytest.raises(LedgerUnavailable, match="UNIQUE"):
        await ledger.append("SurfaceAccess", FACT)
    await until_available(ledger)
    await ledger.close()
    assert len(sound(directory).seals) == 1


async def test_a_failure_that_nobody_awaits_makes_no_noise(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = await Ledger.open(directory)
    await ledger.close()
    ledger.append("SurfaceAccess", FACT)
    gc.collect()
    await asyncio.sleep(0)
    assert caplog.record_tuples == []


async def test_closing_while_writing_fails_lets_the_directory_go(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    (directory / DATABASE).unlink()
    with pytest.raises(LedgerUnavailable):
        await ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    await fill(directory, 1)
    sound(directory)


@pytest.mark.parametrize("place", ["/proc/kanvas", "/dev/null/kanvas"])
async def test_a_directory_that_cannot_be_made_is_told(place: str) -> None:
    with pytest.raises(LedgerUnavailable, match=place):
        await Ledger.open(Path(place))


async def test_little_room_is_noticed_and_some_is_kept_back(directory: Path) -> None:
    rich = await Ledger.open(directory, free=lambda _: LOW + KEPT_BACK)
    assert not rich.low
    assert (directory / "ledger.reserve").stat().st_blocks * 512 >= KEPT_BACK
    await rich.close()
    poor = await Ledger.open(directory, free=lambda _: LOW - 1)
    assert poor.low
    await poor.append("SurfaceAccess", FACT)
    await poor.close()


async def test_the_ledger_in_memory_keeps_the_same_chain() -> None:
    ledger = MemoryLedger()
    await ledger.append("SurfaceAccess", FACT)
    await ledger.append("SurfaceAccess", FACT)
    first, second = ledger.records
    assert (first["seq"], second["seq"], second["prev"]) == (1, 2, first["hash"])
    assert len(ledger.digest(b"content")) == 64
    ledger.available = False
    with pytest.raises(LedgerUnavailable):
        await ledger.append("SurfaceAccess", FACT)
    assert len(ledger.records) == 2
    await ledger.close()
