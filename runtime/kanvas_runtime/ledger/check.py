"""Whether one row is what the ledger wrote."""

from __future__ import annotations

import msgspec

from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.ledger.record import chained, cut
from kanvas_runtime.ledger.table import COLUMNS, Row

INDEX = COLUMNS[:-1]
"""The columns that repeat what `body` says."""

_decode = msgspec.json.Decoder(dict[str, Scalar]).decode


def sound(row: Row) -> bool:
    """Whether the row's text gives its hash, is canonical, and agrees with the other columns.

    The hash leaves out `prev` and `hash`: the columns must repeat them, and the order of the keys
    fixes where they stand.
    """
    try:
        text = row.body.encode()
        record = _decode(text)
        return (
            tuple(map(record.get, INDEX)) == row[:-1]
            and chained(row.prev, cut(text)[0]) == row.hash
            and list(record) == sorted(record)
        )
    except (AttributeError, ValueError, msgspec.DecodeError):
        return False  # no text at all (a blob), a key missing, no flat object


def written(row: Row) -> dict[str, Scalar] | None:
    """The record that the row's text holds, when that text gives the hash that it names itself."""
    try:
        text = row.body.encode()
        record = _decode(text)
        whole = chained(str(record.get("prev")), cut(text)[0]) == record.get("hash")
    except (AttributeError, ValueError, msgspec.DecodeError):
        return None
    return record if whole and list(record) == sorted(record) else None


def disagreement(row: Row, record: dict[str, Scalar]) -> str | None:
    """The first column that says something else than the record's text."""
    for name, value in zip(INDEX, row[:-1], strict=True):
        if record.get(name) != value:
            return name
    return None
