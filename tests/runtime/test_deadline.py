"""A timeout that stands still while a person is waited for."""

from __future__ import annotations

import asyncio

import pytest
from kanvas_runtime.deadline import Deadline, paused


async def test_it_ends_what_takes_too_long() -> None:
    with pytest.raises(TimeoutError):
        async with Deadline(0.01) as limit:
            await asyncio.sleep(10)
    assert limit.expired()


async def test_time_does_not_count_while_it_is_paused_however_often() -> None:
    async with Deadline(1.0) as limit:
        with paused([limit]), paused([limit]):
            await asyncio.sleep(0.6)
        with paused([limit]):
            await asyncio.sleep(0.6)
    assert not limit.expired()


async def test_what_was_left_before_is_left_behind_it() -> None:
    steps: list[str] = []

    async def work(limit: Deadline) -> None:
        with paused([limit]):
            await asyncio.sleep(0.8)
            steps.append("decided")
        await asyncio.sleep(10)
        steps.append("done")

    with pytest.raises(TimeoutError):
        async with Deadline(0.5) as limit:
            await work(limit)
    assert limit.expired()
    assert steps == ["decided"]


async def test_one_that_has_expired_stays_so() -> None:
    async def late(limit: Deadline) -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            with paused([limit]):
                raise

    with pytest.raises(TimeoutError):
        async with Deadline(0.01) as limit:
            await late(limit)
    assert limit.expired()
