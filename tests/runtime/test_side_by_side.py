"""Branches and concurrent turns: what fails first is what is told, and a caller may leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.run import Outcome, Run, perform

from tests.runtime.bus.machines import CLIMBER, Nothing, Steps
from tests.runtime.machines import call

Body = Callable[[Run], Awaitable[Any]]


async def carried_out(body: Body) -> Outcome:
    """What becomes of a run that does this."""

    async def run(_input: Steps, run_: Run) -> Nothing:
        await body(run_)
        return Nothing()

    ledger = MemoryLedger()
    asked = call(CLIMBER, Steps(to=1))
    machine: Any = asked.machine
    return await perform(asked._replace(machine=replace(machine, run=run)), ledger, Gate(ledger))


def branch(run: Run, name: str, *, turns: int = 0, fails: bool = False) -> Callable[[], Any]:
    async def carry_out() -> str:
        run.step = name
        for _ in range(turns):
            await asyncio.sleep(0)
        if fails:
            raise StepFailure("runtime", f"{name} was to fail")
        return name

    return carry_out


async def test_a_branch_that_fails_fails_the_run() -> None:
    for turns in (0, 3):
        outcome = await carried_out(
            lambda run, turns=turns: run.together(  # type: ignore[misc]
                branch(run, "slow", turns=10_000),
                branch(run, "bad", turns=turns, fails=True),
                branch(run, "worse", turns=turns + 1, fails=True),
            )
        )
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.refusal.step) == ("step_failed", "bad")


async def test_a_turn_that_fails_fails_the_run() -> None:
    async def turns(run: Run) -> None:
        async def turn(item: int, _index: int) -> int:
            run.step = f"turn {item}"
            await asyncio.sleep(0)
            if item == 3:
                raise StepFailure("runtime", "three")
            return item

        await run.each([1, 2, 3, 4], turn, concurrency=2)

    outcome = await carried_out(turns)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.step) == ("step_failed", "turn 3")


async def test_what_follows_a_recovered_branch_runs() -> None:
    went_on = []

    async def recovered(run: Run) -> None:
        with pytest.raises(StepFailure):
            await run.together(branch(run, "bad", fails=True), branch(run, "slow", turns=99))
        await asyncio.sleep(0)
        went_on.append(await run.together(branch(run, "good"), branch(run, "fine", turns=2)))

    outcome = await carried_out(recovered)
    assert outcome.refusal is None
    assert went_on == [("good", "fine")]


async def test_a_caller_that_is_gone_ends_every_branch() -> None:
    ended: list[str] = []

    async def forever(name: str) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(name)

    async def branches(run: Run) -> None:
        await run.together(lambda: forever("one"), lambda: forever("two"))

    task = asyncio.create_task(carried_out(branches))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sorted(ended) == ["one", "two"]


async def test_nothing_to_do_is_done_at_once() -> None:
    async def none(run: Run) -> None:
        async def turn(_item: int, _index: int) -> int:
            raise AssertionError

        assert await run.each([], turn, concurrency=2) == []

    assert (await carried_out(none)).refusal is None
