"""The ledger of a process: records in the order of the calls, durable before anyone hears of it.

A batch is whatever was appended while the loop took one turn, or up to three while many come; it is
committed on the loop itself, in one transaction. A writer thread was measured on a local disk
(commit 0.2 ms): twice the latency of a single record and half to nine tenths of the throughput at
64 callers, since each hand-over waits for the interpreter's lock. Callers wait for the disk either
way.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

from kanvas_runtime.ledger import record, segment
from kanvas_runtime.ledger.directory import instance_key, prepare
from kanvas_runtime.ledger.disk import Disk, free_bytes
from kanvas_runtime.ledger.form import Form, Values
from kanvas_runtime.ledger.interface import LedgerUnavailable, Scalar, Write
from kanvas_runtime.ledger.keyed import Keyed
from kanvas_runtime.ledger.lock import DirectoryLock
from kanvas_runtime.ledger.record import Head, Row
from kanvas_runtime.ledger.store import Store

_log = logging.getLogger("kanvas_runtime.ledger")

_RETRY = 1.0  # seconds between two tries to write again after a failure

FEW = 8
"""A batch of fewer records is committed at the end of its turn; a larger one may grow …"""
MOST_LOOKS = 2
"""… for so many turns."""

_SHARED = (
    "; with KANVAS_LEDGER=postgresql://… processes that have a directory each share one ledger"
)

T = TypeVar("T")


class Batch:
    """What was appended in one turn of the loop. `durable` is the future of all that were filled
    in; who appends gets one to himself, which he may cancel. `futures` are all of these."""

    __slots__ = ("at", "durable", "filled", "futures", "looks", "rows", "seen", "size", "writes")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.at = ""
        self.filled: list[tuple[Form, list[Values]]] = []  # of which no records are made yet
        self.size = self.seen = self.looks = 0
        self.rows: list[Row] = []
        self.writes: list[Write] = []
        self.durable: asyncio.Future[None] = loop.create_future()
        self.futures = [self.durable]

    def acknowledge(self) -> None:
        """All of it is durable."""
        for future in self.futures:
            if not future.done():
                future.set_result(None)

    def reject(self, reason: str) -> None:
        """None of it is, as far as anybody knows."""
        for future in self.futures:
            _reject(future, reason)


class Stored(Protocol):
    """What keeps a chain, as it was found; `segment` is the open one."""

    chain: str
    head: Head
    segment: segment.Segment

    def load(self, key: str) -> bytes | None:
        """See `StateStore.load`."""
        ...

    def scan(self, prefix: str) -> list[Write]:
        """See `StateStore.scan`."""
        ...


S = TypeVar("S", bound=Stored)


class Journaling(ABC, Generic[S]):
    """What every durable ledger does: records in the order of the calls, in batches. To be used on
    the loop that it was made on."""

    _store: S
    _chain: str
    _head: Head
    _segment: segment.Segment
    _failure: str | None  # why nothing can be written, for whoever asks

    def __init__(
        self,
        directory: Path,
        clock: Callable[[], datetime],
        free: Callable[[Path], int],
        lock: DirectoryLock,
        common: Mapping[str, Scalar],
        store: Callable[[], S],
    ) -> None:
        """For `open`, which turns what goes wrong here into `LedgerUnavailable`."""
        self._common = common
        self._directory = directory
        self._clock = clock
        self._lock = lock
        self._loop = asyncio.get_running_loop()
        self.digest = Keyed(instance_key(directory)).digest
        self._disk = Disk(directory, free)
        self._adopt(store())
        self._batch = Batch(self._loop)
        self._closed = False
        _ = self._disk.low  # so that room is kept back from the start

    @property
    def chain(self) -> str:
        """The chain's id; another one when all of a chain was lost, or another process took it."""
        return self._chain

    @property
    def seq(self) -> int:
        """See `Journal.seq`."""
        return self._head.seq + sum(len(filled) for _, filled in self._batch.filled)

    @property
    def available(self) -> bool:
        """False while records cannot be written, and after `close`."""
        return self._failure is None

    @property
    def low(self) -> bool:
        """Whether less than 256 MB are free on the disk; looked at once a second at most."""
        return self._disk.low

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        """See `Journal.append`."""
        future = self._loop.create_future()
        if self._failure is not None:
            _reject(future, self._failure)
            return future
        batch = self._begun()
        self._fill_in(batch)
        self._make_room(batch.at)
        self._add([self._entry(batch.at, kind, fields)])
        batch.size += 1
        batch.writes += writes
        batch.futures.append(future)
        return future

    def form(
        self,
        kind: str,
        known: Mapping[str, Scalar],
        open: Sequence[str],
        numbers: Sequence[str] = (),
        contents: Sequence[str] = (),
    ) -> Form:
        """See `Journal.form`."""
        return Form(kind, {**self._common, **known}, open, numbers, contents, self.digest)

    def fill(
        self, form: Form, values: Values, writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        """See `Journal.fill`."""
        if self._failure is not None:
            future = self._loop.create_future()
            _reject(future, self._failure)
            return future
        batch = self._batch if self._batch.at else self._begun()
        if batch.filled and batch.filled[-1][0] is form:
            batch.filled[-1][1].append(values)
        else:
            batch.filled.append((form, [values]))
        batch.size += 1
        if writes:
            batch.writes += writes
        return batch.durable

    async def load(self, key: str) -> bytes | None:
        """See `StateStore.load`."""
        return self._read(lambda store: store.load(key))

    async def scan(self, prefix: str) -> list[Write]:
        """See `StateStore.scan`."""
        return self._read(lambda store: store.scan(prefix))

    def _begun(self) -> Batch:
        """The batch of this turn of the loop. All its records say the same time."""
        batch = self._batch
        if not batch.at:
            batch.at = record.timestamp(self._clock())
            self._loop.call_soon(self._look)
        return batch

    def _look(self) -> None:
        """Commit, unless so many come that one more turn of the loop will bring more of them."""
        batch = self._batch
        size = batch.size
        if size < FEW or size == batch.seen or batch.looks == MOST_LOOKS:
            self._commit()
        else:
            batch.seen = size
            batch.looks += 1
            self._loop.call_soon(self._look)

    def _fill_in(self, batch: Batch) -> None:
        """Make records of what was filled in: many in a row are cheaper than one by one."""
        for form, filled in batch.filled:
            self._make_room(batch.at)
            self._add(form.rows(self._chain, self._head, batch.at, filled))
        batch.filled.clear()

    def _make_room(self, at: str) -> None:
        """Close the segment off, if a record of this time does not belong into it."""
        if self._segment.is_over(at):
            self._add([self._entry(at, segment.KIND, segment.sealing(self._head))])

    def _entry(self, at: str, kind: str, fields: Mapping[str, Scalar]) -> Row:
        return record.entry(self._chain, self._head, at, kind, {**self._common, **fields})

    def _add(self, rows: Sequence[Row]) -> None:
        self._head = Head(rows[-1].seq, rows[-1].hash)
        self._segment.add(rows)
        self._batch.rows += rows

    def _read(self, look: Callable[[S], T]) -> T:
        if self._failure is not None:
            raise LedgerUnavailable(self._failure)
        try:
            return look(self._store)
        except sqlite3.Error as error:
            raise LedgerUnavailable(f"{self._directory} cannot be read: {error}") from error

    def _taken(self) -> Batch:
        """What waits, made into records. The next batch begins."""
        batch = self._batch
        self._fill_in(batch)
        self._batch = Batch(self._loop)
        return batch

    @abstractmethod
    def _commit(self) -> None:
        """Take what waits, and make it durable now or soon."""

    def _adopt(self, store: S) -> None:
        self._store, self._chain, self._head = store, store.chain, store.head
        self._segment = store.segment
        self._failure = None


class Ledger(Journaling[Store]):
    """The durable ledger of a data directory. Made by `open`."""

    _retry: asyncio.TimerHandle | None = None

    @classmethod
    async def open(
        cls,
        directory: Path,
        *,
        clock: Callable[[], datetime] = record.now,
        free: Callable[[Path], int] = free_bytes,
        common: Mapping[str, Scalar] = MappingProxyType({}),
    ) -> Ledger:
        """Take the directory and go on with its chain; `free` says how many bytes a disk has left.

        `common` are fields that every record of this process carries (`simulated`, say).

        Raises `LedgerLocked` when another process has the directory, `LedgerUnavailable` when it
        cannot be used.
        """
        lock: DirectoryLock | None = None
        try:
            prepare(directory)
            lock = DirectoryLock(directory, _SHARED)
            return cls(directory, clock, free, lock, common, lambda: Store(directory, clock))
        except (OSError, sqlite3.Error, LedgerUnavailable) as error:
            if lock:
                lock.release()
            if isinstance(error, LedgerUnavailable):
                raise
            raise LedgerUnavailable(f"no ledger can be kept in {directory}: {error}") from error

    async def close(self) -> None:
        """Write what waits, fold the log into the table, let the directory go. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._commit()
        if self._retry:
            self._retry.cancel()
        if self.available:
            self._store.close()
        self._failure = "the ledger is closed"
        self._lock.release()

    def _commit(self) -> None:
        batch = self._taken()
        if not batch.rows:
            return
        try:
            self._write(batch)
        except (sqlite3.Error, OSError) as error:
            self._fail(error, batch)
            return
        batch.acknowledge()

    def _write(self, batch: Batch) -> None:
        """A full disk gets a second chance, in the room that was kept back."""
        try:
            self._store.write(batch.rows, batch.writes)
        except (sqlite3.Error, OSError):
            if not self._disk.give_back():
                raise
            self._store.write(batch.rows, batch.writes)

    def _fail(self, error: Exception, batch: Batch) -> None:
        self._failure = f"the ledger in {self._directory} cannot be written: {error}"
        _log.error("%s; nothing is served until it can be", self._failure)
        self._store.close()
        batch.reject(self._failure)
        self._retry = self._loop.call_later(_RETRY, self._recover)

    def _recover(self) -> None:
        """Open the table anew: what a failed commit left behind is only known from the disk."""
        try:
            store = Store(self._directory, self._clock) if self._disk.has_room() else None
        except (sqlite3.Error, OSError, LedgerUnavailable):
            store = None
        if store is None:
            self._retry = self._loop.call_later(_RETRY, self._recover)
            return
        self._adopt(store)
        _log.warning("the ledger in %s can be written again", self._directory)


def _reject(future: asyncio.Future[None], reason: str) -> None:
    if not future.done():
        future.set_exception(LedgerUnavailable(reason))
        future.exception()  # a caller that need not know must not cause a warning
