"""Reading a ledger that somebody else may be writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kanvas_runtime.ledger import table
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.ledger.records import Records


class NoLedger(Exception):
    """There is no ledger, or it may not be read. The message says which."""


@contextmanager
def reading(directory: Path) -> Iterator[Sequence[Records]]:
    """The chains of a data directory, of which there is one. Raises `NoLedger`, whatever the
    reason."""
    path = directory / DATABASE
    try:
        if not path.is_file():
            raise NoLedger(f"there is no ledger in {directory}")
        connection = table.connect_to_read(path)
        try:
            yield (table.Table(connection),)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        raise NoLedger(f"{path} cannot be read: {error}") from error
