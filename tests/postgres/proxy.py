"""A proxy before a database whose lines can be cut at a chosen moment of a statement."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.postgres.databases import Database

_CHUNK = 65536


class Proxy:
    """Hands on what comes on its socket in `folder`.

    `swallow` has the next bytes that come from there dropped, and the line cut: the database has
    done what it was asked, and nobody hears of it. `lose` does so with what goes to the database.
    `hold` lets nothing pass to the database until `go_on`, on lines that are `old` or on all.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._swallow = self._lose = False
        self._open = asyncio.Event()
        self._open.set()
        self.held = asyncio.Event()
        self._lines = self._old = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def swallow(self) -> None:
        self._swallow = True

    def lose(self) -> None:
        self._lose = True

    def hold(self, *, old: bool = False) -> None:
        self._old = self._lines if old else sys.maxsize
        self.held.clear()
        self._open.clear()

    def go_on(self) -> None:
        self._open.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._lines += 1
        line = self._lines
        try:
            there = await asyncio.open_unix_connection(str(self._target))
            ways = (self._there(line, reader, there[1]), self._back(there[0], writer))
            pumps = [asyncio.create_task(way) for way in ways]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
                there[1].close()
                writer.close()
        except (OSError, asyncio.CancelledError):
            writer.close()
        finally:
            self._tasks.discard(task)

    async def _there(
        self, line: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(_CHUNK):
            if not self._open.is_set() and line <= self._old:
                self.held.set()
                await self._open.wait()
            if self._lose:
                self._lose = False
                return
            writer.write(data)
            await writer.drain()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            if self._swallow:
                self._swallow = False
                return
            writer.write(data)
            await writer.drain()

    async def end(self) -> None:
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def before(database: Database, folder: Path) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy, and the address to use it by."""
    os.makedirs(folder, exist_ok=True)
    proxy = Proxy(database.cluster.socket)
    server = await asyncio.start_unix_server(proxy.serve, folder / database.cluster.socket.name)
    try:
        yield proxy, database.cluster.url(database.schema, folder)
    finally:
        server.close()
        await proxy.end()
        with suppress(OSError):
            await server.wait_closed()
