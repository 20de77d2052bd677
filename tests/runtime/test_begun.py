"""A coroutine that was begun outside of a task and is awaited to its end in one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from kanvas_runtime.begun import Begun


def begun(work: Coroutine[Any, Any, None]) -> Begun:
    return Begun(work, work.send(None), 0)


async def test_the_rest_is_carried_out() -> None:
    gate, done = asyncio.get_running_loop().create_future(), []

    async def work() -> None:
        done.append(await gate)
        await asyncio.sleep(0)
        done.append("end")

    rest = asyncio.ensure_future(finish(begun(work())))
    await asyncio.sleep(0)
    assert not done
    gate.set_result("one")
    await rest
    assert done == ["one", "end"]


async def test_what_fails_in_it_fails_the_task() -> None:
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        await gate

    rest = asyncio.ensure_future(finish(begun(work())))
    gate.set_exception(OSError("gone"))
    with pytest.raises(OSError, match="gone"):
        await rest


async def test_it_hears_that_the_task_is_cancelled() -> None:
    gate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    heard = []

    async def work() -> None:
        try:
            await gate
        except asyncio.CancelledError:
            heard.append("cancelled")
            await asyncio.sleep(0)
            heard.append("swept")
            raise

    rest = asyncio.ensure_future(finish(begun(work())))
    await asyncio.sleep(0)
    rest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rest
    assert heard == ["cancelled", "swept"]


async def finish(rest: Begun) -> None:
    await rest
