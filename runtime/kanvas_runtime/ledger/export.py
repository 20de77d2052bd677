"""Records for other programs: their exact texts, or a table for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import IO

from msgspec.structs import replace

from kanvas_runtime.ledger.choice import Choice, content, in_time, merged
from kanvas_runtime.ledger.record import Row
from kanvas_runtime.ledger.records import Records
from kanvas_runtime.ledger.table import COLUMNS

_COMMON = COLUMNS[:-1]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet compute a cell


def lines(chains: Sequence[Records], choice: Choice) -> Iterator[str]:
    """The exact texts, as they can be verified elsewhere."""
    return (str(row.body) for row in merged(chains, choice))


def write_table(chains: Sequence[Records], choice: Choice, out: IO[str]) -> None:
    """A header, then a line a record: the common fields, then every other one that occurs.

    Two passes up to the same last records, so that the header has a place for each field, even
    while a server goes on writing.
    """
    choices = [(records, replace(choice, last=_last(records))) for records in chains]
    others: set[str] = set()
    for row in _rows(choices):
        others.update(content(row))
    names = [*_COMMON, *sorted(others.difference(_COMMON))]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in _rows(choices):
        record = content(row)
        writer.writerow([_cell(record.get(name, "")) for name in names])


def _rows(choices: Sequence[tuple[Records, Choice]]) -> Iterator[Row]:
    return in_time([choice.rows(records) for records, choice in choices])


def _last(records: Records) -> int:
    bounds = records.bounds()
    return bounds[1] if bounds else 0


def _cell(value: object) -> object:
    """Text that a stranger chose must not become a formula: it gets an apostrophe before it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
