"""Calls whose client leaves, or takes them back: their runs end, and that is on the record."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.runtime.api.app import COUNT, send
from tests.runtime.serving import Served, recorded, records, service_of, serving
from tests.runtime.sockets import DOUBLE
from tests.runtime.tools.test_tools_served import client_of

WAIT = {"to": 1, "then": "wait"}
"""A run that has begun when it pushes, and then waits for a minute."""
MODERN = "2026-07-28"
ROOT = str(Path(__file__).parents[3])
STDIO = """
import sys
from pathlib import Path
from kanvas_runtime.tools.stdio import talk
from tests.runtime.api.app import COUNT
from tests.runtime.serving import service_of

service = service_of(Path(sys.argv[1]))
service.machine(COUNT)
talk(service)
"""


@contextlib.asynccontextmanager
async def counting(directory: Path) -> AsyncIterator[Served]:
    service = service_of(directory)
    for machine in (COUNT, DOUBLE):
        service.machine(machine)
    async with serving(service) as served:
        yield served


def message(id_: int, version: str) -> bytes:
    params: dict[str, Any] = {"name": "count", "arguments": WAIT}
    if version == MODERN:
        prefix = "io.modelcontextprotocol/"
        params["_meta"] = {
            f"{prefix}protocolVersion": version,
            f"{prefix}clientInfo": {"name": "tester", "version": "1"},
            f"{prefix}clientCapabilities": {},
        }
    return json.dumps(
        {"jsonrpc": "2.0", "id": id_, "method": "tools/call", "params": params}
    ).encode()


async def begin(served: Served, version: str, session: str = "") -> asyncio.StreamWriter:
    """A call by a client that nothing is read from."""
    body = message(1, version)
    named = {
        "Host": "localhost",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "count",
        "Content-Length": str(len(body)),
    } | ({"Mcp-Session-Id": session} if session else {})
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(f"POST /mcp HTTP/1.1\r\n{lines}\r\n".encode() + body)
    await writer.drain()
    return writer


@pytest.mark.parametrize("version", ["2025-06-18", MODERN])
async def test_who_leaves_cancels_the_run(tmp_path: Path, version: str) -> None:
    async with counting(tmp_path) as served:
        writer = await begin(served, version)
        await recorded(tmp_path, "RunStarted")
        writer.close()
        (access,) = await recorded(tmp_path, "SurfaceAccess")
    assert (access["surface"], access["outcome"]) == ("mcp", "cancelled")
    assert access["run"] == records(tmp_path, "RunStarted")[0]["run"]


async def test_a_call_that_is_taken_back_ends(tmp_path: Path) -> None:
    async with counting(tmp_path) as served, client_of(served) as client:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.call_tool, "count", WAIT)
                await recorded(tmp_path, "RunStarted")
                scope.cancel()
        (access,) = await recorded(tmp_path, "SurfaceAccess")
        assert access["outcome"] == "cancelled"
        result = await client.call_tool("double", {"n": 2})  # the session goes on
        assert result.structured_content == {"twice": 4}


async def test_nobody_takes_back_the_call_of_somebody_else(tmp_path: Path) -> None:
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    named = {"Accept": "application/json, text/event-stream"}
    mine, yours = ({"Mcp-Session-Id": whose} for whose in ("mine", "yours"))
    async with counting(tmp_path) as served:
        writer = await begin(served, "2025-06-18", session="mine")
        await recorded(tmp_path, "RunStarted")
        for session in ({}, yours):
            assert (await send(served, "POST", "/mcp", cancel, **named, **session)).status == 202
        assert records(tmp_path, "SurfaceAccess") == []
        assert (await send(served, "POST", "/mcp", cancel, **named, **mine)).status == 202
        (access,) = await recorded(tmp_path, "SurfaceAccess")
        assert access["outcome"] == "cancelled"
        writer.close()


async def test_there_are_no_streams_and_nothing_to_end(tmp_path: Path) -> None:
    async with counting(tmp_path) as served:
        named = {"Accept": "text/event-stream", "Mcp-Session-Id": "mine"}
        reply = await send(served, "GET", "/mcp", **named)
        assert (reply.status, reply.code) == (405, "method_not_allowed")
        assert (await send(served, "DELETE", "/mcp", **named)).status == 204


@contextlib.asynccontextmanager
async def by_stdio(directory: Path) -> AsyncIterator[ClientSession]:
    asked = StdioServerParameters(
        command=sys.executable, args=["-c", STDIO, str(directory)], cwd=ROOT
    )
    async with stdio_client(asked) as streams, ClientSession(*streams) as client:
        await client.initialize()
        yield client


async def test_over_standard_input_a_call_is_taken_back(tmp_path: Path) -> None:
    async with by_stdio(tmp_path) as client:
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.call_tool, "count", WAIT)
                await recorded(tmp_path, "RunStarted")
                scope.cancel()
        (access,) = await recorded(tmp_path, "SurfaceAccess")
        assert access["outcome"] == "cancelled"
        assert (await client.call_tool("count", {"to": 0})).structured_content == {"at": 0}


async def test_the_end_of_the_input_ends_what_runs(tmp_path: Path) -> None:
    version = "2025-06-18"
    begins = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "tester", "version": "1"},
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STDIO, str(tmp_path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for line in (
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": begins},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
    ):
        process.stdin.write(json.dumps(line).encode() + b"\n")
    await process.stdout.readline()
    process.stdin.write(message(1, version) + b"\n")
    await recorded(tmp_path, "RunStarted")
    process.stdin.close()
    assert await process.wait() == 0
    (access,) = records(tmp_path, "SurfaceAccess")
    assert access["outcome"] == "cancelled"
