"""Whether one row is what the ledger wrote."""

from __future__ import annotations

import msgspec

from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.ledger.record import Row, chained, cut
from kanvas_runtime.ledger.records import Values
from kanvas_runtime.ledger.table import COLUMNS

INDEX = COLUMNS[:-1]
"""The columns that repeat what `body` says."""

_MOST_ORDERS = 1_000
_orders: set[tuple[str, ...]] = set()

_decode = msgspec.json.Decoder(dict[str, Scalar]).decode


def sound(row: Values) -> bool:
    """Whether the row's text gives its hash, is canonical, and agrees with the other columns.

    The hash leaves out `prev` and `hash`: the columns must repeat them, and the order of the keys
    fixes where they stand.
    """
    prev, digest, body = row[-3:]
    try:
        text = body.encode()
        record = _decode(text)
        return (
            tuple(map(record.get, INDEX)) == row[:-1]
            and chained(prev, cut(text)[0]) == digest
            and _in_order(record)
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
    return record if whole and _in_order(record) else None


def disagreement(row: Row, record: dict[str, Scalar]) -> str | None:
    """The first column that says something else than the record's text."""
    for name, value in zip(INDEX, row[:-1], strict=True):
        if record.get(name) != value:
            return name
    return None


def _in_order(record: dict[str, Scalar]) -> bool:
    """Whether the keys are sorted. Records have few shapes, and those seen need no sorting."""
    keys = tuple(record)
    if keys in _orders:
        return True
    if list(keys) != sorted(keys):
        return False
    if len(_orders) < _MOST_ORDERS:
        _orders.add(keys)
    return True
