"""Machines as tools, called by the client of the official package: over HTTP and standard input."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.machine import ToolSurface
from kanvas_runtime.tools import endpoint
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from tests.auth.surfaces import WHO, call
from tests.e2e.apps import records as records_of
from tests.runtime.api.app import send
from tests.runtime.approvals.refunds import service_of as refunds
from tests.runtime.serving import Served, records, service_of, serving
from tests.runtime.sockets import DOUBLE, FAIL, NAP

PROGRAM = """
machine shout "Say it louder"
  accepts
    words as text, is required, max_length: 20
  achieves
    goal "Make people listen"
  responds with
    loud as text
  implements
    compute answer
      {loud: input.words.upper()}
"""


@asynccontextmanager
async def client_of(served: Served, **headers: str) -> AsyncIterator[ClientSession]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"http://127.0.0.1:{served.port}/mcp"
    async with (
        httpx2.AsyncClient(headers=named) as http,
        streamable_http_client(url, http_client=http) as streams,
        ClientSession(*streams[:2]) as session,
    ):
        await session.initialize()
        yield session


def told(result: Any) -> Any:
    (block,) = result.content
    return json.loads(block.text)


async def test_every_machine_is_a_tool(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    for machine in (DOUBLE, FAIL, NAP):
        service.machine(machine)
    async with serving(service) as served, client_of(served) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            "double",
            "fail",
            "nap",
        ]
        result = await client.call_tool("double", {"n": 21})
        assert (result.is_error, result.structured_content) == (False, {"twice": 42})
        assert told(result) == {"twice": 42}
        wrong = await client.call_tool("double", {"n": "x"})
        assert (wrong.is_error, told(wrong)["error"]["code"]) == (True, "invalid_input")
        failed = await client.call_tool("fail", {})
        assert told(failed)["error"]["step"] == "pay"
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("nobody", {})
    accesses = records(tmp_path, "SurfaceAccess")
    assert [(r["surface"], r["path"], r.get("machine"), r["outcome"]) for r in accesses] == [
        ("mcp", "/mcp", "double", "ok"),
        ("mcp", "/mcp", "double", "invalid_input"),
        ("mcp", "/mcp", "fail", "step_failed"),
        ("mcp", "/mcp", None, "not_found"),
    ]


async def test_a_client_calls_a_tool_as_often_as_the_surface_says(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    service.mcp(DOUBLE, ToolSurface(rate=0.01))
    service.machine(FAIL)
    async with serving(service) as served, client_of(served) as client:
        assert not (await client.call_tool("double", {"n": 1})).is_error
        refused = told(await client.call_tool("double", {"n": 1}))["error"]
        assert (refused["code"], refused["retry_after"] > 0) == ("rate_limited", True)
        assert told(await client.call_tool("fail", {}))["error"]["code"] == "step_failed"
    accesses = records(tmp_path, "SurfaceAccess")
    assert [(r["machine"], r["outcome"]) for r in accesses] == [
        ("double", "ok"),
        ("double", "rate_limited"),
        ("fail", "step_failed"),
    ]


async def test_what_calls_no_tool_has_a_rate_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "RATE", 0.01)
    service = service_of(tmp_path)
    service.machine(DOUBLE)
    service.tools = endpoint.ToolEndpoint(service, "app", service.toolbox)
    service.app.router.routes.insert(0, service.tools.route)
    named = {"Accept": "application/json, text/event-stream"}
    ask = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    do = ask | {"method": "tools/call", "params": {"name": "double", "arguments": {"n": 1}}}
    async with serving(service) as served:
        assert (await call(served, "POST", "/mcp", named, ask)).status == 200
        for refused in (ask, do | {"params": {"name": "nobody"}}, ["no message"]):
            reply = await call(served, "POST", "/mcp", named, refused)
            assert (reply.status, reply.code) == (429, "rate_limited")
            assert int(reply.headers["retry-after"]) > 0
        assert (await call(served, "POST", "/mcp", named, do)).status == 200
    outcomes = [(r["outcome"], r["path"]) for r in records(tmp_path, "SurfaceAccess")]
    assert outcomes == [*[("rate_limited", "/mcp")] * 3, ("ok", "/mcp")]


async def test_what_is_no_message_is_recorded(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    service.machine(DOUBLE)
    async with serving(service) as served:
        named = {"Accept": "application/json, text/event-stream"}
        for body in (b"{", b"[]", b"\xff", b"[" * 100_000):
            reply = await send(served, "POST", "/mcp", body, **named)
            assert reply.status == 400
    outcomes = [(r["surface"], r["outcome"]) for r in records(tmp_path, "SurfaceAccess")]
    assert outcomes == [("mcp", "invalid_frame")] * 4


async def test_who_may_call_is_said_machine_by_machine(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    service.mcp(WHO, ToolSurface(auth=("api_key",), scopes=("machines:run",)))
    (tmp_path / "data").mkdir(mode=0o700)
    keys = Keys(tmp_path / "data")
    full, bare = keys.new("alice", ("machines:run",)), keys.new("bob")
    async with serving(service) as served:
        refused = await call(served, "POST", "/mcp", {}, {})
        assert (refused.status, refused.code) == (401, "unauthenticated")
        refused = await call(served, "POST", "/mcp", {"X-API-Key": bare}, {})
        assert (refused.status, refused.code) == (403, "denied")
        refused = await call(served, "POST", "/mcp", {"Origin": "https://evil.example"}, {})
        assert (refused.status, refused.code) == (403, "origin_refused")
        async with client_of(served, X_API_Key=full) as client:
            assert told(await client.call_tool("who", {})) == {"who": "alice"}
    outcomes = [(r["outcome"], r["path"]) for r in records(tmp_path, "SurfaceAccess")]
    codes = ["unauthenticated", "denied", "origin_refused", "ok"]
    assert outcomes == [(code, "/mcp") for code in codes]


async def test_a_machine_that_others_may_not_call_is_not_shown_to_them(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    service.machine(DOUBLE)
    service.mcp(WHO, ToolSurface(auth=("api_key",)))
    async with serving(service) as served, client_of(served) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["double"]
        with pytest.raises(MCPError, match="no tool"):
            await client.call_tool("who", {})


async def test_a_step_that_waits_for_a_person_is_told(tmp_path: Path) -> None:
    async with serving(refunds(tmp_path)) as served, client_of(served) as client:
        result = await client.call_tool("refund", {"order": "A-7", "amount": 250})
        held = told(result)["held"]
        assert (result.is_error, held["capability"]) == (False, "call")
        assert (await call(served, "GET", f"/_kanvas/runs/{held['run']}")).status == 202


async def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "kanvas_runtime.tools.sdk", None)
    service = service_of(tmp_path)
    service.machine(DOUBLE)
    async with serving(service) as served:
        reply = await call(served, "POST", "/mcp", {}, {})
        assert (reply.status, reply.code) == (404, "not_found")
        assert "kanvas-runtime[mcp]" in reply.body["error"]["message"]


async def test_over_standard_input_by_one_command(tmp_path: Path) -> None:
    program = tmp_path / "app.kanvas"
    program.write_text(PROGRAM, encoding="utf-8")
    asked = StdioServerParameters(
        command=sys.executable,
        args=["-m", "kanvasc", "mcp", str(program)],
        env={"XDG_CACHE_HOME": str(tmp_path / "cache"), "KANVAS_DATA_DIR": str(tmp_path / "data")},
    )
    async with stdio_client(asked) as streams, ClientSession(*streams) as client:
        await client.initialize()
        (tool,) = (await client.list_tools()).tools
        assert (tool.name, tool.title) == ("shout", "Say it louder")
        assert tool.description == "Make people listen"
        assert tool.input_schema["properties"]["words"]["maxLength"] == 20
        assert tool.output_schema is not None
        assert tool.output_schema["required"] == ["loud"]
        result = await client.call_tool("shout", {"words": "hear"})
        assert result.structured_content == {"loud": "HEAR"}
        assert told(await client.call_tool("shout", {"word": "x"}))["error"]["field"] == "word"
    outcomes = [r["outcome"] for r in records_of(tmp_path / "data") if r["kind"] == "SurfaceAccess"]
    assert outcomes == ["ok", "unknown_field"]
