"""A timeout that stands still while a run waits for a person."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from types import TracebackType


class Deadline:
    """As `asyncio.timeout`; `seconds` are those in which nobody was waited for."""

    __slots__ = ("_left", "_limit", "_pauses")

    def __init__(self, seconds: float) -> None:
        self._limit = asyncio.timeout(seconds)
        self._pauses = 0
        self._left = 0.0

    async def __aenter__(self) -> Deadline:
        await self._limit.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._limit.__aexit__(kind, error, trace)

    def expired(self) -> bool:
        """Whether it is over."""
        return self._limit.expired()

    def pause(self) -> None:
        """Time does not count until as many `resume` as `pause` have come."""
        self._pauses += 1
        when = self._limit.when()
        if self._pauses == 1 and when is not None and not self.expired():
            self._left = max(0.0, when - asyncio.get_running_loop().time())
            self._limit.reschedule(None)

    def resume(self) -> None:
        """See `pause`."""
        self._pauses -= 1
        if self._pauses == 0 and not self.expired():
            self._limit.reschedule(asyncio.get_running_loop().time() + self._left)


@contextlib.contextmanager
def paused(deadlines: Iterable[Deadline]) -> Iterator[None]:
    """While a person is waited for."""
    standing = list(deadlines)
    for deadline in standing:
        deadline.pause()
    try:
        yield
    finally:
        for deadline in standing:
            deadline.resume()
