"""What happened to a record that does not stand as it was written, in a sentence."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kanvas_runtime.ledger.check import disagreement, written
from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.records import Records
from kanvas_runtime.ledger.segment import KIND

Problem = Literal["changed", "dropped", "added", "reordered"]

_ARCHIVED = "; if they were archived, give the seal that was kept, with --seal"


class Fault(Struct, frozen=True):
    """The first record that is wrong, and what happened to it."""

    seq: int
    problem: Problem
    sentence: str


def explain(records: Records, before: Head, chain: str | None, row: Row) -> Fault:
    """Why `row` is not the record that follows `before` in `chain`."""
    due = before.seq + 1
    record = written(row)
    elsewhere = records.follower(before.hash, row.seq)
    if row.seq != due:
        return _misplaced(due, row.seq, record, elsewhere)
    if record is None:
        if elsewhere is not None:
            return _fault(due, "added", f"what was written there stands at place {elsewhere} now")
        return _fault(due, "changed", "its text no longer gives its hash")
    if _displaced(records, before, record):
        reason = f"what was written there stands at place {due} now"
        return _fault(before.seq, "added", reason)
    if record["seq"] != due:
        return _exchanged(due, record["seq"], elsewhere)
    if chain is not None and record["chain"] != chain:
        return _fault(due, "added", f"it belongs to another chain, {record['chain']}")
    if record["prev"] != before.hash:
        return _unlinked(due, elsewhere)
    column = disagreement(row, record)
    return _fault(due, "changed", f"its column `{column}` says something else than its text")


def remembered(seq: int, witness: str) -> Fault:
    """The chain is sound in itself, but not the one whose record `seq` was acknowledged."""
    return Fault(
        seq,
        "changed",
        f"record {seq} was changed: {witness} remembers another hash for it, so it, or "
        "an earlier record and all that follow, was written anew",
    )


def missing(first: int, last: int, archived: str = "") -> Fault:
    """Numbers that no record has, though later ones were written; `archived` tells what may be."""
    return Fault(
        first,
        "dropped",
        f"record {first} was dropped: it is missing"
        if first == last
        else f"record {first} was dropped: {first} to {last} are missing{archived}",
    )


def unreadable(seq: int, reason: Exception) -> Fault:
    """The file itself is damaged where the record should stand."""
    return _fault(seq, "changed", f"the file cannot be read there ({reason})")


def _fault(seq: int, problem: Problem, reason: str) -> Fault:
    return Fault(seq, problem, f"record {seq} was {problem}: {reason}")


def _displaced(records: Records, before: Head, record: dict[str, Scalar]) -> bool:
    """Whether it stood where `before` does now, which was made up to fit what is before both."""
    if record["seq"] != before.seq or record["hash"] == before.hash:
        return False
    intruder = records.at(before.seq)
    return intruder is not None and intruder.prev == record["prev"]


def _misplaced(
    due: int, seq: int, record: dict[str, Scalar] | None, elsewhere: int | None
) -> Fault:
    if seq < due:
        return _fault(seq, "added", "a chain begins with record 1")
    if record is not None and record["seq"] == due:
        return _fault(due, "changed", f"its column `seq` says {seq}")
    if elsewhere is not None:
        return _fault(due, "reordered", f"it stands at place {elsewhere} now")
    is_seal = due == 1 and record is not None and record["kind"] == KIND
    return missing(due, seq - 1, _ARCHIVED if is_seal else "")


def _exchanged(due: int, seq: Scalar, elsewhere: int | None) -> Fault:
    if isinstance(seq, int) and seq < due:
        return _fault(due, "added", f"it is a copy of record {seq}")
    if elsewhere is not None:
        reason = f"record {seq} stands in its place, and it stands at place {elsewhere} now"
        return _fault(due, "reordered", reason)
    return _fault(due, "dropped", f"record {seq} stands in its place")


def _unlinked(due: int, elsewhere: int | None) -> Fault:
    if elsewhere is not None:
        return _fault(due, "added", f"what was written there stands at place {elsewhere} now")
    if due == 1:
        return _fault(due, "changed", "it names a record before it, and a chain begins with it")
    reason = f"its hash was made anew, and is not the one that record {due} follows"
    return _fault(due - 1, "changed", reason)
