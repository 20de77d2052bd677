"""What keeps a ledger from being opened is said with its remedy, and without the password."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from kanvas_runtime.ledger import LedgerUnavailable
from kanvas_runtime.ledger.postgres import driver, schema
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.ledger import PostgresLedger
from kanvas_runtime.ledger.writer import Ledger

from tests.postgres.databases import FACT, Database


async def told(directory: Path, url: str) -> str:
    """Why no ledger can be kept there; the directory is free again afterwards."""
    with pytest.raises(LedgerUnavailable, match="no ledger can be kept: ") as caught:
        await PostgresLedger.open(directory, Address(url))
    await (await Ledger.open(directory)).close()
    return str(caught.value)


async def test_without_the_package(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    said = await told(directory, "postgresql://ann:tops3cret@db/desk")
    assert said.endswith(
        "KANVAS_LEDGER needs one more package: pip install 'kanvas-runtime[postgres]'"
    )


async def test_where_nobody_listens(directory: Path, tmp_path: Path) -> None:
    said = await told(directory, f"postgresql://ann:tops3cret@/desk?host={tmp_path}")
    assert f"postgresql://ann@/desk?host={tmp_path}: " in said
    assert said.endswith("(no Postgres can be reached there: start it, or correct KANVAS_LEDGER)")


async def test_a_database_that_is_not_there(database: Database, directory: Path) -> None:
    said = await told(directory, database.url.replace("@/postgres", "@/nowhere"))
    assert 'database "nowhere" does not exist (make it (`createdb`), or name another one)' in said


async def test_a_user_who_is_not_let_in(database: Database, directory: Path) -> None:
    said = await told(directory, database.url.replace("kanvas@", "nobody:tops3cret@"))
    assert 'role "nobody" does not exist (it does not let nobody in: look at user' in said
    assert "tops3cret" not in said


async def test_an_option_that_makes_no_sense(database: Database, directory: Path) -> None:
    said = await told(directory, database.url + "&sslmode=perhaps")
    assert "sslmode" in said


async def test_a_server_that_is_too_old(
    database: Database, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "OLDEST", 99)
    assert "and 99 is the oldest for us" in await told(directory, database.url)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("server_encoding", "LATIN1", "keeps texts as LATIN1, and the ledger needs one with UTF8"),
        ("fsync", "off", "fsync is off in this Postgres"),
    ],
)
async def test_a_server_that_is_not_to_be_trusted(
    database: Database,
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
    sentence: str,
) -> None:
    found = {"server_encoding": "UTF8", "fsync": "on", "synchronous_commit": "on"}

    async def settings(_session: Any) -> list[str]:
        return list((found | {setting: value}).values())

    monkeypatch.setattr(schema, "_settings", settings)
    assert sentence in await told(directory, database.url)


async def test_a_database_that_does_not_wait_for_its_disk_is_made_to(
    database: Database, directory: Path
) -> None:
    url = database.url + "&synchronous_commit=off"
    ledger = await PostgresLedger.open(directory, Address(url))
    shown = "SELECT current_setting('synchronous_commit')"
    assert await ledger._store.session.value(shown) == "on"
    await ledger.close()


@pytest.fixture
def role(database: Database) -> Iterator[str]:
    """A user who may use the schema, and nothing else."""
    name = f"{database.schema}_app"
    database.sql(f"CREATE ROLE {name} LOGIN")
    database.sql(f"GRANT USAGE ON SCHEMA {database.schema} TO {name}")
    yield name
    database.sql(f"DROP OWNED BY {name}")
    database.sql(f"DROP ROLE {name}")


async def test_a_user_without_rights_and_one_who_can_only_add(
    database: Database, directory: Path, tmp_path: Path, role: str
) -> None:
    url = database.url.replace("kanvas@", f"{quote(role)}@")
    said = await told(directory, url)
    assert f"permission denied for schema {database.schema} ({role} needs more rights" in said
    await database.filled(tmp_path / "owner", 1)
    said = await told(directory, url)
    assert f"permission denied for table kanvas_chains ({role} needs more rights there" in said
    for grant in schema.RIGHTS.strip().splitlines():
        database.sql(grant.replace("TO app", f"TO {role}"))
    ledger = await PostgresLedger.open(directory, Address(url))
    await ledger.append("SurfaceAccess", FACT)
    await ledger.close()
    connection = await asyncpg.connect(url)
    try:
        for statement in ("DELETE FROM kanvas_ledger", "UPDATE kanvas_ledger SET machine = 'x'"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_two_processes_may_make_the_tables_at_once(
    database: Database, tmp_path: Path
) -> None:
    opened = [database.open(tmp_path / name) for name in ("one", "two", "three")]
    ledgers = await asyncio.gather(*opened)
    assert len({ledger.chain for ledger in ledgers}) == 3
    await asyncio.gather(*[ledger.append("SurfaceAccess", FACT) for ledger in ledgers])
    await asyncio.gather(*[ledger.close() for ledger in ledgers])
    assert database.ledger("verify").code == 0


async def test_a_standby_is_not_written(
    database: Database, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver.Session, "is_primary", False)
    said = await told(directory, database.url)
    assert "is a standby, which cannot be written: name the primary" in said
