"""What open pages are told while a program is written: the version, and what is wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

QUIET = 15.0
"""Seconds after which a stream says something, so that nothing in between cuts it."""

_SOON = b"retry: 150\n\n"
"""Milliseconds until a browser asks again: the next version is there by then."""


class News:
    """Server-sent events for any number of pages. `version` is another one after each reload."""

    def __init__(self, version: str, problems: str | None) -> None:
        self.version = version
        self._problems = problems
        self._changed = asyncio.Event()
        self.over = False

    @property
    def problems(self) -> str | None:
        """What keeps the newest text from being served."""
        return self._problems

    @problems.setter
    def problems(self, text: str | None) -> None:
        self._problems = text
        self._wake()

    def end(self) -> None:
        """The streams end, so that the server can."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def stream(self) -> AsyncIterator[bytes]:
        """What is so now, and then whenever it is not any more."""
        yield _SOON
        while not self.over:
            yield event("news", {"version": self.version, "problems": self._problems})
            while not self.over and not await self.waits(QUIET):
                yield b": still here\n\n"

    async def waits(self, seconds: float) -> bool:
        """Whether there was news within that time."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return False
        return True


def event(name: str, data: Any) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
