"""Events between machines: when they leave, what they start, and what is recorded."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.bus import Event, LocalBus
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.ledger import Ledger
from kanvas_runtime.machine import Machine, Subscription, WebSocketSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.transaction import MOST_EVENTS, MOST_HOPS, Transaction
from websockets.asyncio.client import connect

from tests.runtime.bus.machines import (
    LISTENER,
    ORDERS,
    PLACED,
    Heard,
    Item,
    Nothing,
    Placed,
)
from tests.runtime.serving import records, service_of, serving

ORDERS_AT = (ORDERS, WebSocketSurface(path="/orders"))
LISTENER_AT = (LISTENER, WebSocketSurface(path="/heard"))


@asynccontextmanager
async def started(service: Service) -> AsyncIterator[None]:
    async with service.app.router.lifespan_context(service.app):
        yield


async def ask(service: Service, machine: Machine[Any, Any], **value: object) -> Record | None:
    return (await service.answer(machine, value, surface="api", path="/a", principal="ann")).output


async def heard_by(directory: Path, machine: Machine[Any, Any] = LISTENER) -> list[str]:
    """The state that was kept."""
    ledger = await Ledger.open(directory / "data")
    text = await ledger.load(machine.name)
    await ledger.close()
    items: list[str] = json.loads(text or b'{"items":[]}')["items"]
    return items


async def test_an_event_starts_a_run_after_the_commit(tmp_path: Path) -> None:
    service = service_of(tmp_path, ORDERS_AT)
    service.machine(LISTENER)
    async with started(service):
        for item in ("tea", "milk", "bread"):
            assert await ask(service, ORDERS, item=item) == Placed(item=item)
    assert await heard_by(tmp_path) == ["tea", "milk", "bread"], "the end of the server waits"
    accesses = records(tmp_path, "SurfaceAccess")
    ours = [each for each in accesses if each["surface"] == "event"]
    assert [each["path"] for each in ours] == [PLACED] * 3
    assert {each["principal"] for each in ours} == {"system"}
    assert {each["outcome"] for each in ours} == {"ok"}
    assert {each["machine"] for each in ours} == {"listener"}
    assert len({each["run"] for each in accesses}) == 6


async def test_a_failed_run_publishes_nothing(tmp_path: Path) -> None:
    service = service_of(tmp_path, ORDERS_AT, LISTENER_AT)
    async with started(service):
        assert await ask(service, ORDERS, item="tea", fail=True) is None
        await ask(service, ORDERS, item="milk")
    assert await heard_by(tmp_path) == ["milk"]


async def test_a_run_that_fails_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = replace(LISTENER, name="other")
    service = service_of(tmp_path, ORDERS_AT)
    service.machine(LISTENER)
    service.machine(other)
    with caplog.at_level(logging.WARNING):
        async with started(service):
            for item in ("tea", "poison", "milk"):
                await ask(service, ORDERS, item=item)
    assert await heard_by(tmp_path) == await heard_by(tmp_path, other) == ["tea", "milk"]
    assert "listener, event order.placed: step_failed: it was to fail" in caplog.text


async def test_a_flow_can_be_what_an_event_runs(tmp_path: Path) -> None:
    seen: list[str] = []

    def note(input_: Item, run: Run) -> Nothing:
        seen.append(f"{run.surface} {run.principal} {input_.item}")
        return Nothing()

    service = service_of(tmp_path, ORDERS_AT)
    service.machine(replace(LISTENER, subscribes=(Subscription(PLACED, run=note),)))
    async with started(service):
        await ask(service, ORDERS, item="tea")
    assert seen == ["event system tea"]
    assert await heard_by(tmp_path) == []


async def test_a_payload_that_does_not_fit_is_recorded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def tell(_input: Nothing, run: Run) -> Nothing:
        run.publish(PLACED, {"item": 5, "more": True})
        run.publish(PLACED, "no object")
        run.publish(PLACED, {"item": "tea", "more": True})
        return Nothing()

    teller = Machine(name="teller", input=Nothing, output=Nothing, run=tell)
    service = service_of(tmp_path, (teller, WebSocketSurface(path="/t")))
    service.machine(LISTENER)
    with caplog.at_level(logging.WARNING):
        async with started(service):
            await ask(service, teller)
    assert await heard_by(tmp_path) == ["tea"]
    outcomes = [e["outcome"] for e in records(tmp_path, "SurfaceAccess") if e["surface"] == "event"]
    assert outcomes == ["invalid_input", "invalid_input", "ok"]
    assert "item must be text" in caplog.text


async def test_a_machine_that_accepts_nothing_hears_any_event(tmp_path: Path) -> None:
    calls: list[str] = []

    def note(_input: Nothing, run: Run) -> Nothing:
        calls.append(run.id)
        return Nothing()

    bell = Machine(
        name="bell", input=Nothing, output=Nothing, run=note, subscribes=(Subscription("ring"),)
    )

    def tell(_input: Nothing, run: Run) -> Nothing:
        for payload in (5, None, {"a": 1}, Item(item="x")):
            run.publish("ring", payload)
        return Nothing()

    teller = Machine(name="teller", input=Nothing, output=Nothing, run=tell)
    service = service_of(tmp_path)
    service.machine(bell)
    service.machine(teller)
    async with started(service):
        await ask(service, teller)
    assert len(calls) == 4


async def test_results_of_events_are_for_everybody_who_subscribed(tmp_path: Path) -> None:
    echo = Machine(
        name="echo",
        input=Item,
        output=Placed,
        run=lambda input_, _run: Placed(item=input_.item),
        subscribes=(Subscription(PLACED),),
    )
    service = service_of(tmp_path, ORDERS_AT, (echo, WebSocketSurface(path="/echo")))
    async with (
        serving(service) as served,
        connect(served.url("/orders")) as orders,
        connect(served.url("/echo")) as one,
        connect(served.url("/echo")) as two,
    ):
        for client in (one, two):
            await client.send('{"subscribe":"tea"}')
            assert json.loads(await client.recv()) == {"item": "tea"}
        await orders.send('{"item":"milk"}')
        await orders.send('{"item":"tea"}')
        for client in (one, two):
            assert json.loads(await client.recv()) == {"item": "tea"}
            await client.send('{"unsubscribe":"tea"}')
            assert json.loads(await client.recv()) == {"unsubscribed": "tea"}


async def test_a_circle_of_events_ends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def again(input_: Item, run: Run) -> Nothing:
        run.step = "again"
        run.publish("round", input_)
        return Nothing()

    circle = Machine(
        name="circle", input=Item, output=Nothing, run=again, subscribes=(Subscription("round"),)
    )
    service = service_of(tmp_path)
    service.machine(circle)
    with caplog.at_level(logging.WARNING):
        async with started(service):
            await ask(service, circle, item="x")
    outcomes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess")]
    assert outcomes == ["ok"] * MOST_HOPS + ["step_failed"]
    assert "led to each other" in caplog.text


# What one run may publish.


async def test_a_run_is_refused_when_a_subscriber_is_too_far_behind() -> None:
    bus = LocalBus(most_pending=1)
    blocked = asyncio.Event()

    async def wait(_event: Event) -> None:
        await blocked.wait()

    bus.subscribe("a", wait)
    transaction = Transaction(bus=bus)
    transaction.publish("a", None)
    bus.publish(Event("a", b"1"))
    with pytest.raises(Refusal, match="too far behind"):
        transaction.publish("a", None)
    transaction.publish("b", None)
    blocked.set()
    await bus.close(5.0)


def test_a_run_publishes_only_so_many() -> None:
    transaction = Transaction()
    for _ in range(MOST_EVENTS):
        transaction.publish("a", Heard())
    assert transaction.events[0] == Event("a", b'{"items":[]}')
    with pytest.raises(StepFailure, match="at most"):
        transaction.publish("a", None)


def test_a_payload_without_json_fails_the_step() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(StepFailure, match="no JSON"):
        Transaction().publish("a", deep)
