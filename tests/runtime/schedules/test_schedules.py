"""Runs at their times: one after the other, recorded, and over when the server is."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime import schedules as schedules_module
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.errors import Refusal
from kanvas_runtime.machine import Cron, Every, Machine, WebSocketSurface
from kanvas_runtime.run import Run
from kanvas_runtime.schedules import Interval, Schedules
from kanvas_runtime.start import StartRefused
from websockets.asyncio.client import connect

from tests.runtime.serving import recorded, records, service_of, serving
from tests.runtime.state.counters import COUNTER


class Always:
    """A timer that is due as soon as one looks."""

    def delay(self) -> float:
        return 0.0

    def advance(self) -> None:
        pass


class Beat(Record):
    name: Text = "beat"


class Count(Record):
    name: Text
    run: Text


def beat(input_: Beat, run: Run) -> Count:
    run.step = "beat"
    return Count(name=input_.name, run=run.id)


BEAT = Machine(
    name="beat",
    input=Beat,
    output=Count,
    run=beat,
    source="app.kanvas",
    schedules=(Every(0.02),),
)


async def test_a_schedule_does_not_overlap_itself() -> None:
    running = most = runs = 0
    enough = asyncio.Event()

    async def work() -> None:
        nonlocal running, most, runs
        running, runs = running + 1, runs + 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        if runs >= 5:
            enough.set()

    schedules = Schedules()
    schedules.start(Always(), work)
    await enough.wait()
    await schedules.stop(5.0)
    assert most == 1
    before = runs
    await asyncio.sleep(0.01)
    assert runs == before


async def test_a_run_that_fails_is_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    runs = 0
    enough = asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs == 3:
            enough.set()
        raise RuntimeError("no luck")

    schedules = Schedules()
    schedules.start(Always(), work)
    with caplog.at_level(logging.ERROR):
        await enough.wait()
        await schedules.stop(5.0)
    assert "a scheduled run failed" in caplog.text


@pytest.mark.parametrize(
    ("seconds", "patience", "end"), [(0.05, 60.0, "done"), (3600, 0.05, "cancelled")]
)
async def test_the_end_waits_for_a_run_but_not_for_ever(
    seconds: float, patience: float, end: str
) -> None:
    begun = asyncio.Event()
    ended: list[str] = []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(seconds)
            ended.append("done")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def later() -> None:
        ended.append("later")

    schedules = Schedules()
    schedules.start(Always(), work)
    schedules.start(Interval(3600), later)
    await begun.wait()
    await schedules.stop(patience)
    await schedules.stop(patience)
    assert ended == [end]


async def test_the_clock_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules_module, "LONGEST_SLEEP", 0.001)
    delays = iter([1000.0, 1000.0, 500.0])
    ran = asyncio.Event()

    class Set:
        def delay(self) -> float:
            return next(delays, 0.0)

        def advance(self) -> None:
            pass

    async def work() -> None:
        ran.set()

    schedules = Schedules()
    schedules.start(Set(), work)
    await ran.wait()
    await schedules.stop(5.0)


# Under the service.


async def test_a_scheduled_machine_runs_with_its_defaults(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    service.machine(BEAT)
    async with service.app.router.lifespan_context(service.app):
        await recorded(tmp_path, "SurfaceAccess", 3)
    accesses = records(tmp_path, "SurfaceAccess")
    for each in accesses:
        assert each["surface"] == "schedule"
        assert each["path"] == "every 0.02s"
        assert each["principal"] == "system"
        assert each["machine"] == "beat"
        assert each["outcome"] == "ok"
    assert len({each["run"] for each in accesses}) == len(accesses)


async def test_results_of_schedules_reach_subscriptions(tmp_path: Path) -> None:
    service = service_of(tmp_path, (BEAT, WebSocketSurface(path="/ws")))
    async with serving(service) as served, connect(served.url("/ws")) as client:
        await client.send('{"subscribe":"beat"}')
        runs = [json.loads(await client.recv())["run"] for _ in range(4)]
    assert len(set(runs)) == 4
    scheduled = {
        each["run"] for each in records(tmp_path, "SurfaceAccess") if each["surface"] == "schedule"
    }
    assert set(runs[1:]) <= scheduled


async def test_schedules_share_the_state_with_callers(tmp_path: Path) -> None:
    machine = replace(COUNTER, schedules=(Every(0.01),))
    service = service_of(tmp_path, (machine, WebSocketSurface(path="/ws")))
    async with serving(service) as served, connect(served.url("/ws")) as client:
        totals = []
        for _ in range(20):
            await client.send("{}")
            totals.append(json.loads(await client.recv())["total"])
    assert totals == sorted(set(totals))
    done = [each for each in records(tmp_path, "SurfaceAccess") if each["outcome"] == "ok"]
    assert len(done) >= totals[-1]


async def test_a_scheduled_run_that_is_refused_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machine = replace(BEAT, run=fail, schedules=(Every(0.01),))
    service = service_of(tmp_path)
    service.machine(machine)
    with caplog.at_level(logging.WARNING):
        async with service.app.router.lifespan_context(service.app):
            await recorded(tmp_path, "SurfaceAccess")
    assert "beat, schedule every 0.01s: overloaded: not today" in caplog.text


def fail(_input: Beat, _run: Run) -> Count:
    raise Refusal("overloaded", "not today")


class Needs(Record):
    n: Integer


def need(input_: Needs, run: Run) -> Count:
    return Count(name=str(input_.n), run=run.id)


NEEDY = Machine(
    name="beat", input=Needs, output=Count, run=need, source="app.kanvas", schedules=(Every(1),)
)


@pytest.mark.parametrize(
    ("machine", "told"),
    [
        (replace(BEAT, schedules=(Cron("often"),)), "no cron expression"),
        (replace(BEAT, schedules=(Every(0),)), "an interval"),
        (NEEDY, "scheduled: n is required"),
    ],
)
async def test_a_schedule_that_cannot_run_refuses_the_start(
    tmp_path: Path, machine: Machine[Any, Any], told: str
) -> None:
    service = service_of(tmp_path)
    service.machine(machine)
    for _ in range(2):  # the directory is free again
        with pytest.raises(StartRefused, match=told) as caught:
            async with service.app.router.lifespan_context(service.app):
                pass
        assert "beat (app.kanvas)" in str(caught.value)
