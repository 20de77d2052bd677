"""Events between the machines of an app."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol, TypeAlias

_log = logging.getLogger("kanvas.bus")

MOST_PENDING = 10_000
"""Events that may wait for one subscriber; runs that would add another are refused."""


class Event(NamedTuple):
    """Something that happened. `payload` is JSON; `hops` counts the events that led to it."""

    name: str
    payload: bytes
    hops: int = 1


Handler: TypeAlias = Callable[[Event], Awaitable[None]]


class Bus(Protocol):
    """Hands every event to every subscriber of its name."""

    def subscribe(self, name: str, handler: Handler) -> None:
        """From now on `handler` gets the events of this name, one at a time, in their order."""
        ...

    def is_full(self, name: str) -> bool:
        """Whether a subscriber is so far behind that nothing more should be published."""
        ...

    def publish(self, event: Event) -> None:
        """Deliver, without waiting for anybody."""
        ...

    async def close(self, patience: float) -> None:
        """Let subscribers finish what was published, for at most so many seconds. Idempotent."""
        ...


class LocalBus:
    """The bus of one process. What it holds is lost with the process."""

    def __init__(self, most_pending: int = MOST_PENDING) -> None:
        self._most_pending = most_pending
        self._lines: dict[str, list[_Line]] = {}

    def subscribe(self, name: str, handler: Handler) -> None:
        """See `Bus`. Needs a running loop."""
        self._lines.setdefault(name, []).append(_Line(name, handler))

    def is_full(self, name: str) -> bool:
        """See `Bus`."""
        return any(line.pending >= self._most_pending for line in self._lines.get(name, ()))

    def publish(self, event: Event) -> None:
        """See `Bus`. After `close` it is an event that nobody hears."""
        for line in self._lines.get(event.name, ()):
            line.put(event)

    async def close(self, patience: float) -> None:
        """See `Bus`."""
        lines = [line for each in self._lines.values() for line in each]
        try:
            async with asyncio.timeout(patience):
                while any(line.pending for line in lines):  # handlers may publish in turn
                    await asyncio.gather(*[line.settled() for line in lines])
        except TimeoutError:
            left = sum(line.pending for line in lines)
            _log.error("the server stops, and %d events were not handled", left)
        self._lines.clear()
        await asyncio.gather(*[line.stop() for line in lines])


class _Line:
    """One subscriber: what waits for it, and the task that hands it over."""

    def __init__(self, name: str, handler: Handler) -> None:
        self.pending = 0
        self._handler = handler
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self._task = asyncio.create_task(self._work(), name=f"events {name}")

    def put(self, event: Event) -> None:
        self.pending += 1
        self._queue.put_nowait(event)

    async def settled(self) -> None:
        await self._queue.join()

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            event = await self._queue.get()
            try:
                await self._handler(event)
            except Exception:
                _log.exception("a subscriber of %s failed", event.name)
            finally:
                self.pending -= 1
                self._queue.task_done()
