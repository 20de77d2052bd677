"""Fuel: what a run has, and what happens when it is spent."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Iterator

import pytest
from kanvas_runtime import fuel
from kanvas_runtime.errors import StepFailure


@pytest.fixture(autouse=True)
def _full_tank() -> Iterator[None]:
    """Every test begins with one, and leaves one behind."""
    fuel.refill()
    yield
    fuel.refill()


def test_a_run_has_a_tank_and_no_more() -> None:
    fuel.refill()
    fuel.spend(fuel.TANK)
    with pytest.raises(StepFailure, match="ran too long") as failed:
        fuel.spend()
    assert failed.value.type == "runtime"


def test_the_next_run_has_a_full_one() -> None:
    fuel.refill()
    fuel.spend(fuel.TANK)
    fuel.refill()
    fuel.spend(fuel.TANK)


def test_code_outside_of_a_run_has_one_too() -> None:
    context = contextvars.Context()
    context.run(fuel.spend, fuel.TANK)
    with pytest.raises(StepFailure):
        context.run(fuel.spend)


async def test_branches_spend_from_the_tank_of_their_run() -> None:
    async def branch() -> None:
        fuel.spend(fuel.TANK // 2)

    fuel.refill()
    await asyncio.gather(branch(), branch())
    with pytest.raises(StepFailure):
        fuel.spend()


async def test_runs_at_the_same_time_have_their_own() -> None:
    async def run() -> None:
        fuel.refill()
        fuel.spend(fuel.TANK - 1)
        await asyncio.sleep(0)
        fuel.spend()

    await asyncio.gather(run(), run())


def test_sizes_have_limits() -> None:
    fuel.check_text(fuel.LONGEST_TEXT)
    fuel.check_list(fuel.LONGEST_LIST)
    with pytest.raises(StepFailure, match="text became longer"):
        fuel.check_text(fuel.LONGEST_TEXT + 1)
    with pytest.raises(StepFailure, match="list became longer"):
        fuel.check_list(fuel.LONGEST_LIST + 1)
