"""Whether one row is what the ledger wrote."""

from __future__ import annotations

import msgspec

from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.ledger.record import Row, rehashed
from kanvas_runtime.ledger.records import Values
from kanvas_runtime.ledger.table import COLUMNS

INDEX = COLUMNS[:-1]
"""The columns that repeat what `body` says."""

_MOST_ORDERS = 1_000
_orders: set[tuple[str, ...]] = set()
_last: tuple[str, ...] = ()

_decode = msgspec.json.Decoder(dict[str, Scalar]).decode


def sound(row: Values) -> bool:
    """Whether the row's text gives its hash, is canonical, and agrees with the other columns.

    The hash leaves out `prev` and `hash`: the columns must repeat them, and the order of the keys
    fixes where they stand.
    """
    # Written out, for this is where the time of `verify` goes.
    seq, schema, chain, at, kind, machine, run, principal, trace, prev, digest, body = row
    try:
        text = body.encode()
        record = _decode(text)
        said = record.get
        return (
            said("hash") == digest
            and said("prev") == prev
            and said("seq") == seq
            and said("at") == at
            and said("run") == run
            and said("kind") == kind
            and said("machine") == machine
            and said("principal") == principal
            and said("trace") == trace
            and said("chain") == chain
            and said("schema") == schema
            and rehashed(prev, text) == digest
            and _in_order(record)
        )
    except (AttributeError, ValueError, msgspec.DecodeError):
        return False  # no text at all (a blob), a key missing, no flat object


def written(row: Row) -> dict[str, Scalar] | None:
    """The record that the row's text holds, when that text gives the hash that it names itself."""
    try:
        text = row.body.encode()
        record = _decode(text)
        whole = rehashed(str(record.get("prev")), text) == record.get("hash")
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
    global _last
    keys = tuple(record)
    if keys == _last:
        return True
    if keys in _orders:
        _last = keys
        return True
    if list(keys) != sorted(keys):
        return False
    if len(_orders) < _MOST_ORDERS:
        _orders.add(keys)
    return True
