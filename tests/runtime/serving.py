"""Services and servers that the tests of sessions share."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from kanvas_runtime.http_protocol import HttpProtocol
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.server import Protocol
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed


def service_of(directory: Path, *surfaces: tuple[Machine[Any, Any], WebSocketSurface]) -> Service:
    """A simulated service over these surfaces whose data are in `directory`."""
    service = Service(name="app", program="p" * 64, runtime=VERSION, directory=directory)
    service.configure(simulate=True, data=directory / "data")
    for machine, surface in surfaces:
        service.websocket(machine, surface)
    return service


class TestServer(uvicorn.Server):
    """Leaves the signals to pytest."""

    __test__ = False

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn."""
        yield


class Served:
    """A service on a free port of loopback."""

    def __init__(self, service: Service, server: uvicorn.Server, task: asyncio.Task[None]) -> None:
        self.service = service
        self._server = server
        self._task = task

    @property
    def port(self) -> int:
        """Where it listens."""
        number: int = self._server.servers[0].sockets[0].getsockname()[1]
        return number

    def url(self, path: str) -> str:
        """Of a socket."""
        return f"ws://127.0.0.1:{self.port}{path}"

    async def stop(self) -> None:
        """As a signal does."""
        self._server.should_exit = True
        await self._task

    def begin_stop(self) -> None:
        """The same without waiting."""
        self._server.should_exit = True


@contextlib.asynccontextmanager
async def serving(service: Service, **options: Any) -> AsyncIterator[Served]:
    """Serve until the block ends, by default with our protocol classes."""
    settings = {"ws": Protocol, "http": HttpProtocol, "log_config": None, "access_log": False}
    config = uvicorn.Config(service.app, port=0, **(settings | options))
    server = TestServer(config)
    served = Served(service, server, asyncio.create_task(server.serve()))
    while not server.started:
        if served._task.done():
            await served._task
        await asyncio.sleep(0.005)
    try:
        yield served
    finally:
        await served.stop()


def records(directory: Path, kind: str | None = None) -> list[dict[str, Any]]:
    """What the ledger of a service in `directory` has, in order."""
    file = directory / "data" / DATABASE
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT body FROM ledger ORDER BY seq").fetchall()
    all_records = [json.loads(body) for (body,) in rows]
    return [each for each in all_records if kind is None or each["kind"] == kind]


async def close_code(client: ClientConnection) -> int:
    """Read to the end; the code with which the server closed."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await client.recv()
    code = client.close_code
    assert code is not None
    return code


async def recorded(directory: Path, kind: str, count: int = 1) -> list[dict[str, Any]]:
    """As soon as there are so many; a test's time limit is the patience."""
    while len(found := records(directory, kind)) < count:
        await asyncio.sleep(0.01)
    return found
