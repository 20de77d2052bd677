"""A chain that this process may write: where it stands, and what has to be set right first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from kanvas_runtime.ledger import record, segment
from kanvas_runtime.ledger.directory import LEASED
from kanvas_runtime.ledger.interface import Write
from kanvas_runtime.ledger.kept import Kept, Place
from kanvas_runtime.ledger.postgres import lease as leases
from kanvas_runtime.ledger.postgres import schema
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.driver import Session, connect_to_write
from kanvas_runtime.ledger.postgres.lease import Lease
from kanvas_runtime.ledger.postgres.schema import COLUMNS
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.seal import Tear, ends_soundly
from kanvas_runtime.ledger.witness import Testimony, Witness, recall

_log = logging.getLogger("kanvas_runtime.ledger")

_LAST = f"SELECT {COLUMNS} FROM kanvas_ledger WHERE chain = $1 ORDER BY seq DESC LIMIT $2"
_HASH = "SELECT hash FROM kanvas_ledger WHERE chain = $1 AND seq = $2"
_SEGMENT = """
WITH sealed AS (
    SELECT coalesce(max(seq), 0) AS seq FROM kanvas_ledger
    WHERE chain = $1 AND kind = 'SegmentSealed'
), sample AS (
    SELECT body, seq FROM kanvas_ledger WHERE chain = $1 ORDER BY seq DESC LIMIT 100
)
SELECT (SELECT at FROM kanvas_ledger WHERE chain = $1 AND seq > sealed.seq ORDER BY seq LIMIT 1),
    (SELECT avg(length(body)) * (max(seq) - sealed.seq) FROM sample)
FROM sealed
"""


class Standing:
    """What `Ledger` needs to know of its storage, and the way to write there."""

    def __init__(
        self, session: Session, lease: Lease, head: Head, kept: Kept, witness: Witness
    ) -> None:
        self.session = session
        self.lease = lease
        self.chain = lease.chain
        self.head = head
        self.segment = segment.Segment()
        self._kept = kept
        self._witness = witness
        self._closed = False

    async def write(self, rows: Sequence[Row], writes: Sequence[Write]) -> None:
        """Make records and values durable, all or none. Raises `LeaseLost`, `DatabaseFailed`,
        `sqlite3.Error`, `OSError`: then nobody knows, but the database."""
        head = Head(rows[-1].seq, rows[-1].hash)
        if writes:
            self._kept.prepare(writes, Place(self.chain, self.lease.epoch, head))
        await leases.add(self.session, self.lease, rows)
        if writes:
            self._kept.settle(True)
        self.head = head
        self._witness.remember(self.chain, head)

    async def has(self, place: Place) -> bool:
        """Whether this record is durable."""
        return bool(await _hash(self.session, place.chain, place.head.seq) == place.head.hash)

    def load(self, key: str) -> bytes | None:
        """The value that was last kept under the key."""
        return self._kept.load(key)

    def scan(self, prefix: str) -> list[Write]:
        """The values under keys that begin so."""
        return self._kept.scan(prefix)

    def close(self) -> None:
        """Let it all go, without a word to the database: its lease ends with the connection.
        Idempotent."""
        if self._closed:
            return
        self._closed = True
        self.session.terminate()
        self._kept.close()
        self._witness.close()


async def stand(
    address: Address, directory: Path, clock: Callable[[], datetime], before: Lease | None = None
) -> Standing:
    """Take a chain, and settle what an earlier lease left open, such as the one `before`.

    Raises `DatabaseFailed`, `LeaseLost`, `sqlite3.Error`, `OSError`.
    """
    testimony = recall(directory / LEASED)
    session = await connect_to_write(address)
    kept: Kept | None = None
    try:
        await schema.prepare(session)
        lease, head, lost = await _chosen(session, testimony)
        if before is not None and before.chain != lease.chain:
            await leases.fence(session, before.chain, before.epoch)
        kept = Kept(directory)
        await _settle(session, lease, kept)
        standing = Standing(session, lease, head, kept, Witness(directory / LEASED))
    except BaseException:
        session.terminate()
        if kept is not None:
            kept.close()
        raise
    try:
        standing.segment = await _resumed(session, lease.chain)
        if lost:
            await _seal(standing, lost, clock)
    except BaseException:
        standing.close()
        raise
    return standing


async def _chosen(session: Session, testimony: Testimony | None) -> tuple[Lease, Head, int]:
    """A chain that ends soundly, its last record, and how many after it were acknowledged and are
    missing. A chain that does not is left as it is, for `verify` to name."""
    unsound: set[str] = set()
    wanted = None if testimony is None else testimony.chain
    while True:
        lease = await leases.take(session, wanted, unsound)
        rows = [Row(*values) for values in await session.rows(_LAST, lease.chain, 2)][::-1]
        head = Head(rows[-1].seq, rows[-1].hash) if rows else Head()
        if ends_soundly(rows) and head.seq <= max(lease.known.seq, 0):
            known = [lease.known]
            if testimony is not None and testimony.chain == lease.chain:
                known.append(testimony.head)
            return lease, head, max([await _lost(session, lease, head, each) for each in known])
        _log.error(
            "the end of the chain %s is not what was written there, so another one is begun:"
            " see `ledger verify`",
            lease.chain,
        )
        unsound.add(lease.chain)
        await leases.release(session, lease)


async def _lost(session: Session, lease: Lease, head: Head, known: Head) -> int:
    """How many acknowledged records are missing after `head`, or stand there otherwise."""
    if known.seq >= head.seq:
        return known.seq - head.seq + int(known.seq == head.seq and known.hash != head.hash)
    found = await _hash(session, lease.chain, known.seq)
    return int(known.seq > 0 and found is not None and found != known.hash)


async def _settle(session: Session, lease: Lease, kept: Kept) -> None:
    """Values that were prepared by an earlier lease count if their record is there."""
    place = kept.pending
    if place is None:
        return
    if place.chain != lease.chain:
        await leases.fence(session, place.chain, place.epoch)
    kept.settle(await _hash(session, place.chain, place.head.seq) == place.head.hash)


async def _hash(session: Session, chain: str, seq: int) -> str | None:
    found: str | None = await session.value(_HASH, chain, seq)
    return found


async def _resumed(session: Session, chain: str) -> segment.Segment:
    """The open segment of the chain."""
    found = await session.row(_SEGMENT, chain)
    if found is None or found[0] is None:
        return segment.Segment()
    return segment.begun(str(found[0]), int(found[1]))


async def _seal(standing: Standing, lost: int, clock: Callable[[], datetime]) -> None:
    head = standing.head
    fields = Tear(head, 0, lost, "").fields()
    at = record.timestamp(clock())
    sealing = record.entry(standing.chain, head, at, segment.KIND, fields)
    await standing.write([sealing], ())
    standing.segment.add([sealing])
    _log.error(
        "after record %d of the chain %s, %d acknowledged records are missing in the database;"
        " sealed as record %d",
        head.seq,
        standing.chain,
        lost,
        standing.head.seq,
    )
