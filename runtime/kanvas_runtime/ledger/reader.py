"""Reading a ledger that somebody else may be writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kanvas_runtime.ledger import table
from kanvas_runtime.ledger.directory import DATABASE, LEASED
from kanvas_runtime.ledger.postgres.address import VARIABLE, Address, Source
from kanvas_runtime.ledger.records import Records


class NoLedger(Exception):
    """There is no ledger, or it may not be read. The message says which."""


@contextmanager
def reading(source: Source) -> Iterator[Sequence[Records]]:
    """The chains that are there. Raises `NoLedger`, whatever the reason."""
    look = _in_database(source) if isinstance(source, Address) else _in_directory(source)
    with look as chains:
        yield chains


def only(chains: Sequence[Records], chain: str) -> Records:
    """The chain with this id, or the one that a data directory has. Raises `NoLedger`."""
    for records in chains:
        if records.chain in (None, chain):
            return records
    raise NoLedger(f"the ledger has no chain {chain}")


@contextmanager
def _in_database(address: Address) -> Iterator[Sequence[Records]]:
    from kanvas_runtime.ledger.postgres.driver import DatabaseFailed
    from kanvas_runtime.ledger.postgres.records import reading as reading_there

    try:
        with reading_there(address) as found:
            yield found.chains()
    except DatabaseFailed as error:
        raise NoLedger(str(error)) from error


@contextmanager
def _in_directory(directory: Path) -> Iterator[Sequence[Records]]:
    path = directory / DATABASE
    try:
        if not path.is_file():
            raise NoLedger(f"there is no ledger in {directory}")
        connection = table.connect_to_read(path)
        try:
            records = table.Table(connection)
            if (directory / LEASED).exists() and records.bounds() is None:
                raise NoLedger(
                    f"the records of {directory} are in Postgres: set {VARIABLE}, or give --ledger"
                )
            yield (records,)
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        raise NoLedger(f"{path} cannot be read: {error}") from error
