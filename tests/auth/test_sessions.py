"""Sessions: the cookie by itself, and signing in and out by a real client."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from pathlib import Path

import pytest
from kanvas_runtime.auth import admin
from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.auth.sessions import LIFETIME, LOCAL_COOKIE, SECURE_COOKIE, Sessions
from kanvas_runtime.auth.sessions import signing_keys as signing
from websockets.asyncio.client import connect

from tests.auth.surfaces import Reply, call, form, handshake, keys_of, post_page, running
from tests.runtime.serving import Served, close_code

OLD, NEW = b"o" * 32, b"n" * 32


def own(served: Served) -> dict[str, str]:
    return {"Origin": f"http://127.0.0.1:{served.port}"}


async def sign_in(served: Served, key: str, next_: str = "", **headers: str) -> Reply:
    body = form(key=key, next=next_)
    return await call(served, "POST", "/_kanvas/sign-in", own(served) | headers, body)


async def cookie_of(served: Served, key: str) -> dict[str, str]:
    reply = await sign_in(served, key)
    assert reply.status == 303, reply
    return {"Cookie": reply.headers["set-cookie"].partition(";")[0]}


# By itself.


def test_a_cookie_is_good_for_twelve_hours_and_as_long_as_its_key(tmp_path: Path) -> None:
    now = 1000.0
    keys = Keys(tmp_path, lambda: now)
    sessions = Sessions(keys, (OLD,), lambda: now)
    for expires, lifetime in ((None, LIFETIME), (1000 + 60, 60)):
        now = 1000.0
        key = keys.find(keys.new("alice", ("a:b",), expires))
        assert key is not None
        cookie, seconds = sessions.begin(key)
        assert seconds == lifetime
        found = sessions.find({SECURE_COOKIE: cookie}, local=False)
        assert found is not None
        assert (found.name, found.scopes, found.key) == ("alice", {"a:b"}, key.id)
        now = 1000.0 + lifetime
        assert sessions.find({SECURE_COOKIE: cookie}, local=False) is None


def test_keys_are_changed_by_a_list_and_other_keys_make_nothing(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key = keys.find(keys.new("alice"))
    assert key is not None
    cookie = {SECURE_COOKIE: Sessions(keys, (OLD,)).begin(key)[0]}
    assert Sessions(keys, (NEW, OLD)).find(cookie, local=False) is not None
    assert Sessions(keys, (NEW,)).find(cookie, local=False) is None
    fresh = {SECURE_COOKIE: Sessions(keys, (NEW, OLD)).begin(key)[0]}
    assert Sessions(keys, (NEW,)).find(fresh, local=False) is not None
    assert signing(f" {OLD.decode()},{NEW.decode()} ") == (OLD, NEW)
    with pytest.raises(ValueError, match="KANVAS_SESSION_KEY"):
        signing("short")


def test_a_cookie_that_was_changed_is_none(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    key = keys.find(keys.new("alice"))
    assert key is not None
    sessions = Sessions(keys, (OLD,))
    payload, signature = sessions.begin(key)[0].split(".")
    said = json.loads(base64.urlsafe_b64decode(payload))
    said[2] += 1
    longer = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    for text in (
        f"{longer}.{signature}",
        f"{payload}.{signature[:-1]}",
        f"{payload}.{signature}0",
        f"{payload}",
        f".{signature}",
        "",
        "ä.ö",
    ):
        assert sessions.find({SECURE_COOKIE: text}, local=False) is None
    local = {LOCAL_COOKIE: f"{payload}.{signature}"}
    assert sessions.find(local, local=True) is not None
    assert sessions.find(local, local=False) is None


# With a server.


async def test_signing_in_and_out(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice", ("machines:run",))
    async with running(tmp_path) as served:
        signed = await sign_in(served, key, "/any")
        assert (signed.status, signed.headers["location"]) == (303, "/any")
        given = signed.headers["set-cookie"]
        for part in ("HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict"):
            assert part in given
        assert "Secure" not in given
        cookie = {"Cookie": given.partition(";")[0]}
        assert key not in given
        told = await call(served, "GET", "/_kanvas/session", cookie)
        assert told.headers["cache-control"] == "no-store"
        assert (told.body["signed_in"], told.body["principal"]) == (True, "alice")
        page = await call(served, "GET", "/signed", cookie)
        assert "Signed in as" in page.body
        assert (await post_page(served, "/any-scoped", cookie)).body == {"who": "alice"}
        headers = cookie | own(served)
        async with connect(served.url("/ws/signed"), additional_headers=headers) as client:
            out = await call(served, "POST", "/_kanvas/sign-out", headers)
            assert (out.status, out.headers["location"]) == (303, "/_kanvas/sign-in")
            assert "Max-Age=0" in out.headers["set-cookie"]
            assert await close_code(client) == 4401
        assert (await handshake(served, "/ws/signed", headers)).status == 401
        assert (await call(served, "GET", "/_kanvas/session", cookie)).body == {"signed_in": False}
    async with running(tmp_path) as served:  # a copy of the cookie is worth nothing for good
        assert (await handshake(served, "/ws/signed", cookie | own(served))).status == 401


async def test_only_this_apps_pages_may_use_a_session(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        cookie = await cookie_of(served, key)
        for headers, socket, page in (
            (own(served), 101, 200),
            ({}, 403, 403),
            ({"Origin": "null"}, 403, 403),
            ({"Origin": "https://evil.example"}, 403, 403),
            ({"Origin": "https://friend.example"}, 403, 403),
            ({"Sec-Fetch-Site": "same-origin"}, 101, 200),
            ({"Sec-Fetch-Site": "same-site"}, 403, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403, 403),
        ):
            reply = await handshake(served, "/ws/signed", cookie | headers)
            assert reply.status == socket, headers
            posted = await call(served, "POST", "/signed", cookie | headers, {})
            assert posted.status == page, headers
            body = {"path": "/ws/signed"}
            ticket = await call(served, "POST", "/_kanvas/ticket", cookie | headers, body)
            assert ticket.status == page, headers
        for path in ("/_kanvas/sign-in", "/_kanvas/sign-out"):
            for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
                refused = await call(served, "POST", path, cookie | headers, form(key=key))
                assert refused.code == "origin_refused"


@pytest.mark.parametrize("state", ["unknown", "expired", "revoked", "empty"])
async def test_a_bad_key_is_refused_on_the_page(tmp_path: Path, state: str) -> None:
    keys = keys_of(tmp_path)
    shown = {
        "unknown": "kv_000000000000_" + "x" * 43,
        "expired": keys.new("alice", expires=int(time.time()) - 1),
        "revoked": keys.new("bob"),
        "empty": "",
    }
    keys.revoke("bob")
    async with running(tmp_path) as served:
        reply = await sign_in(served, shown[state])
        assert reply.status == 401
        assert "not valid" in reply.body
        assert "set-cookie" not in reply.headers
        assert not shown[state] or shown[state] not in reply.body


async def test_what_ends_a_key_ends_its_sessions(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        headers = await cookie_of(served, key) | own(served)
        async with connect(served.url("/ws/signed"), additional_headers=headers) as client:
            request = {"do": "keys.revoke", "which": "alice"}
            await asyncio.to_thread(admin.ask, tmp_path / "data", request)
            assert await close_code(client) == 4401
        assert (await handshake(served, "/ws/signed", headers)).status == 401
        assert (await post_page(served, "/signed", headers)).status == 401


async def test_a_person_is_led_to_the_sign_in_page_and_to_own_pages_only(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        browser = {"Accept": "text/html,*/*"}
        led = await call(served, "GET", "/signed", browser)
        assert (led.status, led.headers["location"]) == (303, "/_kanvas/sign-in?next=%2Fsigned")
        assert (await call(served, "GET", "/signed")).status == 401
        assert (await call(served, "GET", "/keyed", browser)).status == 401
        page = await call(served, "GET", led.headers["location"], browser)
        assert re.search(r'name="next" value="/signed"', page.body)
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        for foreign in ("https://evil.example", "//evil.example", "/_kanvas/sign-out", "/nowhere"):
            reply = await sign_in(served, key, foreign)
            assert reply.headers["location"] == "/signed"


async def test_scopes_of_a_session_are_those_of_its_key(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("bob")
    async with running(tmp_path) as served:
        headers = await cookie_of(served, key) | own(served)
        reply = await handshake(served, "/ws/any-scoped", headers)
        assert (reply.status, reply.code) == (403, "denied")
        assert (await handshake(served, "/ws/keyed", headers)).status == 401


async def test_off_loopback_a_session_needs_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANVAS_HOSTS", "app.example.com")
    monkeypatch.setenv("KANVAS_TRUSTED_PROXIES", "127.0.0.1")
    key = keys_of(tmp_path).new("alice")
    async with running(tmp_path) as served:
        plain = {"Host": "app.example.com", "Origin": "http://app.example.com"}
        refused = await sign_in(served, key, **plain)
        assert refused.status == 401
        assert "https" in refused.body
        proxied = {"X-Forwarded-Proto": "https", "Origin": "https://app.example.com"}
        reply = await sign_in(served, key, **(plain | proxied))
        assert reply.status == 303
        given = reply.headers["set-cookie"]
        assert given.startswith(f"{SECURE_COOKIE}=")
        assert "Secure" in given
        cookie = {"Cookie": given.partition(";")[0]}
        forwarded = proxied | {"X-Forwarded-Host": "app.example.com"}
        assert (await handshake(served, "/ws/signed", forwarded | cookie)).status == 101
