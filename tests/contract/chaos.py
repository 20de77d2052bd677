"""A network that is bad on purpose: a proxy that delays, cuts and swallows what goes through."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import struct
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any

_NUMBERS = itertools.count()


class Chaos:
    """`Chaos(port)` listens on a port of its own, in a thread of its own, and passes on to `port`.

    `delay` is in seconds, for each piece; `piece` is its size in bytes. What is set holds from the
    next byte on. No other in this process has the same `number`; `swallowed` counts bytes.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.number = next(_NUMBERS)
        self.swallowed = 0
        self.delay = 0.0
        self.piece = 65536
        self.swallow = False
        self.refuse = False
        self.connections = 0
        self._cut_after: int | None = None
        self._open: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Chaos:
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def reset(self) -> None:
        """Every open connection ends with a TCP reset."""
        self._wait(self._reset())

    def cut(self, after: int) -> None:
        """The next connection from which the server has sent so many bytes more is reset there."""
        self._cut_after = after

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _reset(self) -> None:
        for pair in list(self._open):
            for writer in pair:
                _abort(writer)

    async def _stop(self) -> None:
        self._server.close()
        await self._reset()
        tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            if not self.refuse:
                await self._between(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass  # nobody is there, or the proxy stops
        finally:
            _abort(writer)

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        pair = (writer, back)
        self._open.add(pair)
        ways = [self._pass(reader, back, False), self._pass(there, writer, True)]
        tasks = [asyncio.create_task(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._open.discard(pair)
            _abort(back)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_server: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(self.piece):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.swallow:
                    self.swallowed += len(data)
                    continue  # half-open: nobody hears anything, and nobody is told
                if from_server and self._cut_after is not None:
                    self._cut_after -= len(data)
                    if self._cut_after < 0:
                        writer.write(data[: self._cut_after])
                        await writer.drain()
                        self._cut_after = None
                        return
                writer.write(data)
                await writer.drain()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Ends it with a reset instead of a goodbye."""
    found = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        if found is not None:
            linger = struct.pack("ii", 1, 0)
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
