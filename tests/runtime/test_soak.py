"""An hour of clients coming and going, in minutes: what they took is given back."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from kanvas_runtime.contract import Integer, Record
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from websockets.asyncio.client import connect

from tests.runtime.serving import Served, service_of, serving
from tests.runtime.wire import Wire

PER_ROUND = 360
ROUNDS = 10
WARM_UP = 3
PATIENCE = 600
MEMORY = 4 * 1024 * 1024
"""Bytes by which the process may grow in an hour of this: allocators keep some for later."""


class Count(Record):
    to: Integer
    pause: float = 0.0


class Step(Record):
    n: Integer


async def count(input_: Count, run: Run) -> Step:
    for n in range(input_.to):
        await run.push(Step(n=n))
        await asyncio.sleep(input_.pause)
    return Step(n=input_.to)


COUNT = Machine(name="count", input=Count, output=Step, run=count, source="app.kanvas")


class Taken(NamedTuple):
    tasks: int
    files: int
    objects: int
    memory: int


def taken() -> Taken:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    files = len(os.listdir("/proc/self/fd"))
    memory = pages * os.sysconf("SC_PAGESIZE")
    return Taken(len(asyncio.all_tasks()), files, len(gc.get_objects()), memory)


async def well_behaved(served: Served, number: int) -> None:
    async with connect(served.url("/ws")) as client:
        await client.send('{"to":2}')
        for n in range(3):
            assert json.loads(await client.recv()) == {"n": n}


async def subscribed(served: Served, number: int) -> None:
    protocols: Any = ["kanvas.v1"]
    async with connect(served.url("/ws"), subprotocols=protocols) as client:
        await client.recv()
        for id_ in ("a", "b"):
            say = {"op": "subscribe", "id": id_, "input": {"to": number % 5}}
            await client.send(json.dumps(say))
        run = {"op": "run", "id": "r", "input": {"to": 3}, "key": f"{number % 50}"}
        await client.send(json.dumps(run))
        while json.loads(await client.recv()).get("id") != "r":
            pass


async def reset(served: Served, number: int) -> None:
    wire = await Wire.open(served.port, "/ws")
    await wire.text('{"to":1000,"pause":0.01}')
    await wire.frame()
    wire.cut()


async def half_a_frame(served: Served, number: int) -> None:
    wire = await Wire.open(served.port, "/ws")
    await wire.raw(b"\x81\xfe\x01\x00aaaa{")
    wire.cut()


async def nonsense(served: Served, number: int) -> None:
    wire = await Wire.open(served.port, "/ws")
    for _ in range(100):
        await wire.text("nonsense")
    assert (await wire.closed()).code == 1008
    await wire.close()


async def refused(served: Served, number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert b" 404 " in await reader.read()
    writer.close()


KINDS = (well_behaved, subscribed, reset, half_a_frame, nonsense, refused)


async def churn(served: Served, service: Service) -> None:
    for begin in range(0, PER_ROUND, 12):
        numbers = range(begin, begin + 12)
        await asyncio.gather(*[KINDS[n % len(KINDS)](served, n) for n in numbers])
    while service.sockets["/ws"].connections:
        await asyncio.sleep(0.01)


@pytest.mark.soak
@pytest.mark.timeout(PATIENCE)
async def test_an_hour_of_churn_leaves_nothing(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", rate=1000.0, every=0.5, concurrency=2)
    service = service_of(tmp_path, (COUNT, surface))
    async with serving(service) as served:
        for _ in range(WARM_UP):
            await churn(served, service)
        await asyncio.sleep(1.0)
        before = taken()
        for _ in range(ROUNDS):
            await churn(served, service)
        await asyncio.sleep(1.0)
        after = taken()
        assert service.engine is not None
        assert not service.engine.hub
        assert not service.engine._open
    print(f"\nbefore {before}\nafter  {after}")
    assert after.tasks == before.tasks
    assert after.files == before.files
    assert after.objects - before.objects < 500
    assert after.memory - before.memory < MEMORY
