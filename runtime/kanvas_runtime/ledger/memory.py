"""A ledger that forgets: for tests and for tools that need no durable record."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kanvas_runtime.ledger import record
from kanvas_runtime.ledger.form import Form, Values
from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.interface import LedgerUnavailable, Scalar, Write


class MemoryLedger:
    """The same chain and the same checks as on disk; every record is "durable" at once.

    Set `available` to False to see what a ledger does that cannot be written.
    """

    def __init__(self, *, clock: Callable[[], datetime] = record.now) -> None:
        self.chain = uuid7()
        self.available = True
        self.low = False
        self.records: list[dict[str, Any]] = []
        self.values: dict[str, bytes] = {}
        self._clock = clock
        self._head = record.Head()

    @property
    def seq(self) -> int:
        """See `Journal.seq`."""
        return self._head.seq

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        """See `Journal.append`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        at = record.timestamp(self._clock())
        entry = record.entry(self.chain, self._head, at, kind, fields)
        if self.available:
            self._head = record.Head(entry.seq, entry.hash)
            self.records.append(json.loads(entry.body))
            self.values.update(writes)
            self.values = {key: value for key, value in self.values.items() if value}
            future.set_result(None)
        else:
            future.set_exception(LedgerUnavailable("the ledger cannot be written"))
            future.exception()  # whoever does not await it must not cause a warning
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
        return Form(kind, known, open, numbers, contents, self.digest)

    def fill(
        self, form: Form, values: Values, writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        """See `Journal.fill`."""
        if form.watch is not None:
            form.watch([values])
        return self.append(form.kind, form.fields(values), writes)

    def digest(self, content: bytes) -> str:
        """See `Recorder.digest`; the key is the same in every run of a test."""
        return hmac.digest(b"memory", content, "sha256").hex()

    async def load(self, key: str) -> bytes | None:
        """See `StateStore.load`."""
        return self.values.get(key)

    async def scan(self, prefix: str) -> list[Write]:
        """See `StateStore.scan`."""
        return [Write(*item) for item in self.values.items() if item[0].startswith(prefix)]

    async def close(self) -> None:
        """Nothing waits, so there is nothing to do."""
