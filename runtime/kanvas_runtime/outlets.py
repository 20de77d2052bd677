"""What is written when records are durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Outlets:
    """Who waits for which batch of records: one call of the loop's for all of them."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], list[Callable[[], None]]] = {}
        self._last: asyncio.Future[None] | None = None
        self._add: Callable[[Callable[[], None]], None]  # for the last one

    def wait(self, durable: asyncio.Future[None], flush: Callable[[], None]) -> None:
        """Call `flush`, which raises nothing, when it is done."""
        if durable is not self._last:
            waiting = self._waiting.get(durable)
            if waiting is None:
                waiting = self._waiting[durable] = []
                durable.add_done_callback(self._flush)
            self._last, self._add = durable, waiting.append
        self._add(flush)

    def _flush(self, durable: asyncio.Future[None]) -> None:
        if durable is self._last:
            self._last = None
        for flush in self._waiting.pop(durable):
            flush()
