"""Records for other programs: their exact texts, or a table for a spreadsheet."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from kanvas_runtime.ledger import table
from kanvas_runtime.ledger.choice import Choice, content
from kanvas_runtime.ledger.record import Head
from kanvas_runtime.ledger.table import COLUMNS

_COMMON = COLUMNS[:-1]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet compute a cell


def lines(connection: sqlite3.Connection, choice: Choice) -> Iterator[str]:
    """The exact texts, as they can be verified elsewhere."""
    return (str(row.body) for row in choice.rows(connection))


def write_table(connection: sqlite3.Connection, choice: Choice, out: IO[str]) -> None:
    """A header, then a line a record: the common fields, then every other one that occurs.

    Two passes up to the same last record, so that the header has a place for each field, even
    while a server goes on writing.
    """
    last = _head(connection).seq
    choice = replace(choice, last=last if choice.last is None else min(last, choice.last))
    others: set[str] = set()
    for row in choice.rows(connection):
        others.update(content(row))
    names = [*_COMMON, *sorted(others.difference(_COMMON))]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in choice.rows(connection):
        record = content(row)
        writer.writerow([_cell(record.get(name, "")) for name in names])


def _head(connection: sqlite3.Connection) -> Head:
    rows = table.last(connection, 1)
    return Head(rows[0].seq, rows[0].hash) if rows else Head()


def _cell(value: object) -> object:
    """Text that a stranger chose must not become a formula: it gets an apostrophe before it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
