"""A process's ledger in Postgres: records of a chain that it leases, durable before anyone hears.

What waits when a commit ends is the next one. The loop goes on meanwhile: callers wait for their
futures. When a commit fails, nothing is taken any more until a lease is held again, and what the
database was asked last is looked up there, so that no acknowledged record is lost and none is
there twice.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from kanvas_runtime.ledger import record
from kanvas_runtime.ledger.directory import prepare
from kanvas_runtime.ledger.disk import free_bytes
from kanvas_runtime.ledger.form import Form
from kanvas_runtime.ledger.interface import LedgerUnavailable, Scalar
from kanvas_runtime.ledger.kept import Place
from kanvas_runtime.ledger.lock import DirectoryLock
from kanvas_runtime.ledger.postgres import lease as leases
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.postgres.driver import DatabaseFailed
from kanvas_runtime.ledger.postgres.lease import LeaseLost
from kanvas_runtime.ledger.postgres.standing import Standing, stand
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.writer import Batch, Journaling

_log = logging.getLogger("kanvas_runtime.ledger")

MOST = 1_000
"""Records of one commit, or one batch."""
BEAT = 5.0
"""Seconds without a commit after which it is looked whether the lease is still ours."""
RETRY = 1.0
"""Seconds between two tries to get a lease again."""
DOUBT = 3.0
"""Seconds for which those wait whose records may be durable or not."""
LAST = 10.0
"""Seconds that the last records have at the end."""

_FAILURES = (DatabaseFailed, LeaseLost, sqlite3.Error, OSError)


class PostgresLedger(Journaling[Standing]):
    """The ledger of a data directory whose records are elsewhere. Made by `open`."""

    def __init__(
        self,
        directory: Path,
        address: Address,
        clock: Callable[[], datetime],
        free: Callable[[Path], int],
        lock: DirectoryLock,
        common: Mapping[str, Scalar],
        standing: Standing,
    ) -> None:
        """For `open`."""
        self._address = address
        self._ready: deque[Batch] = deque()
        self._wake = asyncio.Event()
        super().__init__(directory, clock, free, lock, common, lambda: standing)
        self._listen()
        self._work = self._loop.create_task(self._commit_all())

    @classmethod
    async def open(
        cls,
        directory: Path,
        address: Address,
        *,
        clock: Callable[[], datetime] = record.now,
        free: Callable[[Path], int] = free_bytes,
        common: Mapping[str, Scalar] = MappingProxyType({}),
    ) -> PostgresLedger:
        """Take the directory and a chain: its own from before, a free one, or a new one.

        Raises `LedgerLocked` when another process has the directory, `LedgerUnavailable` when it
        or the database cannot be used.
        """
        lock: DirectoryLock | None = None
        standing: Standing | None = None
        try:
            prepare(directory)
            lock = DirectoryLock(directory)
            standing = await stand(address, directory, clock)
            return cls(directory, address, clock, free, lock, common, standing)
        except BaseException as error:
            if standing is not None:
                standing.close()
            if lock is not None:
                lock.release()
            if isinstance(error, _FAILURES):
                raise LedgerUnavailable(f"no ledger can be kept: {error}") from error
            raise

    async def close(self) -> None:
        """Write what waits, give the chain back, let the directory go. Idempotent."""
        if self._closed:
            return
        self._commit()
        self._closed = True
        self._wake.set()
        if self.available:
            await asyncio.wait([self._work], timeout=LAST)
        if not self._work.done():
            self._store.session.terminate()
        self._work.cancel()
        with suppress(asyncio.CancelledError):
            await self._work
        if self.available:
            await self._store.session.close()
        self._refuse("the ledger is closed")
        self._store.close()
        self._lock.release()

    def _commit(self) -> None:
        batch = self._taken()
        if batch.rows:
            self._ready.append(batch)
            self._wake.set()

    def _fill_in(self, batch: Batch) -> None:
        """The first record of a chain says where the others stand, so it has fields of its own."""
        if batch.filled and not self._head.seq:
            form, filled = batch.filled[0]
            self._add([self._first(form, batch)])
            del filled[0]
            if not filled:
                del batch.filled[0]
        super()._fill_in(batch)

    def _first(self, form: Form, batch: Batch) -> Row:
        values = batch.filled[0][1][0]
        if form.watch is not None:
            form.watch([values])
        return self._entry(batch.at, form.kind, form.fields(values))

    def _entry(self, at: str, kind: str, fields: Mapping[str, Scalar]) -> Row:
        if not self._head.seq:
            fields = {**fields, **self._store.lease.fields}
        return super()._entry(at, kind, fields)

    async def _commit_all(self) -> None:
        """The life of the ledger: one commit after the other."""
        while True:
            batches: list[Batch] = []
            try:
                batches = await self._next()
                if batches:
                    await self._write(batches)
                elif self._closed:
                    return
                elif not await leases.is_held(self._store.session, self._store.lease):
                    raise LeaseLost(f"another process has taken the chain {self._chain}")
            except asyncio.CancelledError:
                _reject(batches, "the ledger is closed")
                raise
            except Exception as error:
                if not isinstance(error, _FAILURES):
                    _log.exception("a fault of the ledger")
                await self._recover(error, batches)

    async def _next(self) -> list[Batch]:
        """What waits, up to some size; nothing when nothing came for a while."""
        if not self._ready and not self._closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self._wake.wait()
        self._wake.clear()
        batches: list[Batch] = []
        size = 0
        while self._ready and (not batches or size + len(self._ready[0].rows) <= MOST):
            batches.append(self._ready.popleft())
            size += len(batches[-1].rows)
        return batches

    async def _write(self, batches: Sequence[Batch]) -> None:
        rows = [row for batch in batches for row in batch.rows]
        await self._store.write(rows, [write for batch in batches for write in batch.writes])
        for batch in batches:
            batch.acknowledge()

    async def _recover(self, error: Exception, doubtful: Sequence[Batch]) -> None:
        """Serve nothing until there is a lease again. Whose records the database may have or not
        wait for that a while; what was not sent is not there."""
        self._refuse(f"the ledger in {self._address} cannot be written: {error}")
        _log.error("%s; nothing is served until it can be", self._failure)
        self._store.close()
        patience = self._loop.call_later(DOUBT, _reject, doubtful, str(self._failure))
        try:
            while (standing := await self._stand_again(doubtful)) is None:
                await asyncio.sleep(RETRY)
        finally:
            patience.cancel()
            _reject(doubtful, str(self._failure))
        self._adopt(standing)
        self._listen()
        _log.warning("the ledger in %s can be written again, chain %s", self._address, self._chain)

    async def _stand_again(self, doubtful: Sequence[Batch]) -> Standing | None:
        """A lease, and an answer to those who are in doubt; None when there is no lease yet."""
        if not self._disk.has_room():
            return None
        standing: Standing | None = None
        try:
            lease = self._store.lease
            standing = await stand(self._address, self._directory, self._clock, lease)
            if doubtful and await standing.has(self._end_of(doubtful)):
                for batch in doubtful:
                    batch.acknowledge()
        except _FAILURES as error:
            _log.debug("no lease yet: %s", error)
            if standing is not None:
                standing.close()
            return None
        return standing

    def _end_of(self, batches: Sequence[Batch]) -> Place:
        last = batches[-1].rows[-1]
        return Place(last.chain, self._store.lease.epoch, Head(last.seq, last.hash))

    def _listen(self) -> None:
        """Notice at once when the connection ends, whoever ends it."""
        self._store.session.on_end(self._wake.set)

    def _refuse(self, reason: str) -> None:
        """From now on, and all that waits and was not sent."""
        self._failure = reason
        waiting = [*self._ready, self._batch]
        self._ready.clear()
        self._batch = Batch(self._loop)
        _reject(waiting, reason)


def _reject(batches: Sequence[Batch], reason: str) -> None:
    for batch in batches:
        batch.reject(reason)
