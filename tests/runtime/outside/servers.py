"""HTTP servers on loopback that answer with exactly the bytes they are given."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Came:
    """A request as it came in; names of headers are lowercase."""

    line: str
    headers: dict[str, str]
    body: bytes


Behaviour: TypeAlias = Callable[[Came, asyncio.StreamWriter], Awaitable[None]]


def answer(
    body: bytes = b"", status: str = "200 OK", content_type: str = "text/plain", **headers: str
) -> Behaviour:
    """A whole answer. An underscore in a header's name stands for a hyphen."""
    given = {"content-type": content_type, "content-length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return raw(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)


def raw(data: bytes) -> Behaviour:
    async def send(_: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return send


def forever(head: bytes, more: bytes) -> Behaviour:
    async def send(_: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(more)
            await writer.drain()

    return send


def drip(head: bytes, more: bytes) -> Behaviour:
    """`more` every hundredth of a second, so that something always comes."""

    async def send(_: Came, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(0.01)

    return send


async def silence(_: Came, __: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


class Server:
    """`came` is what it was asked; every connection gets the same behaviour."""

    def __init__(self, behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.behaviour = behaviour
        self.came: list[Came] = []
        self.names: list[str | None] = []
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        if tls is not None:
            tls.sni_callback = lambda _, name, __: self.names.append(name)

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                self.came.append(await _read(reader))
                await self.behaviour(self.came[-1], writer)
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Came:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.rstrip().split("\r\n")
    headers = {}
    for each in lines:
        name, _, value = each.partition(":")
        assert name.lower() not in headers, f"{name} is there twice"
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Came(line, headers, body)
