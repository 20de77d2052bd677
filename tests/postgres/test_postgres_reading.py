"""Commands on a ledger that is in Postgres: what they say of chains, sound and broken."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kanvas_runtime.dev import play
from kanvas_runtime.ledger.choice import Choice
from kanvas_runtime.ledger.glance import glance, news
from kanvas_runtime.ledger.postgres.schema import COLUMNS
from kanvas_runtime.ledger.reader import NoLedger
from kanvas_runtime.ledger.record import OURS, Head, entry

from tests.postgres.cluster import Cluster
from tests.postgres.databases import FACT, Database, command
from tests.runtime.ledger.processes import running

OLD = datetime(2031, 5, 1, 8, tzinfo=UTC)
NEW = datetime(2031, 5, 2, 8, tzinfo=UTC)


async def _two_chains(database: Database, folder: Path) -> tuple[str, str]:
    """One of six records, then one of four whose first names the third of the other."""
    one = await database.open(folder / "one")
    for number in range(3):
        await one.append("SurfaceAccess", {**FACT, "run": f"one-{number}-of-six"})
    two = await database.open(folder / "two")
    for number in range(4):
        await two.append("SurfaceAccess", {**FACT, "run": f"two-{number}-of-four"})
    for number in range(3, 6):
        fact = {**FACT, "run": f"one-{number}-of-six", "outcome": "step_failed"}
        await one.append("SurfaceAccess", fact)
    await asyncio.gather(one.close(), two.close())
    return one.chain, two.chain


@pytest.fixture(scope="module")
def shared(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, str, str]:
    """A database that nobody changes, and its two chains."""
    database = Database(cluster, "reading")
    database.begin()
    chains = asyncio.run(_two_chains(database, tmp_path_factory.mktemp("chains")))
    return database, *chains


@pytest.fixture
def copy(database: Database, shared: tuple[Database, str, str]) -> tuple[Database, str, str]:
    """The same, to tamper with."""
    original, one, two = shared
    for name in ("kanvas_ledger", "kanvas_chains"):
        source = f"{original.schema}.{name}"
        database.sql(f"CREATE TABLE {name} (LIKE {source} INCLUDING ALL)")
        database.sql(f"INSERT INTO {name} SELECT * FROM {source}")
    return database, one, two


def test_a_sound_ledger_is_told_by_chain(shared: tuple[Database, str, str]) -> None:
    database, one, two = shared
    told = database.ledger("verify")
    heads = [json.loads(database.bodies(chain)[-1])["hash"] for chain in (one, two)]
    assert told.out.splitlines() == [
        f"chain {one}",
        f"  sound: 6 records, head {heads[0]}",
        f"chain {two}",
        f"  sound: 4 records, head {heads[1]}",
        "sound: 2 chains, 10 records",
    ]
    assert told.err == f"ledger: {database.address}\n"
    report = json.loads(database.ledger("verify", "--json").out)
    assert report["ok"]
    assert [each["records"] for each in report["chains"]] == [6, 4]


TAMPERING = [
    (
        "UPDATE kanvas_ledger SET body = replace(body, 'anna', 'otto')"
        " WHERE chain = $1 AND seq = 2",
        "record 2 was changed: its text no longer gives its hash",
    ),
    (
        "UPDATE kanvas_ledger SET machine = 'x' WHERE chain = $1 AND seq = 2",
        "record 2 was changed: its column `machine` says something else than its text",
    ),
    (
        "DELETE FROM kanvas_ledger WHERE chain = $1 AND seq = 2",
        "record 2 was dropped: it is missing",
    ),
    (
        "DELETE FROM kanvas_ledger WHERE chain = $1 AND seq > 4",
        "record 5 was dropped: 5 to 6 are missing",
    ),
    (
        "UPDATE kanvas_ledger SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END"
        " WHERE chain = $1 AND seq IN (2, 3)",
        "record -3 was added: a chain begins with record 1",
    ),
    (
        "INSERT INTO kanvas_ledger SELECT 7, schema, chain, at, kind, machine, run, principal,"
        " trace, prev, hash, body FROM kanvas_ledger WHERE chain = $1 AND seq = 2",
        "record 7 was added: it is a copy of record 2",
    ),
    (
        "DELETE FROM kanvas_chains WHERE chain = $1",
        "after record 6 some may have been dropped: the table of chains does not have this one",
    ),
    (
        "UPDATE kanvas_chains SET hash = repeat('a', 64) WHERE chain = $1",
        "record 6 was changed: the table of chains remembers another hash for it",
    ),
    (
        "WITH gone AS (DELETE FROM kanvas_chains WHERE chain = $1)"
        " DELETE FROM kanvas_ledger WHERE chain = $1",
        "record 1 was dropped: all of the chain is missing, of which record 1 of the chain",
    ),
    (
        "WITH cut AS (UPDATE kanvas_chains AS c SET seq = 2, hash = l.hash FROM kanvas_ledger AS l"
        " WHERE c.chain = $1 AND l.chain = $1 AND l.seq = 2)"
        " DELETE FROM kanvas_ledger WHERE chain = $1 AND seq > 2",
        "record 3 was dropped: it is missing",
    ),
]


@pytest.mark.parametrize(("statement", "sentence"), TAMPERING)
def test_tampering_is_named(copy: tuple[Database, str, str], statement: str, sentence: str) -> None:
    """Chain by chain, and by what chains say of each other: whoever shortens a chain and what the
    database knows of it would have to write the later chains anew as well."""
    database, one, two = copy
    database.sql(statement, one)
    told = database.ledger("verify")
    assert told.code == 1
    assert sentence in told.out
    lines = told.out.splitlines()
    assert lines[lines.index(f"chain {two}") + 1].startswith("  sound: 4 records")
    assert lines[-1].startswith("broken: 2 chains")
    report = json.loads(database.ledger("verify", "--json").out)
    assert [each["chain"] for each in report["chains"] if each["fault"]] == [one]


async def test_a_chain_that_was_written_anew_contradicts_a_later_one(
    database: Database, tmp_path: Path
) -> None:
    """It is sound in itself."""
    one, two = await _two_chains(database, tmp_path)
    database.sql("DELETE FROM kanvas_ledger WHERE chain = $1", one)
    database.sql("DELETE FROM kanvas_chains WHERE chain = $1", one)
    anew = Database(database.cluster, f"{database.schema}_anew")
    anew.begin()
    other = await anew.filled(tmp_path / "anew", 6)
    forged = [body.replace(other, one) for body in anew.bodies(other)]
    _forge(database, one, forged)
    told = database.ledger("verify")
    assert told.code == 1
    assert f"record 3 was changed: record 1 of the chain {two} remembers another hash" in told.out


def _forge(database: Database, chain: str, bodies: list[str]) -> None:
    """A chain with these contents, hashes made anew."""
    head = Head()
    for body in bodies:
        record = json.loads(body)
        head = _add(database, chain, head, record["at"], {**record, "principal": "otto"})
    columns = "chain, epoch, seq, hash, holder"
    database.sql(f"INSERT INTO kanvas_chains ({columns}) VALUES ($1, 1, $2, $3, '')", chain, *head)


def _add(database: Database, chain: str, head: Head, at: str, record: dict[str, Any]) -> Head:
    """One record, as somebody writes it who knows how."""
    fields = {name: value for name, value in record.items() if name not in OURS}
    row = entry(chain, head, at, "SurfaceAccess", fields)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    database.sql(f"INSERT INTO kanvas_ledger ({COLUMNS}) VALUES ({places})", *row)
    return Head(row.seq, row.hash)


async def test_a_record_that_somebody_else_adds_is_named_and_the_chain_is_left(
    database: Database, directory: Path
) -> None:
    """It has all the right hashes."""
    chain = await database.filled(directory, 2)
    last = json.loads(database.bodies(chain)[-1])
    _add(database, chain, Head(2, last["hash"]), last["at"], last)
    told = database.ledger("verify")
    assert told.code == 1
    assert "record 3 was added: the table of chains says that the chain ends before" in told.out
    assert await database.filled(directory, 1) != chain


def test_records_of_all_chains_are_told_in_the_order_of_their_times(
    shared: tuple[Database, str, str],
) -> None:
    database, one, _ = shared
    found = database.records()
    assert [each["at"] for each in found] == sorted(each["at"] for each in found)
    assert len(found) == 10
    tail = database.ledger("tail", "-n", "3", "--json").out.splitlines()
    assert [json.loads(line) for line in tail] == found[-3:]
    assert database.ledger("tail", "-n", "0").out == ""
    failed = database.ledger("query", "--outcome", "refused", "--json").out.splitlines()
    assert [json.loads(line)["chain"] for line in failed] == [one] * 3
    table = database.ledger("export", "--format", "csv").out.splitlines()
    assert len(table) == 11
    assert f"head.{one}" in table[0].split(",")


def test_one_run_is_found_in_whichever_chain(shared: tuple[Database, str, str]) -> None:
    database, *_ = shared
    assert "run two-1-of-four of parcels" in database.ledger("show", "two-1-of").out
    told = database.ledger("show", "two-")
    assert told.code == 2
    assert "is the beginning of several runs" in told.err
    assert "no record is about a run" in database.ledger("show", "three-1-of").err


def test_the_view_looks_at_one_chain(shared: tuple[Database, str, str]) -> None:
    """Its newest records, page by page, and what comes behind one."""
    database, one, _ = shared
    seen = glance(database.address, one, Choice(), 4)
    assert seen.end is not None
    assert (seen.end.chain, seen.end.head.seq, seen.end.fault) == (one, 6, None)
    older = glance(database.address, one, Choice(), 4, seen.before)
    assert [row.seq for row in (*seen.rows, *older.rows)] == [6, 5, 4, 3, 2, 1]
    found = news(database.address, one, Choice(outcome="ok"), 1, 10)
    assert found is not None
    assert ([row.seq for row in found.rows], found.seen) == ([2, 3], 6)
    assert news(database.address, one, Choice(), 6, 10) is None
    with pytest.raises(NoLedger, match="has no chain another"):
        glance(database.address, "another", Choice(), 4)


async def test_following_goes_on_with_all_chains(database: Database, tmp_path: Path) -> None:
    one = await database.open(tmp_path / "one")
    await one.append("SurfaceAccess", {**FACT, "number": 1})
    program = "import sys; from kanvas_runtime.cli import main; main(sys.argv[1:])"
    arguments = ("ledger", "tail", "-f", "--json", "--ledger", database.url)
    with running(program, *arguments) as process:
        assert process.stdout is not None
        seen = [json.loads(await asyncio.to_thread(process.stdout.readline))]
        two = await database.open(tmp_path / "two")
        for number in (2, 3):
            for ledger in (one, two):
                await ledger.append("SurfaceAccess", {**FACT, "number": number})
        for _ in range(4):
            seen.append(json.loads(await asyncio.to_thread(process.stdout.readline)))
    await asyncio.gather(one.close(), two.close())
    assert sorted(each["number"] for each in seen) == [1, 2, 2, 3, 3]


def test_anchors_of_all_chains(
    copy: tuple[Database, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, one, two = copy
    key = tmp_path / "anchor.pem"
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = Ed25519PrivateKey.generate()
    key.write_bytes(secret.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    monkeypatch.setenv("KANVAS_ANCHOR_KEY_FILE", str(key))
    anchors = tmp_path / "anchors.jsonl"
    anchors.write_text(database.ledger("anchor").out, "utf-8")
    signed = [json.loads(line) for line in anchors.read_text("utf-8").splitlines()]
    assert [(each["chain"], each["seq"]) for each in signed] == [(one, 6), (two, 4)]
    assert database.ledger("verify", "--anchors", anchors).code == 0
    database.sql("DELETE FROM kanvas_ledger WHERE chain = $1", two)
    database.sql("DELETE FROM kanvas_chains WHERE chain = $1", two)
    assert database.ledger("verify").code == 0, "the last chain that was begun is known to nobody"
    told = database.ledger("verify", "--anchors", anchors)
    assert told.code == 1
    assert "all of the chain is missing, of which an anchor of" in told.out


async def test_segments_that_were_sealed_are_archived_while_the_app_runs(
    database: Database, directory: Path, tmp_path: Path
) -> None:
    times = iter([OLD, OLD, NEW, NEW])
    ledger = await database.open(directory, clock=lambda: next(times))
    for number in range(3):
        await ledger.append("SurfaceAccess", {**FACT, "number": number})
    chain = ledger.chain
    before = database.bodies(chain)
    assert json.loads(before[2])["kind"] == "SegmentSealed"
    files = tmp_path / "files"
    told = database.ledger("archive", "--before", "2031-05-02", "--data-dir", files)
    assert told.code == 0, told.err
    await ledger.append("SurfaceAccess", {**FACT, "number": 3})
    await ledger.close()
    (file,) = files.glob("*.db")
    assert file.name == f"ledger.archive-{chain}-{1:012d}-{3:012d}.db"
    with closing(sqlite3.connect(file)) as archive:
        assert [body for (body,) in archive.execute("SELECT body FROM ledger")] == before[:3]
    assert database.bodies(chain)[:2] == before[2:]
    missing = database.ledger("verify")
    assert missing.code == 1
    assert "record 1 was dropped: 1 to 2 are missing; if they were archived" in missing.out
    seal = told.out.splitlines()[1].removeprefix("keep this seal: ")
    assert database.ledger("verify", "--seal", seal).code == 0
    again = database.ledger("archive", "--before", "2031-05-02", "--delete", "--data-dir", files)
    assert again.out.startswith("nothing to archive")


async def test_a_segment_that_is_not_sound_is_not_archived(
    database: Database, directory: Path
) -> None:
    times = iter([OLD, OLD, NEW])
    ledger = await database.open(directory, clock=lambda: next(times))
    for number in range(3):
        await ledger.append("SurfaceAccess", {**FACT, "number": number})
    await ledger.close()
    database.sql("UPDATE kanvas_ledger SET machine = 'x' WHERE seq = 1")
    told = database.ledger("archive", "--before", "2031-05-02", "--delete")
    assert told.code == 2
    assert "record 1 is not what was written there, so nothing was archived" in told.err
    assert len(database.bodies(ledger.chain)) == 4


def test_no_ledger_there(database: Database) -> None:
    told = database.ledger("tail")
    assert told.code == 2
    assert f"there is no ledger in {database.address}" in told.err
    told = command("ledger", "tail", "--ledger", "sqlite:///x")
    assert "KANVAS_LEDGER is the address of a Postgres database" in told.err


async def test_a_directory_whose_records_are_elsewhere_says_so(
    database: Database, directory: Path
) -> None:
    await database.filled(directory, 1)
    told = command("ledger", "tail", "--data-dir", directory)
    assert told.code == 2
    assert "are in Postgres: set KANVAS_LEDGER, or give --ledger" in told.err


async def test_a_key_that_is_made_while_no_app_runs_is_on_record_there(
    database: Database, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = await database.filled(directory, 1)
    monkeypatch.setenv("KANVAS_LEDGER", database.url)
    assert command("keys", "new", "otto", "--data-dir", directory).code == 0
    (record,) = [each for each in database.records() if each.get("path") == "keys.new"]
    assert (record["chain"], record["seq"], record["key_name"]) == (chain, 2, "otto")


async def test_the_playground_shows_the_chain_of_its_app(
    database: Database, tmp_path: Path
) -> None:
    await database.filled(tmp_path / "one", 3)
    one = await database.open(tmp_path / "one")
    await database.filled(tmp_path / "two", 1)
    place = database.address, tmp_path / "one"
    assert await asyncio.to_thread(play._newest, place) == 3
    found = await asyncio.to_thread(play._since, place, 1)
    assert [each["seq"] for each in found] == [2, 3]
    await one.close()
    nobody = database.address, tmp_path / "three"
    assert await asyncio.to_thread(play._newest, nobody) == -1
    assert await asyncio.to_thread(play._since, nobody, 0) == []
