"""API keys on every surface of a running server, by real clients."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from kanvas_runtime.auth import admin
from websockets.asyncio.client import connect

from tests.auth.surfaces import (
    AUTHS,
    FRIEND,
    come,
    handshake,
    keys_of,
    new_key,
    outliving,
    post_page,
    running,
)
from tests.runtime.serving import close_code, records

TAKES_KEYS = ("keyed", "scoped", "any", "any-scoped")


@pytest.mark.parametrize("surface", ["websocket", "page", "api"])
async def test_every_surface_with_every_state_of_a_key(tmp_path: Path, surface: str) -> None:
    keys = keys_of(tmp_path)
    full = keys.new("alice", ("machines:run",))
    shown = {
        "none": None,
        "good": full,
        "without the scope": keys.new("bob"),
        "with another scope": keys.new("carol", ("approvals:decide",)),
        "expired": keys.new("dave", ("machines:run",), expires=int(time.time()) - 1),
        "revoked": keys.new("erin", ("machines:run",)),
        "wrong": full[:-3] + ("AAA" if full[-3:] != "AAA" else "BBB"),
        "no key": "letmein",
        "empty": "",
    }
    keys.revoke("erin")
    names = {"good": "alice", "without the scope": "bob", "with another scope": "carol"}
    async with running(tmp_path) as served:
        for name in AUTHS:
            for state, key in shown.items():
                headers = {} if key is None else {"Authorization": f"Bearer {key}"}
                reply = await come(served, surface, name, headers)
                found = (name, state, reply.status, reply.code, reply.body)
                if name in ("silent", "open"):
                    assert reply.body == {"who": None}, found
                elif name not in TAKES_KEYS or state not in names:
                    assert (reply.status, reply.code) == (401, "unauthenticated"), found
                elif "scoped" in name and state != "good":
                    assert (reply.status, reply.code) == (403, "denied"), found
                    assert "machines:run" in reply.body["error"]["message"]
                else:
                    assert reply.body == {"who": names[state]}, found


@pytest.mark.parametrize("surface", ["websocket", "page", "api"])
async def test_both_headers_are_read_and_only_one_may_be_sent(tmp_path: Path, surface: str) -> None:
    keys = keys_of(tmp_path)
    key = keys.new("alice")
    async with running(tmp_path) as served:
        for headers in (
            {"X-API-Key": key},
            {"Authorization": f"bearer {key}"},
            {"Authorization": f"BEARER   {key} "},
        ):
            assert (await come(served, surface, "keyed", headers)).body == {"who": "alice"}
        both = {"X-API-Key": key, "Authorization": f"Bearer {key}"}
        refused = await come(served, surface, "keyed", both)
        assert refused.status == 401
        assert "several credentials" in refused.body["error"]["message"]
        basic = await come(served, surface, "keyed", {"Authorization": f"Basic {key}"})
        assert basic.status == 401
        challenge = {name.lower(): value for name, value in basic.headers.items()}
        assert challenge["www-authenticate"].startswith("Bearer")


async def test_origin_comes_before_the_key_and_no_origin_is_none(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    header = {"X-API-Key": key}
    async with running(tmp_path) as served:
        for origin, status in (
            (None, 101),
            (f"http://127.0.0.1:{served.port}", 101),
            ("http://localhost:3000", 101),
            ("http://[::1]:3000", 101),
            (FRIEND, 101),
            ("https://evil.example", 403),
            ("null", 403),
        ):
            reply = await handshake(served, "/ws/keyed", header, origin=origin)
            assert reply.status == status, origin
        foreign = {"Origin": "https://evil.example"}
        for headers in (foreign, foreign | header):
            assert (await post_page(served, "/keyed", headers)).code == "origin_refused"
            assert (await handshake(served, "/ws/keyed", headers)).code == "origin_refused"
        rebound = header | {"Host": "evil.example"}
        assert (await post_page(served, "/keyed", rebound)).status == 421


async def test_an_expiring_key_ends_its_sockets(tmp_path: Path) -> None:
    async with running(tmp_path) as served:

        async def expire(seconds: int) -> None:
            header = {"X-API-Key": await new_key(tmp_path, "alice", seconds)}
            async with connect(served.url("/ws/keyed"), additional_headers=header) as client:
                assert await close_code(client) == 4401
                assert client.close_reason == "credentials expired or revoked"

        await outliving(expire)


async def test_revocation_ends_the_sockets_of_that_key_only(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    alice, bob = keys.new("alice"), keys.new("bob")
    async with (
        running(tmp_path) as served,
        connect(served.url("/ws/keyed"), additional_headers={"X-API-Key": alice}) as one,
        connect(served.url("/ws/keyed"), additional_headers={"X-API-Key": alice}) as two,
        connect(served.url("/ws/keyed"), additional_headers={"X-API-Key": bob}) as other,
    ):
        request = {"do": "keys.revoke", "which": "alice"}
        await asyncio.to_thread(admin.ask, tmp_path / "data", request)
        assert [await close_code(one), await close_code(two)] == [4401, 4401]
        await other.send("{}")
        assert json.loads(await other.recv()) == {"who": "bob"}


async def test_the_ledger_says_who_it_was_and_nothing_says_the_key(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        await handshake(served, "/ws/keyed", {"X-API-Key": key})
        await post_page(served, "/keyed", {"X-API-Key": key})
    found = records(tmp_path)
    for kind in ("ConnectionOpened", "SurfaceAccess", "ConnectionClosed"):
        assert {each.get("principal") for each in found if each["kind"] == kind} == {"alice"}
    assert key.split("_", 2)[2] not in json.dumps(found)


async def test_connections_are_counted_by_principal(tmp_path: Path) -> None:
    """By address, behind a proxy all would be one."""
    keys = keys_of(tmp_path)
    texts = [keys.new("alice"), keys.new("alice"), keys.new("bob")]
    async with running(tmp_path) as served:
        endpoint = served.service.sockets["/ws/keyed"]
        for text, principal in zip(texts, ["alice", "alice", "bob"], strict=True):
            header = {"X-API-Key": text}
            async with connect(served.url("/ws/keyed"), additional_headers=header):
                assert endpoint._clients.connections(f"principal {principal}") == 1
                assert endpoint._clients.connections("127.0.0.1") == 0


async def test_an_admin_command_that_is_none_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path):
        for request in ({"do": "keys.burn"}, {"do": []}, {}, {"do": "keys.revoke"}):
            with pytest.raises(admin.AdminRefused):
                await asyncio.to_thread(admin.ask, tmp_path / "data", request)
    with pytest.raises(admin.NobodyServes):
        admin.ask(tmp_path / "data", {"do": "keys.new"})
