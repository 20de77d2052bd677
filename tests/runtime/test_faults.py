"""Clients and networks that misbehave on a real server: nobody else notices, nothing stays."""

from __future__ import annotations

import asyncio
import gc
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.http_protocol import HttpProtocol
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.service import Service
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode

from tests.runtime.serving import Served, recorded, records, service_of, serving
from tests.runtime.sockets import DOUBLE, FILL, NAP
from tests.runtime.wire import Wire

V1: Any = ["kanvas.v1"]
AT = (DOUBLE, WebSocketSurface(path="/ws"))
AT_DOUBLE = (DOUBLE, WebSocketSurface(path="/double"))


async def works(served: Served, path: str = "/ws") -> bool:
    """Whether somebody else is served."""
    async with connect(served.url(path)) as client:
        await client.send('{"n":1}')
        return bool(json.loads(await client.recv()) == {"twice": 2})


async def empty(service: Service) -> None:
    """As soon as no connection is left; a test's time limit is the patience."""
    while any(endpoint.connections for endpoint in service.sockets.values()):
        await asyncio.sleep(0.01)


def half(text: str) -> bytes:
    data = Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
    return data[: len(data) // 2]


async def test_a_connection_that_is_reset_in_the_middle_of_a_frame(tmp_path: Path) -> None:
    service = service_of(tmp_path, AT)
    async with serving(service) as served:
        for _ in range(20):
            wire = await Wire.open(served.port, "/ws")
            await wire.raw(half('{"n":1}'))
            wire.cut()
        await empty(service)
        assert await works(served)
        closed = await recorded(tmp_path, "ConnectionClosed", 20)
        assert {each["close_code"] for each in closed[:20]} == {1006}


async def test_a_frame_whose_end_never_comes_ends_with_the_heartbeat(tmp_path: Path) -> None:
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws", heartbeat=0.1)))
    async with serving(service) as served:
        wire = await Wire.open(served.port, "/ws")
        await wire.raw(half('{"n":1}'))
        await empty(service)
        await wire.close()


async def test_a_peer_that_vanished_is_noticed_though_its_run_goes_on(tmp_path: Path) -> None:
    """Half-open: it acknowledges nothing, but no reset comes either."""
    surface = WebSocketSurface(path="/ws", heartbeat=0.1)
    service = service_of(tmp_path, (NAP, surface))
    async with serving(service) as served:
        wire = await Wire.open(served.port, "/ws", read=False)
        await wire.text('{"seconds":60}')
        await empty(service)
        (access,) = await recorded(tmp_path, "SurfaceAccess")
        assert access["outcome"] == "cancelled"
        await wire.close()


async def test_handshakes_that_never_end_keep_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProtocol, "headers_timeout", 2.0)
    async with serving(service_of(tmp_path, AT)) as served:
        slow = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(100)]
        for _, writer in slow:
            writer.write(b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ")
        assert await works(served)

        async def drip(writer: asyncio.StreamWriter) -> None:
            while not writer.transport.is_closing():
                writer.write(b"a")
                await asyncio.sleep(0.05)

        dripping = [asyncio.create_task(drip(writer)) for _, writer in slow[:10]]
        for reader, _ in slow:
            try:
                assert await reader.read() == b""
            except ConnectionError:
                continue
        for task in dripping:
            task.cancel()
        await asyncio.gather(*dripping, return_exceptions=True)
        for _, writer in slow:
            writer.close()


async def test_a_thousand_connect_at_once(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", max_connections_per_client=1000, heartbeat=60.0)
    service = service_of(tmp_path, (DOUBLE, surface))
    async with serving(service) as served:

        async def one(number: int) -> Any:
            wire = await Wire.open(served.port, "/ws")
            await wire.text(json.dumps({"n": number}))
            _, data = await wire.frame()
            return wire, json.loads(data)

        answered = await asyncio.gather(*[one(number) for number in range(1000)])
        assert [answer for _, answer in answered] == [{"twice": 2 * n} for n in range(1000)]
        assert len(service.sockets["/ws"].connections) == 1000
        with pytest.raises(InvalidStatus) as refused:
            await connect(served.url("/ws"))
        assert refused.value.response.status_code == 503
        for wire, _ in answered:
            await wire.close()
        await empty(service)
        assert await works(served)


async def test_a_flood_is_answered_and_slows_nobody(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", rate=0.5)
    async with serving(service_of(tmp_path, (DOUBLE, surface))) as served:
        flood = await Wire.open(served.port, "/ws")
        for _ in range(2000):
            await flood.text('{"n":1}')
        assert await works(served)
        codes = [json.loads((await flood.frame())[1]) for _ in range(2000)]
        refused = [each["error"] for each in codes if "error" in each]
        assert len(refused) > 1500
        assert {each["code"] for each in refused} == {"rate_limited"}
        assert all(each["retry_after"] > 0 for each in refused)
        await flood.close()
    accesses = records(tmp_path, "SurfaceAccess")
    assert len(accesses) < len(refused), "refusals are counted together"
    counted = sum(each.get("count", 1) for each in accesses if each["outcome"] != "ok")
    assert counted == len(refused)


async def test_a_stalled_reader_keeps_nobody_waiting(tmp_path: Path) -> None:
    service = service_of(tmp_path, (FILL, WebSocketSurface(path="/ws", rate=1000.0)), AT_DOUBLE)
    async with serving(service) as served:
        stalled = await Wire.open(served.port, "/ws", read=False)
        for _ in range(10):
            await stalled.text('{"size":1000000}')
        assert await works(served, "/double")
        await recorded(tmp_path, "ConnectionClosed")
        await stalled.close()


async def test_compression_is_declined_and_a_compressed_frame_fails(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, AT)) as served:
        offered = [ClientPerMessageDeflateFactory()]
        async with connect(served.url("/ws"), extensions=offered) as client:
            assert client.protocol.extensions == []
            await client.send('{"n":1}')
            assert json.loads(await client.recv()) == {"twice": 2}
        wire = await Wire.open(served.port, "/ws")
        await wire.raw(b"\xc1\x83\x00\x00\x00\x00\xaa\x56\x4a")
        assert (await wire.closed()).code == 1002
        await wire.close()


async def test_nothing_is_left_after_clients_of_all_kinds(tmp_path: Path) -> None:
    service = service_of(tmp_path, (NAP, WebSocketSurface(path="/ws", every=0.05, concurrency=4)))
    async with serving(service) as served:
        before = len(asyncio.all_tasks())
        for number in range(12):
            client = await connect(served.url("/ws"), subprotocols=V1)
            await client.recv()
            nap = {"seconds": 0.0, "name": str(number)}
            await client.send(json.dumps({"op": "subscribe", "id": "s", "input": nap}))
            for each in range(6):
                long = {"seconds": 30, "name": str(each)}
                await client.send(json.dumps({"op": "run", "id": str(each), "input": long}))
            assert json.loads(await client.recv())["op"] == "push"
            if number % 3 == 0:
                await client.send('{"op":"unsubscribe","id":"s"}')
            if number % 2:
                client.transport.abort()
            await client.close()
        await empty(service)
        while len(asyncio.all_tasks()) > before:
            await asyncio.sleep(0.01)
        assert service.engine is not None
        assert not service.engine.hub
        assert not service.engine._open
        assert not service.sockets["/ws"]._clients._connections


async def test_the_close_of_a_client_is_not_an_error_of_ours(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(service_of(tmp_path, AT)) as served:
        for code in (1000, 1001, 4000):
            client = await connect(served.url("/ws"))
            await client.close(code)
            with pytest.raises(ConnectionClosed):
                await client.recv()
        gc.collect()
    assert [each["close_code"] for each in records(tmp_path, "ConnectionClosed")] == [
        1000,
        1001,
        4000,
    ]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
