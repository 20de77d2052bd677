"""What an event may say, and flows that events run: their values answer nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pytest
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.machine import Machine, Subscription, WebSocketSurface
from kanvas_runtime.run import Run
from msgspec import Meta
from websockets.asyncio.client import connect

from tests.runtime.bus.machines import PLACED, Heard, Item, Nothing, Placed
from tests.runtime.bus.test_bus_events import LISTENER_AT, ORDERS_AT, ask, heard_by, started
from tests.runtime.serving import records, service_of, serving


class Said(Record):
    item: Text
    amount: Annotated[Integer, Meta(ge=1)] = 1


class Wanted(Record):
    amount: Integer


def tell(input_: Wanted, run: Run) -> Nothing:
    run.step = "tell"
    run.publish(PLACED, Said(item="tea", amount=input_.amount))
    return Nothing()


TELLER = Machine(name="teller", input=Wanted, output=Nothing, run=tell)


async def test_an_event_that_breaks_its_schema_fails_the_run(tmp_path: Path) -> None:
    service = service_of(tmp_path, (TELLER, WebSocketSurface(path="/t")), LISTENER_AT)
    async with serving(service) as served, connect(served.url("/t")) as client:
        await client.send('{"amount":0}')
        error = json.loads(await client.recv())["error"]
        await client.send('{"amount":1}')
        assert json.loads(await client.recv()) == {}
    assert (error["code"], error["step"]) == ("step_failed", "tell")
    assert error["message"] == "order.placed is not published: amount must be at least 1"
    assert await heard_by(tmp_path) == ["tea"]


def count(input_: Item, run: Run) -> int:
    run.step = "count"
    return len(input_.item)


async def note(input_: Item, run: Run) -> None:
    run.step = "note"
    heard = await run.state(Heard)
    run.set_state(Heard(items=[*heard.items, input_.item]))


async def announce(input_: Item, run: Run) -> Nothing:
    run.step = "announce"
    await run.push(Heard(items=[input_.item, "on its way"]))
    return Nothing()


@pytest.mark.parametrize("flow", [count, note])
async def test_the_value_of_a_flow_is_nobody_s_result(tmp_path: Path, flow: object) -> None:
    listener = replace(LISTENER_AT[0], subscribes=(Subscription(PLACED, run=flow),))  # type: ignore[arg-type]
    service = service_of(tmp_path, ORDERS_AT, (listener, LISTENER_AT[1]))
    async with serving(service) as served, connect(served.url("/heard")) as client:
        await client.send('{"subscribe":"tea"}')
        assert json.loads(await client.recv()) == {"items": ["tea"]}
        assert await ask(service, ORDERS_AT[0], item="tea") == Placed(item="tea")
        await service.answer(listener, {"item": "tea"}, surface="api", path="/a", principal=None)
        told = json.loads(await client.recv())
        assert told["items"][-1] == "tea", "the next result is the one that was asked for"
    accesses = [each for each in records(tmp_path, "SurfaceAccess") if each["surface"] == "event"]
    assert [(each["outcome"], "output_digest" in each) for each in accesses] == [("ok", False)]


async def test_what_a_flow_keeps_is_kept(tmp_path: Path) -> None:
    listener = replace(LISTENER_AT[0], subscribes=(Subscription(PLACED, run=note),))
    service = service_of(tmp_path, ORDERS_AT)
    service.machine(listener)
    async with started(service):
        await ask(service, ORDERS_AT[0], item="milk")
    assert await heard_by(tmp_path) == ["milk"]


async def test_what_a_flow_pushes_reaches_who_subscribed(tmp_path: Path) -> None:
    listener = replace(LISTENER_AT[0], subscribes=(Subscription(PLACED, run=announce),))
    service = service_of(tmp_path, ORDERS_AT, (listener, LISTENER_AT[1]))
    async with serving(service) as served, connect(served.url("/heard")) as client:
        await client.send('{"subscribe":"tea"}')
        await client.recv()
        await ask(service, ORDERS_AT[0], item="tea")
        assert json.loads(await client.recv()) == {"items": ["tea", "on its way"]}
