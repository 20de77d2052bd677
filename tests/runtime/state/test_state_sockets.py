"""State behind real sockets: clients that go away, and servers that stop."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from kanvas_runtime.machine import WebSocketSurface
from websockets.asyncio.client import connect

from tests.runtime.serving import recorded, records, service_of, serving
from tests.runtime.state.counters import COUNTER
from tests.runtime.state.test_state_kept import counted

AT = (COUNTER, WebSocketSurface(path="/ws", rate=10_000))


async def test_many_clients_lose_no_update(tmp_path: Path) -> None:
    seen: list[int] = []

    async def client(url: str) -> None:
        async with connect(url) as socket:
            for _ in range(20):
                await socket.send("{}")
            for _ in range(20):
                seen.append(json.loads(await socket.recv())["total"])

    async with serving(service_of(tmp_path, AT)) as served:
        await asyncio.gather(*[client(served.url("/ws")) for _ in range(10)])
    assert sorted(seen) == list(range(1, 201))
    assert counted(tmp_path / "data") == (200, 200)


async def test_a_client_that_goes_away_takes_its_change_along(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, AT)) as served:
        async with connect(served.url("/ws")) as gone, connect(served.url("/ws")) as waiting:
            await gone.send('{"n":100,"pause":3600}')
            await (await gone.ping())  # it is answered behind what came before
            await waiting.send("{}")
            await gone.close()
            assert json.loads(await waiting.recv()) == {"total": 1}
        await recorded(tmp_path, "SurfaceAccess", 2)
    outcomes = sorted(each["outcome"] for each in records(tmp_path, "SurfaceAccess"))
    assert outcomes == ["cancelled", "ok"]


async def test_a_restarted_server_goes_on(tmp_path: Path) -> None:
    service = service_of(tmp_path, AT)
    for total in (1, 2):
        async with serving(service) as served, connect(served.url("/ws")) as client:
            await client.send("{}")
            assert json.loads(await client.recv()) == {"total": total}
