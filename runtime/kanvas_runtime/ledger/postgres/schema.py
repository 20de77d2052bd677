"""The two tables: records of all chains, and who writes which of them."""

from __future__ import annotations

from kanvas_runtime.ledger.postgres.driver import DatabaseFailed, Session
from kanvas_runtime.ledger.record import Row

TABLES = """\
CREATE TABLE IF NOT EXISTS kanvas_ledger (
    seq bigint NOT NULL,
    schema integer NOT NULL,
    chain text COLLATE "C" NOT NULL,
    at text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    machine text COLLATE "C",
    run text COLLATE "C",
    principal text COLLATE "C",
    trace text COLLATE "C",
    prev text COLLATE "C" NOT NULL,
    hash text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    PRIMARY KEY (chain, seq)
);
CREATE INDEX IF NOT EXISTS kanvas_ledger_run ON kanvas_ledger (run) WHERE run IS NOT NULL;
CREATE INDEX IF NOT EXISTS kanvas_ledger_seals ON kanvas_ledger (chain, seq)
    WHERE kind = 'SegmentSealed';
CREATE TABLE IF NOT EXISTS kanvas_chains (
    chain text COLLATE "C" PRIMARY KEY,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    hash text COLLATE "C" NOT NULL,
    holder text NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
"""
RIGHTS = """\
GRANT SELECT, INSERT ON kanvas_ledger TO app;
GRANT SELECT, INSERT, UPDATE ON kanvas_chains TO app;
"""
"""What a process that serves needs, once the tables are there. It can then neither change nor
remove a record."""

COLUMNS = ", ".join(Row._fields)

_HERE = (
    "SELECT to_regclass('kanvas_ledger') IS NOT NULL AND to_regclass('kanvas_chains') IS NOT NULL"
)
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('kanvas tables', 0));\n"


async def are_there(session: Session) -> bool:
    """Whether somebody has made the tables."""
    return bool(await session.value(_HERE))


async def prepare(session: Session) -> None:
    """Make the tables where they are missing, and see that commits are what they are to be.

    Raises `DatabaseFailed`.
    """
    encoding, fsync, commits = await _settings(session)
    if encoding != "UTF8":
        raise DatabaseFailed(
            f"the database keeps texts as {encoding}, and the ledger needs one with UTF8"
        )
    if fsync == "off":
        raise DatabaseFailed(
            "fsync is off in this Postgres, so what it has acknowledged may be lost: turn it on"
        )
    if commits == "off":
        await session.script("SET synchronous_commit = on")
    if not await are_there(session):
        await session.script(_ONE_AT_A_TIME + TABLES)


async def _settings(session: Session) -> list[str]:
    names = ("server_encoding", "fsync", "synchronous_commit")
    return [str(await session.value("SELECT current_setting($1)", name)) for name in names]
