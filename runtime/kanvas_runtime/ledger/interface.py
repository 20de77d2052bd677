"""What the other parts of the runtime may ask of a ledger, whatever keeps it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from kanvas_runtime.ledger.form import Form, Values

Scalar: TypeAlias = str | int | bool
"""What a field of a record may hold; integers within ±(2^53-1)."""


class LedgerUnavailable(Exception):
    """The record is not on disk, and nothing that depends on it may be answered."""


class LedgerLocked(LedgerUnavailable):
    """Another process owns the data directory. The message says which, and what to do."""


class Recorder(Protocol):
    """The side of a ledger that governance needs."""

    def append(self, kind: str, fields: Mapping[str, Scalar]) -> asyncio.Future[None]:
        """Put a record at the end of the chain, in the order of the calls.

        The future resolves when the record is durable and fails with `LedgerUnavailable` when it
        cannot be. Needs a running loop. Raises `ValueError` for a field outside the record's form.
        """
        ...

    def digest(self, content: bytes) -> str:
        """HMAC-SHA-256 with the instance's key, 64 lowercase hex digits (RFC 2104)."""
        ...


class Write(NamedTuple):
    """A value to be kept under a key, in the place of the one before; empty: none any more."""

    key: str
    value: bytes


class StateStore(Protocol):
    """Where values are kept that are written together with records."""

    async def load(self, key: str) -> bytes | None:
        """The value, as it is on disk. Raises `LedgerUnavailable` when it cannot be read."""
        ...

    async def scan(self, prefix: str) -> list[Write]:
        """All values under keys that begin so. Raises as `load` does."""
        ...


class Journal(Recorder, StateStore, Protocol):
    """A whole ledger, as the service holds it."""

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        """See `Recorder.append`; record and writes become durable together or not at all."""
        ...

    def form(
        self,
        kind: str,
        known: Mapping[str, Scalar],
        open: Sequence[str],
        numbers: Sequence[str] = (),
        contents: Sequence[str] = (),
    ) -> Form:
        """Prepare records for `fill`: see `Form`."""
        ...

    def fill(
        self, form: Form, values: Values, writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        """As `append`, for a record that was prepared. The future is not the caller's alone: it
        must not be cancelled."""
        ...

    @property
    def chain(self) -> str:
        """The chain's id."""
        ...

    @property
    def seq(self) -> int:
        """The number of the last record, which may not be durable yet; 0 before the first."""
        ...

    @property
    def available(self) -> bool:
        """False while records cannot be written: nothing may be served then."""
        ...

    @property
    def low(self) -> bool:
        """True while the disk is nearly full: new work is to be refused, and that recorded."""
        ...

    async def close(self) -> None:
        """Write everything that waits, then let the data directory go. Idempotent."""
        ...
