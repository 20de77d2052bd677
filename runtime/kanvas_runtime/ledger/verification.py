"""Walk a chain from its first record to its last, and name the first thing that is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from kanvas_runtime.ledger import anchor, diagnose, seal, stretches
from kanvas_runtime.ledger.anchor import Anchor
from kanvas_runtime.ledger.check import sound, written
from kanvas_runtime.ledger.diagnose import Fault
from kanvas_runtime.ledger.directory import WITNESS
from kanvas_runtime.ledger.reader import reading
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.records import Records, Values
from kanvas_runtime.ledger.segment import KIND
from kanvas_runtime.ledger.stretches import Checked, Stretch
from kanvas_runtime.ledger.table import COLUMNS
from kanvas_runtime.ledger.witness import Testimony, recall

_SEQ, _CHAIN, _KIND, _PREV, _HASH = map(COLUMNS.index, ("seq", "chain", "kind", "prev", "hash"))


@dataclass
class Verification:
    """What was found. `head` is the last sound record before the fault, or the last of all.

    `seals` tells of torn tails that the ledger itself found and recorded; `lost` has for each
    after which record how many were missing.
    """

    chain: str | None = None
    head: Head = field(default_factory=Head)
    seals: list[str] = field(default_factory=list)
    fault: Fault | None = None
    lost: list[tuple[int, int]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


def verify(
    directory: Path,
    progress: Callable[[int], None] = lambda seq: None,
    sealed: Head = Head(),  # noqa: B008  (it cannot change)
    anchors: Iterable[Anchor] = (),
    workers: int = 1,
) -> Verification:
    """Check every record of the ledger in a data directory, also while a server writes it.

    `sealed` is the last of records that were archived: what is missing up to it is no fault.
    `anchors` must agree with the chain; whoever gives them has checked their signatures.
    `progress` is called now and then with the number of the last record that was checked.
    `workers` processes share the work; more than one only where this one has no threads.
    Raises `NoLedger` when there is none or it cannot be read.
    """
    testimony = recall(directory / WITNESS)  # before the table, which may grow meanwhile
    with reading(directory) as (records,):
        found = Verification(head=sealed)
        try:
            if workers > 1:
                _walk_together(directory, records, found, progress, workers)
            walk(records, found, progress)
        except sqlite3.DatabaseError as error:
            if not seal.damaged(error):
                raise
            _crawl(records, found)
        if found.ok and testimony:
            found.fault = contradiction(records, found.head, testimony)
        if found.ok:
            found.fault = anchor.contradiction(records, found.chain, found.head, sealed, anchors)
        return found


def recent(records: Records, count: int) -> tuple[int, Verification]:
    """Check so many records at the end; the number of the first of them, and what was found."""
    rows = records.last(count)
    if not rows:
        return 0, Verification()
    found = Verification(head=Head(rows[0].seq - 1, rows[0].prev))
    wrong = _advance(found, rows)
    if wrong:
        found.fault = diagnose.explain(records, found.head, found.chain, wrong)
    return rows[0].seq, found


def _walk_together(
    directory: Path,
    records: Records,
    found: Verification,
    progress: Callable[[int], None],
    workers: int,
) -> None:
    """Go on in whole stretches as far as all is sound. What is wrong is found by who follows."""
    parts = stretches.stretches(records, found.head.seq)
    if len(parts) < workers:
        return
    checked = stretches.check_all(directory, found.head, parts, _stretch, workers)
    with closing(checked) as all_checked:
        for each in all_checked:
            follows = each.began == found.head and each.chain == (found.chain or each.chain)
            if each.head is None or not follows:
                return
            found.head, found.chain = each.head, each.chain
            found.seals += each.seals
            progress(found.head.seq)


def _stretch(records: Records, began: Head, part: Stretch) -> Checked:
    found = Verification(head=began)
    wrong = None
    for rows in records.chunks(part.after, (("seq <= ?", part.last),)):
        wrong = _advance(found, rows)
        if wrong:
            break
    whole = wrong is None and found.head.seq == part.last
    return Checked(began, found.chain or "", found.head if whole else None, found.seals)


def walk(records: Records, found: Verification, progress: Callable[[int], None]) -> None:
    archived = found.head.seq
    for rows in records.chunks(archived) if archived else records.chunks():
        wrong = _advance(found, rows)
        if wrong:
            found.fault = diagnose.explain(records, found.head, found.chain, wrong)
            return
        progress(found.head.seq)


def _advance(found: Verification, rows: Sequence[Values]) -> Row | None:
    """Go on to the last row; stop before the first that does not follow, and return it."""
    (seq, digest), chain = found.head, found.chain or rows[0][_CHAIN]
    wrong = None
    for row in rows:
        follows = row[_SEQ] == seq + 1 and row[_PREV] == digest and row[_CHAIN] == chain
        if not (follows and sound(row)):
            wrong = Row(*row)
            break
        if row[_KIND] == KIND:
            _note(found, Row(*row))
        seq, digest = row[_SEQ], row[_HASH]
    if seq:
        found.head, found.chain = Head(seq, digest), chain
    return wrong


def _crawl(records: Records, found: Verification) -> None:
    """Where the file is damaged: one record after the other, up to the one that is not there."""
    while found.ok:
        due = found.head.seq + 1
        try:
            row = records.at(due)
        except sqlite3.DatabaseError as error:
            found.fault = diagnose.unreadable(due, error)
            return
        wrong = _advance(found, [row]) if row else None
        if wrong:
            found.fault = diagnose.explain(records, found.head, found.chain, wrong)
        elif not row:
            found.fault = diagnose.missing(due, due)


def _note(found: Verification, row: Row) -> None:
    record = written(row) or {}
    if record.get("reason") == seal.REASON:
        found.lost.append((int(record["count"]), int(record["lost"])))
        found.seals.append(
            f"record {row.seq} seals a torn tail: {record['torn']} rows were not sound, "
            f"{record['lost']} acknowledged records are missing"
        )


def contradiction(
    records: Records, head: Head, testimony: Testimony, witness: str = "the data directory"
) -> Fault | None:
    """What the witness remembers, against what the table says."""
    known = testimony.head
    if known.seq > head.seq:
        return diagnose.missing(head.seq + 1, known.seq)
    row = records.at(known.seq)
    return None if row and row.hash == known.hash else diagnose.remembered(known.seq, witness)
