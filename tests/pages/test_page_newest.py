"""One run for all viewers of a machine without input."""

from __future__ import annotations

import asyncio

import pytest
from kanvas_runtime.pages.newest import INTERVAL, Newest


class Runs:
    """Runs that end when told; `now` is the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.begun = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self) -> int:
        self.begun += 1
        mine = self.begun
        await self.gate.wait()
        return mine

    def newest(self, patience: float = 5.0) -> Newest[int]:
        return Newest(self.run, clock=lambda: self.now, patience=patience)


async def test_viewers_at_once_share_a_run() -> None:
    runs = Runs()
    newest = runs.newest()
    assert await asyncio.gather(*(newest.get() for _ in range(10))) == [1] * 10
    assert runs.begun == 1


async def test_a_run_serves_for_an_interval() -> None:
    runs = Runs()
    newest = runs.newest()
    seen = []
    for now in (0.0, INTERVAL - 0.1, INTERVAL, INTERVAL + 1):
        runs.now = now
        seen.append(await newest.get())
    assert seen == [1, 1, 2, 2]


async def test_who_waits_too_long_gets_what_there_was() -> None:
    runs = Runs()
    newest = runs.newest(patience=0.01)
    runs.gate.clear()
    assert await newest.get() is None
    runs.gate.set()
    await asyncio.sleep(0)
    assert await newest.get() == 1
    runs.now = INTERVAL
    runs.gate.clear()
    assert await newest.get() == 1
    runs.gate.set()
    await asyncio.sleep(0)
    assert await newest.get() == 2


async def test_a_viewer_who_leaves_does_not_end_the_run() -> None:
    runs = Runs()
    newest = runs.newest()
    runs.gate.clear()
    viewer = asyncio.create_task(newest.get())
    await asyncio.sleep(0)
    viewer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await viewer
    runs.gate.set()
    assert await newest.get() == 1
