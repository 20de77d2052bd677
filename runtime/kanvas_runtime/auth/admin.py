"""The admin socket: how commands on the same machine ask a running server to change something.

A Unix socket in the data directory that only the owner may open. One JSON object on a line is a
request, `{"do": NAME, …}`; the answer is one as well, `{"done": …}` or `{"error": "a sentence"}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from kanvas_runtime.ledger.directory import prepare

SOCKET = "admin.sock"

Handler: TypeAlias = Callable[[dict[str, Any]], Awaitable[object]]

_log = logging.getLogger("kanvas.admin")

_LONGEST = 64 * 1024
_PATIENCE = 10.0


class AdminRefused(Exception):
    """What was asked for cannot be done; the message is for the operator."""


class NobodyServes(Exception):
    """No server has the data directory."""


class Admin:
    """The server's end. A handler may raise `AdminRefused`."""

    def __init__(self, directory: Path, handlers: Mapping[str, Handler]) -> None:
        self._directory = directory
        self._handlers = handlers
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; whoever calls this owns the data directory, so an old socket is a dead one."""
        prepare(self._directory)
        (self._directory / SOCKET).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        try:
            with _short(self._directory) as path:
                listener.bind(path)
            os.chmod(self._directory / SOCKET, 0o600)  # before anybody can connect
            listener.listen(8)
            listener.setblocking(False)
            self._server = await asyncio.start_unix_server(
                self._serve, sock=listener, limit=_LONGEST
            )
        except BaseException:
            listener.close()
            raise

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            (self._directory / SOCKET).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                reply = await self._reply(await reader.readline())
                writer.write(msgspec.json.encode(reply) + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # a command that went away, or says too much: it has got no answer
        finally:
            writer.close()

    async def _reply(self, line: bytes) -> dict[str, object]:
        try:
            request = msgspec.json.decode(line, type=dict[str, Any])
            handler = self._handlers[request["do"]]
        except (msgspec.MsgspecError, KeyError, TypeError):
            return {"error": "this server does not know that command: is it an older version?"}
        try:
            return {"done": await handler(request)}
        except AdminRefused as refused:
            return {"error": str(refused)}
        except Exception:
            _log.exception("an admin command failed")
            return {"error": "the server failed at it; its log says how"}


def ask(directory: Path, request: Mapping[str, object]) -> Any:
    """What the server of the directory answers. Raises `AdminRefused`, `NobodyServes`."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_PATIENCE)
        try:
            with _short(directory) as path:
                connection.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NobodyServes from None
        except OSError as error:
            raise AdminRefused(f"{directory / SOCKET} cannot be used: {error}") from error
        try:
            connection.sendall(msgspec.json.encode(request) + b"\n")
            with connection.makefile("rb") as lines:
                reply = msgspec.json.decode(lines.readline(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError) as error:
            raise AdminRefused("the server did not answer; is it stopping?") from error
    if "error" in reply:
        raise AdminRefused(reply["error"])
    return reply.get("done")


@contextlib.contextmanager
def _short(directory: Path) -> Iterator[str]:
    """The socket's path, by way of an open directory where it is too long for an address."""
    path = str(directory / SOCKET)
    if len(os.fsencode(path)) < 100:  # 104 on macOS, 108 on Linux
        yield path
        return
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{file}/{SOCKET}"
    finally:
        os.close(file)
