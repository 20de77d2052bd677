"""One machine by every way in: the same input has the same verdict, error body and record."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.ledger import refusals
from kanvas_runtime.machine import (
    ApiSurface,
    Machine,
    PageSurface,
    WebhookSurface,
    WebSocketSurface,
)
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from websockets.asyncio.client import connect

from tests.auth.surfaces import TEMPLATES
from tests.runtime.api.app import send
from tests.runtime.serving import Served, records, serving
from tests.runtime.webhooks.test_signatures import SECRET, signed

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Asked(Record, frozen=True):
    a: Integer
    note: Text = ""


class Told(Record, frozen=True):
    b: Integer
    note: Text


def work(input_: Asked, run: Run) -> Told:
    run.step = "work"
    match input_.note:
        case "fail":
            raise StepFailure("http", "the bank did not answer")
        case "late":
            raise StepFailure("timeout", "the bank took too long")
        case "forbidden":
            raise StepFailure("denied", "this may not be done")
        case "guarded":
            raise Refusal("guard_failed", "a is too large")
        case "broken":
            raise ZeroDivisionError
    return Told(b=input_.a * 2, note=input_.note)


MACHINE = Machine(name="work", input=Asked, output=Told, run=work, source="app.kanvas")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("surfaces")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(directory: Path) -> AsyncIterator[Served]:
    service = Service(name="app", program="p" * 64, runtime=VERSION, directory=TEMPLATES)
    service.configure(simulate=True, data=directory / "data")
    service.websocket(MACHINE, WebSocketSurface("/ws", rate=1000))
    service.page(MACHINE, PageSurface("/page", title="Work"))
    service.api(MACHINE, ApiSurface("/api"))
    service.api(MACHINE, ApiSurface("/api/{a}", "GET"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(refusals, "SINGLY", 10_000)  # a second of a fast machine has many
        patched.setenv("KANVAS_WEBHOOK_HOOK_SECRET", SECRET.decode())
        service.webhook(MACHINE, WebhookSurface("/hook", "signature"))
        async with serving(service) as running:
            yield running


Ask = Callable[[Served, str], Awaitable[Any]]


async def plain(served: Served, text: str) -> Any:
    async with connect(served.url("/ws")) as client:
        await client.send(text)
        return json.loads(await client.recv())


async def envelope(served: Served, text: str) -> Any:
    async with connect(served.url("/ws"), subprotocols=["kanvas.v1"]) as client:  # type: ignore[list-item]
        await client.recv()
        await client.send(f'{{"op":"run","id":"1","input":{text}}}')
        answer = json.loads(await client.recv())
    return {"error": answer["error"]} if answer["op"] == "error" else answer["output"]


async def page(served: Served, text: str) -> Any:
    named = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    return (await send(served, "POST", "/page", text.encode(), **named)).body


async def api(served: Served, text: str) -> Any:
    return (await send(served, "POST", "/api", text.encode(), Content_Type="application/json")).body


async def events(served: Served, text: str) -> Any:
    named = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    reply = await send(served, "POST", "/api", text.encode(), **named)
    return reply.events[-1][1] if reply.status == 200 else reply.body


async def mcp(served: Served, text: str) -> Any:
    url = f"http://127.0.0.1:{served.port}/mcp"
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient())
        streams = await stack.enter_async_context(streamable_http_client(url, http_client=http))
        client = await stack.enter_async_context(ClientSession(*streams[:2]))
        await client.initialize()
        result = await client.call_tool("work", json.loads(text))
    block: Any = result.content[0]
    return json.loads(block.text)


async def webhook(served: Served, text: str) -> Any:
    body = text.encode()
    named = {"Content-Type": "application/json"} | signed("signature", body, int(time.time()))
    return (await send(served, "POST", "/hook", body, **named)).body


WAYS: dict[str, tuple[str, Ask]] = {
    "websocket, plain": ("websocket", plain),
    "websocket, kanvas.v1": ("websocket", envelope),
    "page": ("page", page),
    "api": ("api", api),
    "api, events": ("api", events),
    "mcp": ("mcp", mcp),
    "webhook": ("webhook", webhook),
}
INPUTS = {
    "fits": '{"a": 1, "note": "x"}',
    "has defaults": '{"a": 1}',
    "is whole": '{"a": 1.0}',
    "has a wrong type": '{"a": "1"}',
    "has a fraction": '{"a": 1.5}',
    "is too large": '{"a": 9007199254740993}',
    "lacks a field": '{"note": "x"}',
    "has a field too many": '{"a": 1, "nota": "x"}',
    "fails": '{"a": 1, "note": "fail"}',
    "is late": '{"a": 1, "note": "late"}',
    "is forbidden": '{"a": 1, "note": "forbidden"}',
    "is guarded": '{"a": 1, "note": "guarded"}',
    "breaks": '{"a": 1, "note": "broken"}',
}
EXPECTED: dict[str, tuple[Any, Any]] = {}
"""What the plain protocol says to a text, which was asked once."""
OWN = ("surface", "path", "connection", "principal", "run", "duration_us")
"""What belongs to a surface or to one run; and of every record, its place in the chain."""
CHAIN = ("seq", "prev", "hash", "at", "id", "time")


@pytest.mark.parametrize("text", INPUTS.values(), ids=INPUTS)
@pytest.mark.parametrize("way", WAYS)
async def test_the_same_input_has_the_same_verdict(
    served: Served, directory: Path, way: str, text: str
) -> None:
    if text not in EXPECTED:
        EXPECTED[text] = await _asked(served, directory, "websocket, plain", text)
    expected, wanted = EXPECTED[text]
    answer, record = await _asked(served, directory, way, text)
    assert answer == expected
    assert record == wanted


async def _asked(served: Served, directory: Path, way: str, text: str) -> tuple[Any, Any]:
    """The answer and its record, without what is a surface's own."""
    surface, ask = WAYS[way]
    answer = await ask(served, text)
    record = records(directory, "SurfaceAccess")[-1]
    assert record["surface"] == surface
    if "error" in answer and "run" in answer["error"]:
        run = answer["error"].pop("run")
        assert run == record["run"]
        error = answer["error"]
        error["message"] = error["message"].replace(run, "<run>")
    bare = {name: value for name, value in record.items() if name not in (*OWN, *CHAIN)}
    return answer, bare | {"ran": "run" in record}
