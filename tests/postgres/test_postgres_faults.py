"""Connections that end at the worst moment, and processes that have lost a lease unawares."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from kanvas_runtime.ledger import LedgerUnavailable
from kanvas_runtime.ledger.interface import Write
from kanvas_runtime.ledger.kept import Kept, Place
from kanvas_runtime.ledger.postgres import driver
from kanvas_runtime.ledger.postgres import lease as leases
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.driver import DatabaseFailed, connect
from kanvas_runtime.ledger.postgres.lease import LeaseLost
from kanvas_runtime.ledger.postgres.ledger import PostgresLedger
from kanvas_runtime.ledger.record import Head, entry

from tests.postgres.databases import FACT, Database
from tests.postgres.proxy import before


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder with a short path."""
    with tempfile.TemporaryDirectory(prefix="kpx", dir="/tmp") as folder:
        yield Path(folder)


def numbers(database: Database, chain: str) -> list[int]:
    found = [json.loads(body) for body in database.bodies(chain)]
    assert [each["seq"] for each in found] == list(range(1, len(found) + 1))
    return [each["number"] for each in found if "number" in each]


async def available(ledger: PostgresLedger) -> None:
    """Wait until it can be written again."""
    async with asyncio.timeout(60):
        while not ledger.available:
            await asyncio.sleep(0.02)


async def add(ledger: PostgresLedger, number: int) -> None:
    await ledger.append(
        "SurfaceAccess", {**FACT, "number": number}, [Write("last", b"%d" % number)]
    )


async def test_an_answer_that_is_lost_after_the_commit_is_looked_up(
    database: Database, directory: Path, sockets: Path
) -> None:
    """The record is there, so its caller hears that it is, and it is there once."""
    async with before(database, sockets) as (proxy, url):
        ledger = await PostgresLedger.open(directory, Address(url))
        await add(ledger, 1)
        proxy.swallow()
        await add(ledger, 2)
        await available(ledger)
        assert await ledger.load("last") == b"2"
        await add(ledger, 3)
        await ledger.close()
    assert numbers(database, ledger.chain) == [1, 2, 3]
    assert database.ledger("verify").code == 0


async def test_a_statement_that_is_lost_before_the_commit_is_not_acknowledged(
    database: Database, directory: Path, sockets: Path
) -> None:
    async with before(database, sockets) as (proxy, url):
        ledger = await PostgresLedger.open(directory, Address(url))
        await add(ledger, 1)
        proxy.lose()
        with pytest.raises(LedgerUnavailable):
            await add(ledger, 2)
        await available(ledger)
        assert await ledger.load("last") == b"1"
        await add(ledger, 3)
        await ledger.close()
    assert numbers(database, ledger.chain) == [1, 3]


async def test_what_waits_during_a_commit_is_the_next_one(
    database: Database, directory: Path, sockets: Path
) -> None:
    async with before(database, sockets) as (proxy, url):
        ledger = await PostgresLedger.open(directory, Address(url))
        await add(ledger, 1)
        proxy.hold()
        first = asyncio.create_task(add(ledger, 2))
        await proxy.held.wait()
        rest = []
        for number in range(3, 9):
            rest.append(asyncio.create_task(add(ledger, number)))
            await asyncio.sleep(0)
        proxy.go_on()
        await asyncio.gather(first, *rest)
        await ledger.close()
    commits = database.sql(
        "SELECT count(*) FROM kanvas_ledger WHERE chain = $1 GROUP BY xmin::text ORDER BY min(seq)",
        ledger.chain,
    )
    assert commits == [(1,), (1,), (6,)]


async def test_a_connection_that_is_cut_is_noticed_and_the_chain_goes_on(
    database: Database, directory: Path, sockets: Path
) -> None:
    async with before(database, sockets) as (proxy, url):
        ledger = await PostgresLedger.open(directory, Address(url))
        await add(ledger, 1)
        chain = ledger.chain
        proxy.hold()
        database.cut(chain)
        async with asyncio.timeout(60):
            while ledger.available:
                await asyncio.sleep(0.01)
        with pytest.raises(LedgerUnavailable, match="cannot be written"):
            await add(ledger, 2)
        with pytest.raises(LedgerUnavailable, match="cannot be written"):
            await ledger.load("last")
        proxy.go_on()
        await available(ledger)
        assert ledger.chain == chain
        await add(ledger, 3)
        await ledger.close()
    assert numbers(database, chain) == [1, 3]


async def test_a_lease_that_was_taken_over_adds_nothing(
    database: Database, directory: Path
) -> None:
    """Even by a session that is alive: the commit itself demands the lease."""
    session = await connect(database.address)
    other = await connect(database.address)
    ledger = await database.open(directory)
    await add(ledger, 1)
    await ledger.close()
    chain = ledger.chain
    stale = await leases.take(session, chain)
    await leases.release(session, stale)
    fresh = await leases.take(other, chain)
    row = entry(chain, fresh.known, "2031-05-01T00:00:00.000000Z", "SurfaceAccess", {"number": 2})
    with pytest.raises(LeaseLost, match=chain):
        await leases.add(session, stale, [row])
    assert not await leases.is_held(session, stale)
    await leases.add(other, fresh, [row])
    with pytest.raises(DatabaseFailed, match="kanvas_ledger_pkey"):
        await leases.add(other, fresh, [row])
    await session.close()
    assert numbers(database, chain) == [1, 2]


async def test_a_process_whose_chain_was_taken_goes_on_with_another(
    database: Database, tmp_path: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line is dead, its session is ended by the database, and somebody else comes."""
    monkeypatch.setattr(leases, "HANDOVER", 0.1)
    async with before(database, sockets) as (proxy, url):
        one = await PostgresLedger.open(tmp_path / "one", Address(url))
        await add(one, 1)
        taken = one.chain
        proxy.hold()
        late = asyncio.create_task(add(one, 2))
        await proxy.held.wait()
        database.cut(taken)
        two = await database.open(tmp_path / "two")
        assert two.chain == taken
        await add(two, 3)
        proxy.go_on()
        with pytest.raises(LedgerUnavailable):
            await late
        await available(one)
        assert one.chain != taken
        assert await one.load("last") == b"1"
        await add(one, 4)
        await one.close()
        await two.close()
    assert numbers(database, taken) == [1, 3]
    assert numbers(database, one.chain) == [4]
    assert database.ledger("verify").code == 0


async def test_a_lease_that_is_lost_while_nothing_happens_is_noticed(
    database: Database, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kanvas_runtime.ledger.postgres.ledger.BEAT", 0.01)
    ledger = await database.open(directory)
    await add(ledger, 1)
    database.sql("UPDATE kanvas_chains SET epoch = epoch + 1")
    async with asyncio.timeout(60):
        while database.sql("SELECT epoch FROM kanvas_chains") < [(3,)]:
            await asyncio.sleep(0.01)
    await available(ledger)
    await add(ledger, 2)
    await ledger.close()
    assert numbers(database, ledger.chain) == [1, 2]


async def test_a_free_chain_is_taken_over_and_a_new_one_names_the_heads_of_all(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "HANDOVER", 0.1)
    old = await database.filled(tmp_path / "old", 2)
    database.let_go(old)
    one = await database.open(tmp_path / "one")
    assert one.chain == old
    await add(one, 3)
    two = await database.open(tmp_path / "two")
    await add(two, 1)
    back = await database.open(tmp_path / "old")
    await add(back, 1)
    assert len({one.chain, two.chain, back.chain}) == 3
    first = json.loads(database.bodies(back.chain)[0])
    heads = {name: value for name, value in first.items() if name.startswith("head.")}
    last = {each.chain: json.loads(database.bodies(each.chain)[-1]) for each in (one, two)}
    assert heads == {f"head.{chain}": f"{r['seq']}:{r['hash']}" for chain, r in last.items()}
    for ledger in (one, two, back):
        await ledger.close()
    assert database.ledger("verify").code == 0


async def test_the_first_record_of_a_chain_may_be_one_that_was_prepared(
    database: Database, tmp_path: Path
) -> None:
    one = await database.open(tmp_path / "one")
    await add(one, 1)
    two = await database.open(tmp_path / "two")
    form = two.form("SurfaceAccess", FACT, ("input_digest", "run"), ())
    await asyncio.gather(*[two.fill(form, (f"d{n}", f"run-{n}")) for n in range(3)])
    await asyncio.gather(one.close(), two.close())
    found = [json.loads(body) for body in database.bodies(two.chain)]
    assert [each["run"] for each in found] == ["run-0", "run-1", "run-2"]
    assert [f"head.{one.chain}" in each for each in found] == [True, False, False]
    assert database.ledger("verify").code == 0


@pytest.mark.parametrize("durable", [True, False])
async def test_values_of_a_process_that_ended_before_it_knew(
    database: Database, directory: Path, durable: bool
) -> None:
    """They count if their record is there, and else they never were."""
    await database.filled(directory, 2)
    last = database.records()[-1]
    kept = Kept(directory)
    place = Place(last["chain"], 1, Head(2 if durable else 3, last["hash"]))
    kept.prepare([Write("state", b"new")], place)
    kept.close()
    ledger = await database.open(directory)
    assert await ledger.load("state") == (b"new" if durable else None)
    await ledger.close()


async def test_acknowledged_records_that_are_missing_are_sealed_and_told(
    database: Database, directory: Path
) -> None:
    """As after a failover to a standby that was behind."""
    chain = await database.filled(directory, 5)
    head = json.loads(database.bodies(chain)[2])
    database.sql("DELETE FROM kanvas_ledger WHERE chain = $1 AND seq > 3", chain)
    database.sql(
        "UPDATE kanvas_chains SET seq = 3, hash = $2 WHERE chain = $1", chain, head["hash"]
    )
    ledger = await database.open(directory)
    await add(ledger, 1)
    await ledger.close()
    seal = json.loads(database.bodies(chain)[3])
    assert (seal["kind"], seal["reason"], seal["lost"]) == ("SegmentSealed", "torn_tail", 2)
    told = database.ledger("verify")
    assert told.code == 0
    assert "2 acknowledged records are missing" in told.out


async def test_a_chain_that_does_not_end_soundly_is_left_as_it_is(
    database: Database, directory: Path
) -> None:
    chain = await database.filled(directory, 3)
    database.sql("UPDATE kanvas_ledger SET machine = 'x' WHERE chain = $1 AND seq = 3", chain)
    ledger = await database.open(directory)
    await add(ledger, 1)
    await ledger.close()
    assert ledger.chain != chain
    assert len(database.bodies(chain)) == 3
    told = database.ledger("verify")
    assert told.code == 1
    assert "record 3 was changed" in told.out


async def test_a_fault_of_the_data_directory_is_one_of_the_ledger(
    database: Database, directory: Path
) -> None:
    ledger = await database.open(directory)
    stranger = sqlite3.connect(directory / "ledger.db", isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable, match="locked"):
        await add(ledger, 1)
    stranger.execute("ROLLBACK")
    stranger.close()
    await available(ledger)
    await add(ledger, 2)
    await ledger.close()
    assert numbers(database, ledger.chain) == [2]


async def test_what_cannot_be_a_text_of_postgres_is_in_the_record(
    database: Database, directory: Path
) -> None:
    await database.filled(directory, 1, principal="an\0na")
    (found,) = database.records()
    assert found["principal"] == "an\0na"
    assert database.ledger("verify").code == 0


async def test_a_database_that_does_not_answer_is_given_up(
    database: Database, directory: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line is open all the time."""
    async with before(database, sockets) as (proxy, url):
        ledger = await PostgresLedger.open(directory, Address(url))
        await add(ledger, 1)
        monkeypatch.setattr(driver, "ANSWER", 0.1)
        monkeypatch.setattr("kanvas_runtime.ledger.postgres.ledger.DOUBT", 0.1)
        proxy.hold()
        with pytest.raises(LedgerUnavailable, match="does not answer within"):
            await add(ledger, 2)
        assert not ledger.available
        monkeypatch.setattr(driver, "ANSWER", 60.0)
        proxy.go_on()
        await available(ledger)
        await add(ledger, 3)
        await ledger.close()
    assert numbers(database, ledger.chain)[-1] == 3
    assert database.ledger("verify").code == 0


async def test_a_statement_that_arrives_late_adds_nothing(
    database: Database, directory: Path, sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session is alive, nobody has taken its chain, and its caller was refused long ago."""
    async with before(database, sockets) as (proxy, url):
        ledger = await PostgresLedger.open(directory, Address(url))
        await add(ledger, 1)
        chain = ledger.chain
        monkeypatch.setattr(leases, "HANDOVER", 0.1)
        monkeypatch.setattr(driver, "ANSWER", 0.5)
        proxy.hold(old=True)
        late = asyncio.create_task(add(ledger, 2))
        await proxy.held.wait()
        with pytest.raises(LedgerUnavailable, match="does not answer within"):
            await late
        monkeypatch.setattr(driver, "ANSWER", 60.0)
        await available(ledger)
        assert ledger.chain != chain
        assert await ledger.load("last") == b"1"
        proxy.go_on()
        async with asyncio.timeout(60):
            while await asyncio.to_thread(database.holders, chain):
                await asyncio.sleep(0.01)
        assert numbers(database, chain) == [1]
        await add(ledger, 3)
        await ledger.close()
    assert numbers(database, ledger.chain) == [3]
    assert database.ledger("verify").code == 0


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_to_the_line(
    database: Database, directory: Path, sockets: Path, seed: int
) -> None:
    """Each record that was acknowledged is there, none is there twice, and the state is that of the
    last record that is there."""
    chance = random.Random(seed)
    chains, acknowledged = set(), []
    async with before(database, sockets) as (proxy, url):
        ledger = await PostgresLedger.open(directory, Address(url))
        for number in range(25):
            await available(ledger)
            chains.add(ledger.chain)
            fault = chance.choice((proxy.swallow, proxy.lose, *[lambda: None] * 6))
            several = [asyncio.create_task(add(ledger, number * 10 + n)) for n in range(3)]
            fault()
            results = await asyncio.gather(*several, return_exceptions=True)
            assert all(
                result is None or isinstance(result, LedgerUnavailable) for result in results
            )
            acknowledged += [number * 10 + n for n in range(3) if results[n] is None]
        await available(ledger)
        last = await ledger.load("last")
        await ledger.close()
    found = [number for chain in sorted(chains) for number in numbers(database, chain)]
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found)
    assert last == b"%d" % max(found)
    assert database.ledger("verify").code == 0
