"""The newest result of a machine without input: one run serves every viewer for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")

INTERVAL = 5.0
"""Seconds between two runs, however many look at the page."""
PATIENCE = 2.0
"""Seconds that a viewer waits for a run before the page says that it is still working."""


class Newest(Generic[T]):
    """Shares the runs of `run`. A viewer who goes away does not end a run that others await."""

    def __init__(
        self,
        run: Callable[[], Coroutine[Any, Any, T]],
        *,
        clock: Callable[[], float] = time.monotonic,
        patience: float | None = None,
    ) -> None:
        self._run = run
        self._clock = clock
        self._patience = PATIENCE if patience is None else patience
        self._task: asyncio.Task[T] | None = None
        self._started = 0.0
        self._last: T | None = None

    async def get(self) -> T | None:
        """The newest result; an older one or None while the first takes longer than is polite."""
        task = self._current()
        await asyncio.wait({task}, timeout=self._patience)
        if task.done():
            self._last = task.result()
        return self._last

    def _current(self) -> asyncio.Task[T]:
        task = self._task
        if task is not None and not task.cancelled() and not self._due(task):
            return task
        self._started = self._clock()
        self._task = asyncio.get_running_loop().create_task(self._run())
        return self._task

    def _due(self, task: asyncio.Task[T]) -> bool:
        return task.done() and self._clock() - self._started >= INTERVAL
