"""Every error code: how it comes about, its HTTP status, and the message that it is on a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.errors import STATUS, StepFailure
from kanvas_runtime.machine import Guard, Limits, Machine, PageSurface, WebSocketSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION
from websockets.asyncio.client import ClientConnection, connect

from tests.auth.surfaces import TEMPLATES, Reply, call, handshake, keys_of
from tests.runtime.serving import Served, recorded, serving
from tests.runtime.sockets import (
    BREAK,
    DOUBLE,
    FAIL,
    MEASURE,
    NAP,
    UNGRANTED,
    Nothing,
    Number,
    Rested,
)


def misunderstand(_input: Nothing, run: Run) -> Rested:
    run.step = "judge"
    raise StepFailure("provider", "the model gave no answer that fits")


def is_positive(given: Number, _run: Run) -> bool:
    return given.n > 0


POSITIVE = Guard("positive", "input", is_positive, "block")
GUARDED = replace(DOUBLE, name="guarded", guards=(POSITIVE,))
MODEL: Machine[Any, Any] = Machine(
    name="model", input=Nothing, output=Rested, run=misunderstand, source="app.kanvas"
)
DEAR = replace(MEASURE, name="dear", limits=Limits(cost_per_run=1))
SELDOM = replace(DOUBLE, name="seldom", limits=Limits(runs_per_minute=1))
HASTY = replace(NAP, name="hasty", timeout=0.05)

MACHINES: dict[str, tuple[Machine[Any, Any], dict[str, Any]]] = {
    "double": (DOUBLE, {}),
    "nap": (NAP, {}),
    "fail": (FAIL, {}),
    "break": (BREAK, {}),
    "model": (MODEL, {}),
    "dear": (DEAR, {}),
    "seldom": (SELDOM, {}),
    "hasty": (HASTY, {}),
    "guarded": (GUARDED, {}),
    "ungranted": (UNGRANTED, {}),
    "keyed": (DOUBLE, {"auth": ("api_key",)}),
    "scoped": (DOUBLE, {"auth": ("api_key",), "scopes": ("machines:run",)}),
    "slow": (DOUBLE, {"rate": 1.0}),
    "few": (DOUBLE, {"max_subscriptions": 1}),
    "full": (DOUBLE, {"max_connections": 0}),
}
"""Machines by the last part of their path, with the options of their sockets."""


@asynccontextmanager
async def everything(directory: Path) -> AsyncIterator[Served]:
    service = Service(name="app", program="p" * 64, runtime=VERSION, directory=TEMPLATES)
    service.configure(data=directory / "data")
    for name, (machine, options) in MACHINES.items():
        service.websocket(machine, WebSocketSurface(path=f"/ws/{name}", **options))
        auth = {key: value for key, value in options.items() if key in ("auth", "scopes")}
        service.page(machine, PageSurface(path=f"/{name}", title=name, **auth))
    async with serving(service) as served:
        yield served


@dataclass(frozen=True)
class Case:
    """A running app, and a key without scopes."""

    served: Served
    key: str

    async def post(self, name: str, body: object, **headers: str) -> Reply:
        """As the page's own script does."""
        own = {"Origin": f"http://127.0.0.1:{self.served.port}"}
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return await call(self.served, "POST", f"/{name}", own | named, body)

    async def say(self, name: str, *messages: str | bytes | dict[str, Any]) -> Any:
        """The last reply on a plain socket."""
        async with connect(self.served.url(f"/ws/{name}")) as client:
            for message in messages:
                plain = isinstance(message, str | bytes)
                await client.send(message if plain else json.dumps(message))
                reply = json.loads(await client.recv())
            assert isinstance(reply, dict)
            return reply["error"]

    async def tell(self, name: str, talk: Callable[[ClientConnection], Awaitable[Any]]) -> Any:
        """What a conversation in `kanvas.v1` comes to."""
        headers = {"X-API-Key": self.key}
        protocols: Any = ["kanvas.v1"]
        url = self.served.url(f"/ws/{name}")
        async with connect(url, subprotocols=protocols, additional_headers=headers) as client:
            assert json.loads(await client.recv())["op"] == "hello"
            reply = await talk(client)
            assert reply["op"] == "error"
            return reply["error"]


async def ops(client: ClientConnection, *messages: dict[str, Any]) -> Any:
    for message in messages:
        await client.send(json.dumps(message))
    return json.loads(await client.recv())


async def twice_with_one_key(client: ClientConnection) -> Any:
    run = {"op": "run", "id": "a", "key": "k", "input": {"n": 1}}
    assert (await ops(client, run))["op"] == "result"
    return await ops(client, run | {"id": "b", "input": {"n": 2}})


async def cancelled(client: ClientConnection) -> Any:
    run = {"op": "run", "id": "a", "input": {"seconds": 3600}}
    return await ops(client, run, {"op": "cancel", "id": "a"})


async def with_a_bad_ticket(client: ClientConnection) -> Any:
    return await ops(client, {"op": "auth", "ticket": "nonsense"})


async def knock(case: Case, path: str, **headers: str) -> Reply:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return await handshake(case.served, path, named)


async def too_soon(case: Case) -> Reply:
    await case.post("seldom", {"n": 1})
    return await case.post("seldom", {"n": 2})


async def too_large(case: Case) -> Reply:
    return await case.post("double", {"n": "1" * 2_000_000})


Way = Callable[[Case], Awaitable[Any]]

N1 = {"n": 1}
HTTP: dict[str, list[Way]] = {
    "invalid_json": [lambda c: call_raw(c, b"{"), lambda c: call_raw(c, b'{"m":"\xff"}')],
    "invalid_frame": [lambda c: c.post("double", [1])],
    "invalid_input": [lambda c: c.post("double", {"n": "one"})],
    "unknown_field": [lambda c: c.post("double", {"n": 1, "nn": 2})],
    "unauthenticated": [
        lambda c: c.post("keyed", N1),
        lambda c: knock(c, "/ws/keyed"),
        lambda c: knock(c, "/ws/double", x_forwarded_for="10.0.0.1"),
    ],
    "denied": [
        lambda c: c.post("scoped", N1, x_api_key=c.key),
        lambda c: knock(c, "/ws/scoped", x_api_key=c.key),
        lambda c: c.post("ungranted", {}),
    ],
    "guard_failed": [lambda c: c.post("guarded", {"n": 0})],
    "origin_refused": [
        lambda c: c.post("double", N1, Origin="https://evil.example"),
        lambda c: knock(c, "/ws/double", origin="https://evil.example"),
        lambda c: knock(c, "/ws/double", origin="null"),
    ],
    "not_found": [
        lambda c: call(c.served, "GET", "/nowhere"),
        lambda c: knock(c, "/ws/nowhere"),
    ],
    "method_not_allowed": [lambda c: call(c.served, "DELETE", "/double")],
    "unsupported_media": [lambda c: c.post("double", "n=1", Content_Type="text/csv")],
    "too_large": [too_large],
    "rate_limited": [too_soon],
    "budget_exceeded": [lambda c: c.post("dear", {})],
    "step_failed": [lambda c: c.post("fail", {})],
    "provider_error": [lambda c: c.post("model", {})],
    "timeout": [lambda c: c.post("hasty", {"seconds": 60})],
    "internal": [lambda c: c.post("break", {})],
    "overloaded": [lambda c: knock(c, "/ws/full")],
}
SOCKET: dict[str, list[Way]] = {
    "invalid_json": [
        lambda c: c.say("double", "{"),
        lambda c: c.say("double", '{"n":NaN}'),
        lambda c: c.say("double", '{"n":' + "[" * 65 + "]" * 65 + "}"),
    ],
    "invalid_frame": [lambda c: c.say("double", b'{"n":1}'), lambda c: c.say("double", "[1]")],
    "invalid_input": [lambda c: c.say("double", {"n": "one"})],
    "unknown_field": [lambda c: c.say("double", {"n": 1, "nn": 2})],
    "unauthenticated": [lambda c: c.tell("keyed", with_a_bad_ticket)],
    "denied": [lambda c: c.say("ungranted", {})],
    "guard_failed": [lambda c: c.say("guarded", {"n": 0})],
    "conflict": [lambda c: c.tell("double", twice_with_one_key)],
    "too_large": [lambda c: c.say("double", " " * 70_000)],
    "rate_limited": [
        lambda c: c.say("slow", N1, N1, N1),
        lambda c: c.say("seldom", N1, {"n": 2}),
    ],
    "budget_exceeded": [lambda c: c.say("dear", {})],
    "step_failed": [lambda c: c.say("fail", {})],
    "provider_error": [lambda c: c.say("model", {})],
    "timeout": [lambda c: c.say("hasty", {"seconds": 60})],
    "internal": [lambda c: c.say("break", {})],
    "overloaded": [lambda c: c.say("few", {"subscribe": 1}, {"subscribe": 2})],
    "cancelled": [lambda c: c.tell("nap", cancelled)],
}

ELSEWHERE = {
    "approval_denied": "tests/runtime/approvals",
    "approval_expired": "tests/runtime/approvals",
}
"""Codes that need a person, and where they are provoked."""
RUN = {"step_failed", "provider_error", "timeout", "internal", "cancelled", "guard_failed"}
"""Codes of runs that began: the error says which."""


async def call_raw(case: Case, body: bytes) -> Reply:
    """Bytes that no client would make."""
    reader, writer = await asyncio.open_connection("127.0.0.1", case.served.port)
    head = (
        "POST /double HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Origin: http://127.0.0.1\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer.write(head.encode() + body)
    said, _, content = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return Reply(int(said.split()[1]), json.loads(content), {})


def test_no_code_is_left_out() -> None:
    assert {*HTTP, *SOCKET, *ELSEWHERE} == set(STATUS)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the start; nothing is asked."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-none")


async def test_each_code_comes_with_its_status_and_its_body(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("ann")
    async with everything(tmp_path) as served:
        case = Case(served, key)
        for code, ways in HTTP.items():
            for number, way in enumerate(ways):
                reply = await way(case)
                found = (code, number, reply.status, reply.body)
                assert (reply.status, reply.code) == (STATUS[code], code), found
                check(code, reply.body["error"], has_run=False)
        for code, ways in SOCKET.items():
            for number, way in enumerate(ways):
                error = await way(case)
                assert error["code"] == code, (code, number, error)
                check(code, error, has_run=code in RUN)
        await recorded(tmp_path, "ConnectionClosed", sum(map(len, SOCKET.values())))


def check(code: str, error: dict[str, Any], *, has_run: bool) -> None:
    """The body has the parts that its code promises, and nothing of our insides."""
    parts = {"code", "message", "field", "step", "run", "retry_after", "subscription"}
    assert set(error) <= parts, error
    assert error["message"], error
    assert not has_run or len(error["run"]) == 36, error
    assert code != "rate_limited" or error["retry_after"] > 0, error
    assert code not in ("step_failed", "provider_error") or error["step"], error
    assert code not in ("invalid_input", "unknown_field") or "n" in error["field"], error
    for leak in ("Traceback", "ZeroDivision", "msgspec", "File "):
        assert leak not in json.dumps(error)


async def test_a_foreign_host_is_421_and_a_get_on_a_socket_426(tmp_path: Path) -> None:
    async with everything(tmp_path) as served:
        case = Case(served, "")
        for path in ("/ws/double", "/ws/nowhere"):
            reply = await knock(case, path, host="evil.example")
            assert (reply.status, reply.code) == (421, "origin_refused")
        page = await call(served, "GET", "/double", {"Host": "evil.example"})
        assert (page.status, page.code) == (421, "origin_refused")
        reply = await call(served, "GET", "/ws/double")
        assert (reply.status, reply.code) == (426, "method_not_allowed")
        assert reply.headers["upgrade"] == "websocket"
        url = f"ws://127.0.0.1:{served.port}/ws/double"
        assert f'new WebSocket("{url}")' in reply.body["error"]["message"]
