"""Planted secrets: no log, record or error says them, however talkative the log is."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from tests.auth.surfaces import call, form, handshake, keys_of, running
from tests.auth.test_sessions import own
from tests.runtime.serving import records

CANARY = "canary0123456789canary0123456789canary01234"


async def test_what_is_secret_reaches_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = keys_of(tmp_path).new("alice")
    bad = f"kv_000000000000_{CANARY}"
    told: list[object] = []
    async with running(tmp_path, access_log=True) as served:
        body = {"path": "/ws/keyed"}
        made = await call(served, "POST", "/_kanvas/ticket", {"X-API-Key": key}, body)
        ticket = made.body["ticket"]
        signed = await call(served, "POST", "/_kanvas/sign-in", own(served), form(key=key))
        cookie = signed.headers["set-cookie"].partition(";")[0]
        assert (await handshake(served, f"/ws/keyed?ticket={ticket}")).status == 101
        protocols = {"subprotocols": ["kanvas.v1", f"kanvas.ticket.{CANARY}"]}
        for path in ("/ws/keyed", "/ws/any", "/ws/signed", "/ws/silent", "/nowhere"):
            for headers in (
                {"X-API-Key": bad},
                {"Authorization": f"Bearer {CANARY}"},
                {"Cookie": f"kanvas_session={CANARY}"},
            ):
                told.append((await handshake(served, path, headers)).body)
            told.append((await handshake(served, f"{path}?ticket={CANARY}")).body)
            if path != "/ws/silent":
                told.append((await handshake(served, path, **protocols)).body)
        headers = {"Cookie": cookie} | own(served)
        assert (await handshake(served, "/ws/signed", headers)).status == 101
        wrong = await call(served, "POST", "/_kanvas/sign-in", own(served), form(key=bad))
        told.append(wrong.body)
        told.append((await call(served, "GET", f"/keyed?key={CANARY}", {"X-API-Key": bad})).body)
    everything = json.dumps([told, records(tmp_path)])
    # This process is the client as well, and what a client's library logs is not ours.
    lines = [each for each in caplog.records if each.name != "websockets.client"]
    everything += "\n".join(f"{each.getMessage()} {each.args}" for each in lines)
    assert "/ws/keyed" in everything
    secret = key.split("_", 2)[2]
    for each in (CANARY, secret, ticket, cookie.partition("=")[2]):
        assert each not in everything
