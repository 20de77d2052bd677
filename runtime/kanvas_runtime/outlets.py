"""What is written when records are durable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Outlets:
    """Who waits for which batch of records: one call of the loop's for all of them."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Future[None], list[Callable[[], None]]] = {}

    def wait(self, durable: asyncio.Future[None], flush: Callable[[], None]) -> None:
        """Call `flush`, which raises nothing, when it is done."""
        waiting = self._waiting.get(durable)
        if waiting is None:
            waiting = self._waiting[durable] = []
            durable.add_done_callback(self._flush)
        waiting.append(flush)

    def _flush(self, durable: asyncio.Future[None]) -> None:
        for flush in self._waiting.pop(durable):
            flush()
