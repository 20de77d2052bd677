"""Subscriptions that a surface keeps up to date by itself."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.engine import Caller, Served
from kanvas_runtime.hub import Item, Topic
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.live import Live
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.start import StartRefused
from websockets.asyncio.client import ClientConnection, connect

from tests.runtime.serving import records, service_of, serving
from tests.runtime.sockets import DOUBLE
from tests.runtime.state.counters import engine_of

CHANGED = "metric.changed"


class Metric(Record):
    name: Text
    unit: Text | None = None


class Reading(Record):
    name: Text
    number: Integer


class Changed(Record):
    name: Text
    value: Integer = 0


class Nothing(Record):
    pass


def metrics() -> Machine[Metric, Reading]:
    numbers = itertools.count(1)

    def measure(input_: Metric, _run: Run) -> Reading:
        return Reading(name=input_.name, number=next(numbers))

    return Machine(name="metrics", input=Metric, output=Reading, run=measure, source="app.kanvas")


def change(input_: Changed, run: Run) -> Nothing:
    run.publish(CHANGED, input_)
    return Nothing()


CHANGES = Machine(name="changes", input=Changed, output=Nothing, run=change)


def service_at(directory: Path, **options: Any) -> Service:
    return service_of(
        directory,
        (metrics(), WebSocketSurface(path="/ws", **options)),
        (CHANGES, WebSocketSurface(path="/changes")),
    )


async def subscribed(client: ClientConnection, name: str) -> Any:
    await client.send(json.dumps({"subscribe": {"name": name}}))
    return json.loads(await client.recv())


async def test_every_subscription_is_run_again(tmp_path: Path) -> None:
    service = service_at(tmp_path, every=0.02)
    async with (
        serving(service) as served,
        connect(served.url("/ws")) as one,
        connect(served.url("/ws")) as same,
        connect(served.url("/ws")) as other,
    ):
        for client, name in ((one, "cpu"), (same, "cpu"), (other, "disk")):
            assert (await subscribed(client, name))["name"] == name
        news = [
            [json.loads(await client.recv()) for _ in range(3)] for client in (one, same, other)
        ]
        assert [each["name"] for each in news[2]] == ["disk"] * 3
        numbers = [[each["number"] for each in said] for said in news]
        assert all(said == sorted(set(said)) for said in numbers)
        assert set(numbers[0]) & set(numbers[1]), "one run for both"
        assert not set(numbers[0]) & set(numbers[2])
    ours = [e for e in records(tmp_path, "SurfaceAccess") if e["surface"] == "every"]
    assert {(e["path"], e["principal"], e["outcome"]) for e in ours} == {("/ws", "system", "ok")}


async def test_nobody_listens_nothing_runs(tmp_path: Path) -> None:
    service = service_at(tmp_path, every=0.005)
    async with serving(service) as served, connect(served.url("/ws")) as client:
        await subscribed(client, "cpu")
        await client.recv()
        await client.send('{"unsubscribe":{"name":"cpu"}}')
        while "unsubscribed" not in json.loads(await client.recv()):
            pass
        await client.send('{"name":"cpu"}')
        first = json.loads(await client.recv())["number"]
        for _ in range(20):
            await client.ping()
        await client.send('{"name":"cpu"}')
        assert json.loads(await client.recv())["number"] <= first + 2


async def test_an_event_runs_those_that_it_is_about(tmp_path: Path) -> None:
    service = service_at(tmp_path, on=CHANGED)
    async with (
        serving(service) as served,
        connect(served.url("/ws")) as cpu,
        connect(served.url("/ws")) as disk,
        connect(served.url("/changes")) as changes,
    ):
        assert await subscribed(cpu, "cpu") == {"name": "cpu", "number": 1}
        assert await subscribed(disk, "disk") == {"name": "disk", "number": 2}
        await changes.send('{"name":"cpu","value":5}')
        assert json.loads(await cpu.recv()) == {"name": "cpu", "number": 3}
        await changes.send('{"name":"net"}')
        await changes.send('{"name":"disk"}')
        assert json.loads(await disk.recv()) == {"name": "disk", "number": 4}


async def test_after_an_event_nobody_begins_with_what_was_before(tmp_path: Path) -> None:
    service = service_at(tmp_path, on=CHANGED)
    async with (
        serving(service) as served,
        connect(served.url("/ws")) as client,
        connect(served.url("/ws")) as late,
        connect(served.url("/changes")) as changes,
    ):
        await client.send('{"name":"cpu"}')
        assert json.loads(await client.recv())["number"] == 1
        assert await subscribed(client, "net") == {"name": "net", "number": 2}
        await changes.send('{"name":"net"}')
        assert json.loads(await client.recv())["number"] == 3
        assert await subscribed(late, "cpu") == {"name": "cpu", "number": 4}


async def test_a_shared_surface_hears_of_every_principal(tmp_path: Path) -> None:
    machine = metrics()
    service = service_of(
        tmp_path,
        (machine, WebSocketSurface(path="/shared", shared=True)),
        (machine, WebSocketSurface(path="/own")),
    )
    async with (
        serving(service) as served,
        connect(served.url("/shared")) as shared,
        connect(served.url("/own")) as own,
    ):
        await subscribed(shared, "cpu")
        await subscribed(own, "cpu")
        for principal in ("ann", None):
            await service.answer(
                machine, {"name": "cpu"}, surface="page", path="/p", principal=principal
            )
        numbers = [json.loads(await shared.recv())["number"] for _ in range(2)]
        assert numbers == sorted(numbers)
        assert json.loads(await own.recv())["number"] == numbers[1]


class Deaf:
    owner = None

    def push(self, item: Item) -> None:
        raise AssertionError(item)


async def test_nothing_runs_while_nothing_can_be_recorded() -> None:
    ledger = MemoryLedger()
    engine = engine_of(ledger)
    engine.hub.join(Topic("double", None, b'{"n":1}'), Deaf(), "")
    ledger.available = False
    await Live(engine, Served.of(DOUBLE)).run_all(Caller("every", "/ws"))
    ledger.available = True
    engine.count_refusals(everything=True)
    assert ledger.records == []


async def test_an_interval_that_is_none_refuses_the_start(tmp_path: Path) -> None:
    service = service_at(tmp_path, every=-1.0)
    with pytest.raises(StartRefused, match=r"metrics \(app.kanvas\)"):
        async with service.app.router.lifespan_context(service.app):
            pass
