"""Tickets: made over HTTP, used once in a handshake or on an open connection."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from kanvas_runtime.auth import admin
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.auth.tickets import LIFETIME, MOST_FOR_ONE, Tickets
from kanvas_runtime.errors import Refusal
from websockets.asyncio.client import connect

from tests.auth.surfaces import FRIEND, Reply, call, handshake, keys_of, new_key, outliving, running
from tests.runtime.serving import Served, close_code, records

ALICE = Principal("alice", frozenset({"machines:run"}), key="0")
TICKET = "/_kanvas/ticket"


async def fetch(
    served: Served, path: str, key: str, origin: str | None = None, page: str | None = None
) -> Reply:
    headers = {"X-API-Key": key} | ({} if origin is None else {"Origin": origin})
    more = {} if page is None else {"origin": page}
    return await call(served, "POST", TICKET, headers, {"path": path, **more})


async def ticket_of(served: Served, path: str, key: str, origin: str | None = None) -> str:
    reply = await fetch(served, path, key, origin)
    assert reply.status == 200, reply
    assert reply.headers["cache-control"] == "no-store"
    return str(reply.body["ticket"])


# By themselves.


def test_a_ticket_is_good_once_for_its_path_and_its_origin() -> None:
    tickets = Tickets()
    text = tickets.issue(ALICE, "/ws", FRIEND)
    assert len(text) == 43  # 256 bits
    assert tickets.redeem(text, "/ws", FRIEND) == ALICE
    assert tickets.redeem(text, "/ws", FRIEND) is None
    for path, origin in (("/other", FRIEND), ("/ws", None), ("/ws", "https://evil.example")):
        text = tickets.issue(ALICE, "/ws", FRIEND)
        assert tickets.redeem(text, path, origin) is None
        assert tickets.redeem(text, "/ws", FRIEND) is None
    assert tickets.redeem("", "/ws", FRIEND) is None


def test_a_ticket_lapses_and_too_many_are_refused() -> None:
    now = 0.0
    tickets = Tickets(lambda: now)
    first = tickets.issue(ALICE, "/ws", None)
    for _ in range(MOST_FOR_ONE - 1):
        tickets.issue(ALICE, "/ws", None)
    with pytest.raises(Refusal, match="too many"):
        tickets.issue(ALICE, "/ws", None)
    tickets.issue(Principal("bob"), "/ws", None)
    now = LIFETIME
    assert tickets.redeem(first, "/ws", None) is None
    tickets.issue(ALICE, "/ws", None)
    assert len(tickets._open) == 1


# With a server.


async def test_both_ways_to_send_one(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice", ("machines:run",))
    async with running(tmp_path) as served:
        path = "/ws/any-scoped"
        ticket = await ticket_of(served, path, key)
        reply = await handshake(served, f"{path}?ticket={ticket}")
        assert reply.body == {"who": "alice"}
        again = await handshake(served, f"{path}?ticket={ticket}")
        assert (again.status, again.code) == (401, "unauthenticated")
        for protocol in ("kanvas.v1", "kanvas.plain"):
            for place in (0, 1):
                offered = [protocol]
                offered.insert(place, f"kanvas.ticket.{await ticket_of(served, path, key)}")
                async with connect(served.url(path), subprotocols=offered) as client:
                    assert client.subprotocol == protocol


async def test_a_ticket_is_for_one_path_and_one_origin(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        own = f"http://127.0.0.1:{served.port}"
        for made, used, path, status in (
            (None, None, "/ws/keyed", 101),
            (own, own, "/ws/keyed", 101),
            (FRIEND, FRIEND, "/ws/keyed", 101),
            (FRIEND.upper().replace("HTTPS", "https"), FRIEND, "/ws/keyed", 101),
            (None, own, "/ws/keyed", 401),
            (own, None, "/ws/keyed", 401),
            (own, FRIEND, "/ws/keyed", 401),
            (own, "http://localhost:1", "/ws/keyed", 401),
            (None, None, "/ws/any", 401),
            (own, "https://evil.example", "/ws/keyed", 403),
        ):
            ticket = await ticket_of(served, "/ws/keyed", key, made)
            reply = await handshake(served, f"{path}?ticket={ticket}", origin=used)
            assert reply.status == status, (made, used, path)


async def test_who_gets_a_ticket(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    good, bare = keys.new("alice", ("machines:run",)), keys.new("bob")
    expired = keys.new("carol", ("machines:run",), expires=int(time.time()) - 1)
    revoked = keys.new("dave", ("machines:run",))
    keys.revoke("dave")
    async with running(tmp_path) as served:
        for key, origin, path, status, code in (
            (good, None, "/ws/scoped", 200, ""),
            (good, FRIEND, "/ws/scoped", 200, ""),
            (bare, None, "/ws/scoped", 403, "denied"),
            (expired, None, "/ws/scoped", 401, "unauthenticated"),
            (revoked, None, "/ws/scoped", 401, "unauthenticated"),
            ("", None, "/ws/scoped", 401, "unauthenticated"),
            (good, None, "/ws/signed", 401, "unauthenticated"),
            (good, None, "/ws/open", 422, "invalid_input"),
            (good, None, "/nowhere", 422, "invalid_input"),
            (good, "https://evil.example", "/ws/scoped", 403, "origin_refused"),
            (good, "null", "/ws/scoped", 403, "origin_refused"),
        ):
            reply = await fetch(served, path, key, origin)
            assert (reply.status, reply.code) == (status, code), (origin, path, reply)
        no_key = await call(served, "POST", TICKET, {}, {"path": "/ws/keyed"})
        assert no_key.status == 401
        for body in ({"paths": 1}, {"path": 5}, [], {}):
            odd = await call(served, "POST", TICKET, {"X-API-Key": good}, body)
            assert odd.code == "invalid_input"
        large = await call(served, "POST", TICKET, {"X-API-Key": good}, {"path": "x" * 20000})
        assert large.status == 413


async def test_a_server_fetches_one_for_its_page(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        reply = await fetch(served, "/ws/keyed", key, None, page=FRIEND)
        path = f"/ws/keyed?ticket={reply.body['ticket']}"
        assert (await handshake(served, path, origin=FRIEND)).status == 101
        foreign = await fetch(served, "/ws/keyed", key, None, page="https://evil.example")
        assert foreign.code == "origin_refused"
        other = await fetch(served, "/ws/keyed", key, FRIEND, page="http://localhost")
        assert other.code == "invalid_input"


async def test_pages_that_may_connect_may_read_the_answer(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        asked = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
        allowed = await call(served, "OPTIONS", TICKET, asked)
        assert allowed.status == 204
        assert allowed.headers["access-control-allow-origin"] == FRIEND
        assert "X-API-Key" in allowed.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in allowed.headers
        refused = await call(served, "OPTIONS", TICKET, asked | {"Origin": "https://evil.example"})
        assert not any(name.startswith("access-control") for name in refused.headers)
        reply = await fetch(served, "/ws/keyed", key, FRIEND)
        assert reply.headers["access-control-allow-origin"] == FRIEND


async def test_a_ticket_ends_with_the_key_that_it_came_from(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        ticket = await ticket_of(served, "/ws/keyed", key)
        used = await ticket_of(served, "/ws/keyed", key)
        async with connect(served.url(f"/ws/keyed?ticket={used}")) as client:
            request = {"do": "keys.revoke", "which": "alice"}
            await asyncio.to_thread(admin.ask, tmp_path / "data", request)
            assert await close_code(client) == 4401
        assert (await handshake(served, f"/ws/keyed?ticket={ticket}")).status == 401


async def test_new_credentials_on_an_open_connection(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    later, other = keys.new("alice"), keys.new("bob")
    async with running(tmp_path) as served:

        async def renew(seconds: int) -> None:
            header = {"X-API-Key": await new_key(tmp_path, "alice", seconds)}
            protocols = {"subprotocols": ["kanvas.v1"], "additional_headers": header}
            async with (
                connect(served.url("/ws/keyed"), **protocols) as kept,
                connect(served.url("/ws/keyed"), **protocols) as lost,
            ):
                assert json.loads(await kept.recv())["op"] == "hello"
                for ticket in ("nonsense", await ticket_of(served, "/ws/keyed", other)):
                    await kept.send(json.dumps({"op": "auth", "ticket": ticket}))
                    refused = json.loads(await kept.recv())
                    assert refused["error"]["code"] == "unauthenticated"
                    assert ticket not in json.dumps(refused)
                ticket = await ticket_of(served, "/ws/keyed", later)
                await kept.send(json.dumps({"op": "auth", "ticket": ticket}))
                assert json.loads(await kept.recv()) == {"op": "done"}
                assert await close_code(lost) == 4401
                await kept.send('{"op":"run","id":"1","input":{}}')
                assert json.loads(await kept.recv())["output"] == {"who": "alice"}

        await outliving(renew)
    outcomes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess")]
    assert outcomes.count("unauthenticated") >= 2


async def test_a_connection_without_credentials_has_none_to_renew(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with (
        running(tmp_path) as served,
        connect(served.url("/ws/open"), subprotocols=["kanvas.v1"]) as client,
    ):
        await client.recv()
        ticket = await ticket_of(served, "/ws/keyed", key)
        await client.send(json.dumps({"op": "auth", "ticket": ticket}))
        assert json.loads(await client.recv())["error"]["code"] == "unauthenticated"
