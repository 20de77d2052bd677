"""Rows that need time to have passed, or keys to have changed, on a real server."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.auth.keys import Key
from kanvas_runtime.auth.sessions import LIFETIME, LOCAL_COOKIE, Sessions
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.run import Run
from websockets.asyncio.client import connect

from tests.auth.surfaces import call, handshake, keys_of
from tests.auth.surfaces import service_of as guarded
from tests.runtime.serving import Served, service_of, serving
from tests.runtime.sockets import Nothing

OLD, NEW = b"o" * 32, b"n" * 32
PARTS = 40


class Part(Record, frozen=True):
    number: int
    pixels: Text


async def parts(_input: Nothing, run: Run) -> Part:
    for number in range(PARTS):
        await run.push(Part(number=number, pixels="x" * 100_000))
    return Part(number=PARTS, pixels="")


FILM = Machine(name="film", input=Nothing, output=Part, run=parts, source="app.kanvas")


def of(served: Served, sessions: Sessions, key: Key) -> dict[str, str]:
    cookie = f"{LOCAL_COOKIE}={sessions.begin(key)[0]}"
    return {"Cookie": cookie, "Origin": f"http://127.0.0.1:{served.port}"}


@pytest.mark.parametrize(
    ("signing", "signed_by", "begun", "status"),
    [
        ((NEW, OLD), NEW, 0.0, 101),
        ((NEW, OLD), OLD, 0.0, 101),
        ((NEW,), OLD, 0.0, 401),
        ((NEW, OLD), OLD, 60.0 - LIFETIME, 101),
        ((NEW, OLD), OLD, -1.0 - LIFETIME, 401),
    ],
)
async def test_a_session_lasts_twelve_hours_and_as_long_as_its_signing_key(
    tmp_path: Path, signing: tuple[bytes, ...], signed_by: bytes, begun: float, status: int
) -> None:
    keys = keys_of(tmp_path)
    key = keys.find(keys.new("alice"))
    assert key is not None
    sessions = Sessions(keys, (signed_by,), lambda: time.time() + begun)
    service = guarded(tmp_path)
    service.configure(session_keys=signing)
    async with serving(service) as served:
        headers = of(served, sessions, key)
        assert (await handshake(served, "/ws/signed", headers)).status == status


@pytest.mark.soak
async def test_a_ticket_is_good_for_thirty_seconds(tmp_path: Path) -> None:
    bearer = {"Authorization": f"Bearer {keys_of(tmp_path).new('alice')}"}
    async with serving(guarded(tmp_path)) as served:
        told = [
            (await call(served, "POST", "/_kanvas/ticket?path=/ws/keyed", bearer)).body["ticket"]
            for _ in range(2)
        ]
        await asyncio.sleep(25)
        assert (await handshake(served, f"/ws/keyed?ticket={told[0]}")).status == 101
        await asyncio.sleep(6)
        assert (await handshake(served, f"/ws/keyed?ticket={told[1]}")).status == 401


async def test_what_a_run_pushes_reaches_a_slow_client_whole(tmp_path: Path) -> None:
    """More than the buffers between the two hold, and more than is kept unsent before timer
    results are left out."""
    options: Any = {"subprotocols": ["kanvas.v1"], "max_size": None, "max_queue": 1}
    async with serving(service_of(tmp_path, (FILM, WebSocketSurface(path="/ws")))) as served:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        narrow.connect(("127.0.0.1", served.port))
        narrow.setblocking(False)
        async with connect(served.url("/ws"), sock=narrow, **options) as slow:
            await slow.recv()
            await slow.send(json.dumps({"op": "run", "id": "r", "input": {}}))
            await asyncio.sleep(1)  # it does something else meanwhile
            numbers = []
            while not numbers or numbers[-1] < PARTS:
                said = json.loads(await slow.recv())
                assert "gap" not in said
                numbers.append(said["output"]["number"])
    assert numbers == list(range(PARTS + 1))
