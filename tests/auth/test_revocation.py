"""What ends with a key: requests that run, too; and what the ledger has of keys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.auth import admin
from kanvas_runtime.auth.changes import KeyChanges
from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.machine import ApiSurface, Machine, PageSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION

from tests.auth.surfaces import TEMPLATES, Reply, call, form, keys_of
from tests.auth.test_keys_command import RUNTIME, keys
from tests.auth.test_sessions import own
from tests.runtime.serving import Served, recorded, records, serving
from tests.runtime.sockets import NAP, Nothing, Rested


@asynccontextmanager
async def napping(directory: Path) -> AsyncIterator[Served]:
    """A page whose machine takes as long as it is told."""
    service = Service(name="app", program="p" * 64, runtime=VERSION, directory=TEMPLATES)
    service.configure(data=directory / "data")
    service.page(NAP, PageSurface(path="/nap", title="Nap", auth=("api_key", "session")))
    service.api(NAP, ApiSurface("/api/nap", auth=("api_key",)))
    async with serving(service) as served:
        yield served


async def nap(served: Served, headers: dict[str, str], seconds: float, path: str = "/nap") -> Reply:
    return await call(served, "POST", path, own(served) | headers, {"seconds": seconds})


async def running(served: Served, count: int) -> None:
    """As soon as so many requests are admitted; a test's time limit is the patience."""
    while len(requests_of(served)) < count:
        await asyncio.sleep(0.01)


def requests_of(served: Served) -> list[object]:
    authenticator = served.service.authenticator
    assert authenticator is not None
    return list(authenticator._requests)


async def revoke(directory: Path, which: str) -> Any:
    request = {"do": "keys.revoke", "which": which, "operator": "ops"}
    return await asyncio.to_thread(admin.ask, directory / "data", request)


@pytest.mark.parametrize("by", ["key", "session", "api"])
async def test_a_request_that_runs_ends_with_its_key(tmp_path: Path, by: str) -> None:
    made = keys_of(tmp_path)
    alice, bob = made.new("alice"), made.new("bob")
    async with napping(tmp_path) as served:
        headers = {"X-API-Key": alice}
        if by == "session":
            signed = await call(served, "POST", "/_kanvas/sign-in", own(served), form(key=alice))
            headers = {"Cookie": signed.headers["set-cookie"].partition(";")[0]}
        path = "/api/nap" if by == "api" else "/nap"
        cut = asyncio.create_task(nap(served, headers, 3600, path))
        await running(served, 1)
        other = asyncio.create_task(nap(served, {"X-API-Key": bob}, 1))
        await running(served, 2)
        await revoke(tmp_path, "alice")
        refused = await cut
        assert (refused.status, refused.code) == (401, "unauthenticated")
        assert refused.body["error"]["message"] == "the credentials have expired or were revoked"
        assert (await other).status == 200
        assert (await nap(served, headers, 0, path)).status == 401
        while requests_of(served):
            await asyncio.sleep(0.01)
    outcomes = {each["outcome"] for each in records(tmp_path, "SurfaceAccess") if "run" in each}
    assert outcomes == {"cancelled", "ok"}


async def doze(_input: Nothing, run: Run) -> Rested:
    await run.push(Rested(name="soon"))
    await asyncio.sleep(3600)
    return Rested(name="never")


DOZE = Machine(name="doze", input=Nothing, output=Rested, run=doze, source="app.kanvas")


async def test_a_stream_of_events_breaks_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = keys_of(tmp_path).new("alice")
    service = Service(name="app", program="p" * 64, runtime=VERSION, directory=TEMPLATES)
    service.configure(data=tmp_path / "data")
    service.api(DOZE, ApiSurface("/doze", auth=("api_key",)))
    async with serving(service) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            b"POST /doze HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Accept: text/event-stream\r\nContent-Length: 2\r\n"
            b"X-API-Key: " + key.encode() + b"\r\n\r\n{}"
        )
        begun = await reader.readuntil(b"event: push")
        assert begun.startswith(b"HTTP/1.1 200")
        await revoke(tmp_path, "alice")
        assert b"event: " not in await reader.read()
        writer.close()
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
    outcomes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess")]
    assert sorted(outcomes) == ["cancelled", "ok", "unauthenticated"]


async def test_signing_out_ends_what_runs_and_is_answered_itself(tmp_path: Path) -> None:
    key = keys_of(tmp_path).new("alice")
    async with napping(tmp_path) as served:
        signed = await call(served, "POST", "/_kanvas/sign-in", own(served), form(key=key))
        headers = {"Cookie": signed.headers["set-cookie"].partition(";")[0]}
        cut = asyncio.create_task(nap(served, headers, 3600))
        await running(served, 1)
        out = await call(served, "POST", "/_kanvas/sign-out", own(served) | headers)
        assert out.status == 303
        assert (await cut).status == 401


async def test_each_change_is_recorded_with_who_made_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    keys(RUNTIME, "new", "alice", "--scope", "a:b,c", "--expires", "1d", data=data)
    async with napping(tmp_path):
        made = await asyncio.to_thread(keys, RUNTIME, "new", "bob", data=data)
        await asyncio.to_thread(keys, RUNTIME, "revoke", "bob", data=data)
        await asyncio.to_thread(keys, RUNTIME, "revoke", "nobody", data=data)
        await recorded(tmp_path, "SurfaceAccess", 3)
    keys(RUNTIME, "revoke", "alice", data=data)
    found = records(tmp_path, "SurfaceAccess")
    assert [(each["path"], each["key_name"], each["outcome"]) for each in found] == [
        ("keys.new", "alice", "ok"),
        ("keys.new", "bob", "ok"),
        ("keys.revoke", "bob", "ok"),
        ("keys.revoke", "alice", "ok"),
    ]
    assert {each["surface"] for each in found} == {"command"}
    assert all(each["principal"].startswith("operator:") for each in found)
    assert all(len(each["principal"]) > len("operator:") for each in found)
    assert found[0]["scopes"] == "a:b c"
    assert found[0]["expires"].endswith("Z")
    assert {each["key"] for each in found} == {key.id for key in Keys(data).all}
    assert made.stdout.split()[-1].split("_", 2)[2] not in json.dumps(found)


async def test_no_key_is_made_unrecorded_and_a_revoked_one_is_gone_anyway(tmp_path: Path) -> None:
    made = Keys(tmp_path)
    text = made.new("alice")
    ledger = MemoryLedger()
    ledger.available = False
    changes = KeyChanges(made, ledger)
    with pytest.raises(admin.AdminRefused, match="no key was made"):
        await changes.apply({"do": "keys.new", "name": "bob", "scopes": []})
    assert [key.name for key in Keys(tmp_path).all] == ["alice"]
    with pytest.raises(admin.AdminRefused, match="was revoked, but"):
        await changes.apply({"do": "keys.revoke", "which": "alice"})
    assert Keys(tmp_path).find(text) is None
