"""Rows of a socket's life that need a machine made for them, on a real server."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.engine import Caller
from kanvas_runtime.lane import Lane
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.run import Run
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.runtime.serving import close_code, recorded, service_of, serving
from tests.runtime.sockets import DOUBLE, NAP, UNGRANTED, Nothing

V1: Any = ["kanvas.v1"]


class Picture(Record, frozen=True):
    number: int
    pixels: Text


def camera() -> Machine[Nothing, Picture]:
    shots: list[int] = []

    def shoot(_input: Nothing, _run: Run) -> Picture:
        shots.append(1)
        return Picture(number=len(shots), pixels="x" * 100_000)

    return Machine(name="camera", input=Nothing, output=Picture, run=shoot, source="app.kanvas")


def narrow(port: int) -> socket.socket:
    """A connection that holds little of what is not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


async def test_a_slow_client_gets_the_newest_and_is_told_of_the_gap(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", every=0.01)
    options: Any = {"subprotocols": V1, "max_size": None, "close_timeout": 0.1}
    async with serving(service_of(tmp_path, (camera(), surface))) as served:
        listener = served._server.servers[0].sockets[0]
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        async with (
            connect(served.url("/ws"), sock=narrow(served.port), max_queue=1, **options) as slow,
            connect(served.url("/ws"), **options) as quick,
        ):
            await watch(slow, quick)


async def watch(slow: ClientConnection, quick: ClientConnection) -> None:
    for client in (slow, quick):
        await client.recv()
        await client.send(json.dumps({"op": "subscribe", "id": "s", "input": {}}))
    numbers = []
    while not numbers or numbers[-1] < 20:  # more than the buffers between us hold
        push = json.loads(await quick.recv())
        assert "gap" not in push
        numbers.append(push["output"]["number"])
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "nobody waits for it"
    seen = []
    while not any("gap" in push for push in seen):
        seen.append(json.loads(await slow.recv()))
    told = [push["output"]["number"] for push in seen]
    assert told == sorted(set(told))
    assert told[-1] > told[-2] + 1, "something was left out where it says so"


async def test_the_order_of_the_checks_is_frame_rate_json(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", rate=0.01)
    async with (
        serving(service_of(tmp_path, (DOUBLE, surface))) as served,
        connect(served.url("/ws")) as client,
    ):
        codes = []
        for message in ('{"n":1}', "{", b"{", " " * 70_000):
            await client.send(message)
            codes.append(json.loads(await client.recv()).get("error", {}).get("code"))
    assert codes == [None, "rate_limited", "invalid_frame", "too_large"]


async def test_a_subscription_needs_what_a_message_needs(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws")
    async with (
        serving(service_of(tmp_path, (UNGRANTED, surface))) as served,
        connect(served.url("/ws")) as client,
    ):
        for asked, code in (({"metric_name": "a"}, "denied"), ({"name": "a"}, "unknown_field")):
            await client.send(json.dumps({"subscribe": asked}))
            error = json.loads(await client.recv())["error"]
            assert (error["code"], error["subscription"]) == (code, asked)
    found = await recorded(tmp_path, "SurfaceAccess", 2)
    assert [each["outcome"] for each in found] == ["denied", "unknown_field"]


async def test_a_fault_of_ours_is_1011_and_nobody_else_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Lane.keep

    def break_down(self: Lane, caller: Caller, *arguments: Any) -> Any:
        if caller.path == "/broken":
            raise ZeroDivisionError
        return keep(self, caller, *arguments)

    monkeypatch.setattr(Lane, "keep", break_down)
    surfaces = [(DOUBLE, WebSocketSurface(path=path)) for path in ("/broken", "/ws")]
    async with (
        serving(service_of(tmp_path, *surfaces)) as served,
        connect(served.url("/broken")) as one,
        connect(served.url("/ws")) as other,
    ):
        await one.send('{"n":1}')
        assert await close_code(one) == 1011
        assert one.close_reason == "internal error"
        await other.send('{"n":1}')
        assert json.loads(await other.recv()) == {"twice": 2}
    closed = await recorded(tmp_path, "ConnectionClosed", 2)
    assert {each["close_code"] for each in closed} >= {1011}


async def knocking(url: str) -> None:
    """Until nobody is taken in any more."""
    while True:
        async with connect(url):
            await asyncio.sleep(0.01)


async def test_a_server_that_stops_takes_nobody_in(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, (NAP, WebSocketSurface(path="/ws")))) as served,
        connect(served.url("/ws")) as client,
    ):
        url = served.url("/ws")
        await client.send('{"seconds":0.5}')
        await (await client.ping())  # it is answered behind what came before
        served.begin_stop()
        with pytest.raises((OSError, InvalidStatus)):
            await knocking(url)
        assert json.loads(await client.recv()) == {"name": ""}
        assert await close_code(client) == 1012
