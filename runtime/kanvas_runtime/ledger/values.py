"""The table `kept`: values by key, beside the records so that one transaction holds both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from kanvas_runtime.ledger.interface import Write

CREATE = "CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB NOT NULL)"


def keep(connection: sqlite3.Connection, writes: Iterable[Write]) -> None:
    """Put the values in the place of those before; of two with one key the last counts."""
    for key, value in writes:
        if value:
            connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (key, value))
        else:
            connection.execute("DELETE FROM kept WHERE key = ?", (key,))


def load(connection: sqlite3.Connection, key: str) -> bytes | None:
    """The value under a key."""
    found = connection.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
    return None if found is None else bytes(found[0])


def scan(connection: sqlite3.Connection, prefix: str) -> list[Write]:
    """What is kept under keys that begin so, which ends in a character that has a next one."""
    end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    found = "SELECT key, value FROM kept WHERE key >= ? AND key < ?"
    return [Write(*row) for row in connection.execute(found, (prefix, end))]


def every(connection: sqlite3.Connection) -> list[Write]:
    """All that is kept; nothing when the table was never made."""
    if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'kept'").fetchone():
        return []
    return [Write(*row) for row in connection.execute("SELECT key, value FROM kept ORDER BY key")]
