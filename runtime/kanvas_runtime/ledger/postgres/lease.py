"""Which process may write which chain.

A chain is leased by a session: an advisory lock that the database lets go when the session ends,
however it ends. That is how a chain becomes free. What keeps a process out that has lost its lease
and does not know it yet is the chain's `epoch`: each lease counts it up, and each commit demands
the epoch of its own lease, in the same statement that adds its records.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.postgres.driver import Session
from kanvas_runtime.ledger.postgres.schema import COLUMNS
from kanvas_runtime.ledger.record import NO_HASH, Head, Row

HANDOVER = 2.0
"""Seconds for which a process that comes back waits for its own chain: the database may not have
noticed yet that the session before has ended."""

_LOOK = 0.1
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('kanvas ' || $1::text, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('kanvas ' || $1::text, 0))"
_TAKE = """
UPDATE kanvas_chains SET epoch = epoch + 1, holder = $2, since = now() WHERE chain = $1
RETURNING epoch, seq, hash
"""
_BEGIN = "INSERT INTO kanvas_chains (chain, epoch, seq, hash, holder) VALUES ($1, 1, 0, $2, $3)"
_HEADS = "SELECT chain, seq, hash FROM kanvas_chains WHERE seq > 0 AND chain <> $1 ORDER BY chain"
_FENCE = "UPDATE kanvas_chains SET epoch = epoch + 1 WHERE chain = $1 AND epoch = $2"
_EPOCH = "SELECT epoch FROM kanvas_chains WHERE chain = $1"
_ADD = f"""
WITH lease AS (
    UPDATE kanvas_chains SET seq = $3, hash = $4 WHERE chain = $1 AND epoch = $2 RETURNING chain
)
INSERT INTO kanvas_ledger ({COLUMNS})
SELECT r.seq, r.schema, lease.chain, r.at, r.kind, r.machine, r.run, r.principal, r.trace,
    r.prev, r.hash, r.body
FROM lease, unnest($5::bigint[], $6::integer[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::text[], $12::text[], $13::text[], $14::text[], $15::text[])
    AS r(seq, schema, at, kind, machine, run, principal, trace, prev, hash, body)
"""

HEAD = "head."
"""With a chain's id behind it, the field of a chain's first record that says where another chain
stood then: number, colon, hash."""


class LeaseLost(Exception):
    """Another process has taken the chain: nothing can be added to it by this one."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write a chain. `known` is where it stands as far as the database was told.

    `others` are where the other chains stood, when this one was begun by the lease.
    """

    chain: str
    epoch: int
    known: Head
    others: Mapping[str, Head] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, str]:
        """What the first record of the chain says of the others."""
        return {f"{HEAD}{chain}": f"{head.seq}:{head.hash}" for chain, head in self.others.items()}


async def take(session: Session, wanted: str | None, besides: Collection[str] = ()) -> Lease:
    """The lease of the chain that is wanted; else of one that is free; else of a new one.

    Chains `besides` are not taken. Raises `DatabaseFailed`.
    """
    until = time.monotonic() + HANDOVER
    while wanted is not None and wanted not in besides:
        lease = await _taken(session, wanted)
        if lease is not None:
            return lease
        if time.monotonic() >= until or not await session.value(_EPOCH, wanted):
            break
        await asyncio.sleep(_LOOK)
    for (chain,) in await session.rows("SELECT chain FROM kanvas_chains ORDER BY chain"):
        lease = None if chain in besides else await _taken(session, chain)
        if lease is not None:
            return lease
    return await _begun(session)


async def release(session: Session, lease: Lease) -> None:
    """Let another one have it, and keep the session."""
    await session.value(_UNLOCK, lease.chain)


async def fence(session: Session, chain: str, epoch: int) -> None:
    """End a lease of which nobody knows whether its session has ended: nothing is added by it from
    now on. What it is adding right now is waited for."""
    await session.changed(_FENCE, chain, epoch)


async def is_held(session: Session, lease: Lease) -> bool:
    """Whether nobody has taken the chain meanwhile."""
    return bool(await session.value(_EPOCH, lease.chain) == lease.epoch)


async def add(session: Session, lease: Lease, rows: Sequence[Row]) -> None:
    """Make records durable, all or none: one statement, one transaction, one commit.

    Raises `LeaseLost`, `DatabaseFailed`.
    """
    columns = zip(*map(_storable, rows), strict=True)
    seq, schema, _chain, *texts = map(list, columns)
    head = rows[-1].seq, rows[-1].hash
    done = await session.changed(_ADD, lease.chain, lease.epoch, *head, seq, schema, *texts)
    if not done:
        raise LeaseLost(f"another process has taken the chain {lease.chain}")


def _storable(row: Row) -> tuple[object, ...]:
    """Texts of Postgres cannot hold a NUL; a record's text has none, since JSON escapes it."""
    return tuple(None if isinstance(value, str) and "\0" in value else value for value in row)


async def _taken(session: Session, chain: str) -> Lease | None:
    """None when another session has it. A statement of the last holder that is still under way
    holds the row, so it is over when the epoch has been counted up."""
    if not await session.value(_LOCK, chain):
        return None
    found = await session.row(_TAKE, chain, _holder())
    if found is None:
        await session.value(_UNLOCK, chain)
        return None
    epoch, seq, digest = found
    others = {} if seq else await _heads(session, chain)
    return Lease(chain, epoch, Head(seq, digest), others)


async def _begun(session: Session) -> Lease:
    chain = uuid7()
    await session.value(_LOCK, chain)
    await session.changed(_BEGIN, chain, NO_HASH, _holder())
    return Lease(chain, 1, Head(), await _heads(session, chain))


async def _heads(session: Session, chain: str) -> dict[str, Head]:
    found = await session.rows(_HEADS, chain)
    return {other: Head(seq, digest) for other, seq, digest in found}


def _holder() -> str:
    """For whoever looks into the table."""
    return f"{socket.gethostname()} {os.getpid()}"
