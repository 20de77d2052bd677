"""Endpoints whose runs wait for a person: 202 at once, the answer at its address."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.auth.surfaces import call
from tests.runtime.api.app import send
from tests.runtime.api.test_api_served import open_request
from tests.runtime.approvals.refunds import bearing, key_of, service_of
from tests.runtime.serving import Served, recorded, records, serving

BIG = {"order": "A-7", "amount": 250}


async def decide(served: Served, key: str, decision: str) -> None:
    listed = await call(served, "GET", "/_kanvas/approvals", bearing(key))
    (hold,) = listed.body["approvals"]
    path = f"/_kanvas/approvals/{hold['hold']}"
    assert (await call(served, "POST", path, bearing(key), {"decision": decision})).status == 200


async def answered(served: Served, path: str) -> Any:
    while (reply := await send(served, "GET", path)).status == 202:
        await asyncio.sleep(0.01)
    return reply


async def test_a_run_that_is_held_is_accepted_and_answered_elsewhere(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with serving(service_of(tmp_path)) as served:
        held = await send(served, "POST", "/api/refunds", BIG)
        assert held.status == 202
        assert held.body["held"]["capability"] == "call"
        run = held.body["held"]["run"]
        assert held.headers["location"] == f"/_kanvas/runs/{run}"
        assert held.headers["kanvas-run"] == run
        await decide(served, key, "approve")
        reply = await answered(served, held.headers["location"])
        assert (reply.status, reply.body["paid"]) == (200, 250)
    (access,) = [r for r in records(tmp_path, "SurfaceAccess") if r.get("run") == run]
    assert (access["surface"], access["path"], access["outcome"]) == ("api", "/api/refunds", "ok")


async def test_what_a_person_denies_has_the_status_of_that(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with serving(service_of(tmp_path)) as served:
        held = await send(served, "POST", "/api/refunds", BIG)
        await decide(served, key, "deny")
        reply = await answered(served, held.headers["location"])
        assert (reply.status, reply.code) == (403, "approval_denied")


async def test_a_key_of_a_run_that_waits_is_told_the_same(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with serving(service_of(tmp_path)) as served:
        first = await send(served, "POST", "/api/refunds", BIG, Idempotency_Key="k")
        again = await send(served, "POST", "/api/refunds", BIG, Idempotency_Key="k")
        assert (again.status, again.body) == (202, first.body)
        other = {"order": "A-7", "amount": 251}
        conflict = await send(served, "POST", "/api/refunds", other, Idempotency_Key="k")
        assert (conflict.status, conflict.code) == (409, "conflict")
        await decide(served, key, "approve")
        done = await answered(served, first.headers["location"])
        last = await send(served, "POST", "/api/refunds", BIG, Idempotency_Key="k")
        assert (last.status, last.body) == (200, done.body)
        assert last.headers["idempotency-replayed"] == "true"


async def test_a_stream_stays_and_has_the_answer_in_the_end(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with serving(service_of(tmp_path)) as served:
        asking = asyncio.ensure_future(
            send(served, "POST", "/api/refunds", BIG, Accept="text/event-stream")
        )
        await recorded(tmp_path, "Decision")
        await decide(served, key, "approve")
        (held, result) = (await asking).events
        assert (held[0], held[1]["held"]["step"]) == ("held", "pay")
        assert (result[0], result[1]["paid"]) == ("result", 250)


async def test_a_run_that_is_held_outlives_whoever_asked(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with serving(service_of(tmp_path)) as served:
        reader, writer = await open_request(served, "/api/refunds", BIG, "text/event-stream")
        while not (line := await reader.readline()).startswith(b"data:"):
            pass
        run = json.loads(line[5:])["held"]["run"]
        writer.close()
        await decide(served, key, "approve")
        reply = await answered(served, f"/_kanvas/runs/{run}")
        assert reply.body["paid"] == 250
