"""Runs that nobody asks for: at an interval, or when a calendar says so.

An interval is measured on the monotonic clock, which nobody can set; a calendar needs the time of
day. Either way a time that has passed while the machine slept, or while a run took long, makes one
run, not many.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol

from cronsim import CronSim, CronSimError

from kanvas_runtime.machine import Cron, Every

_log = logging.getLogger("kanvas.schedules")

LONGEST_SLEEP = 30.0
"""Seconds after which the time of day is looked at again: somebody may have set the clock."""


class Timer(Protocol):
    """When a schedule is due."""

    def delay(self) -> float:
        """Seconds until then, by what the clock says now; infinite when never."""
        ...

    def advance(self) -> None:
        """Go on to the first time after now."""
        ...


class Interval:
    """`Every`: times are multiples of the interval after the start."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._due = clock() + seconds

    def delay(self) -> float:
        """See `Timer`."""
        return self._due - self._clock()

    def advance(self) -> None:
        """See `Timer`."""
        missed = math.floor((self._clock() - self._due) / self._seconds)
        self._due += self._seconds * (max(missed, 0) + 1)


class Calendar:
    """`Cron`. Raises `ValueError` for an expression that is none."""

    def __init__(
        self, expression: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._expression = expression
        self._clock = clock
        self._due = self._after(clock())

    def delay(self) -> float:
        """See `Timer`."""
        return math.inf if self._due is None else (self._due - self._clock()).total_seconds()

    def advance(self) -> None:
        """See `Timer`. A clock that was set back does not repeat a time."""
        if self._due is not None:
            self._due = self._after(max(self._due, self._clock()))

    def _after(self, moment: datetime) -> datetime | None:
        try:
            return next(CronSim(self._expression, moment), None)
        except CronSimError as error:
            raise ValueError(f'"{self._expression}" is no cron expression: {error}') from None


def timer_of(schedule: Every | Cron) -> Timer:
    """Raises `ValueError` when the schedule makes no sense."""
    if isinstance(schedule, Cron):
        return Calendar(schedule.expression)
    if not (schedule.seconds > 0 and math.isfinite(schedule.seconds)):
        raise ValueError(f"an interval is longer than nothing, not {schedule.seconds} s")
    return Interval(schedule.seconds)


class Schedules:
    """The schedules of an app. A run of a schedule ends before its next one begins."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, timer: Timer, run: Callable[[], Awaitable[None]]) -> None:
        """Run whenever the timer is due, until `stop`."""
        self._tasks.append(asyncio.create_task(self._follow(timer, run)))

    def hush(self) -> None:
        """Begin no further run."""
        self._stopping.set()

    async def stop(self, patience: float) -> None:
        """The same; a run that is under way has so many seconds. Idempotent."""
        self.hush()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, timer: Timer, run: Callable[[], Awaitable[None]]) -> None:
        while not await self._stopped_within(timer.delay()):
            if timer.delay() > 0:
                continue
            timer.advance()
            try:
                await run()
            except Exception:
                _log.exception("a scheduled run failed")

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(min(max(seconds, 0.0), LONGEST_SLEEP)):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True
