"""Approvals by real clients of a real server: asked for, decided, expired, fetched."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.auth import admin
from websockets.asyncio.client import ClientConnection, connect

from tests.auth.surfaces import call, form
from tests.runtime.approvals.refunds import (
    PAID,
    Refund,
    bearing,
    key_of,
    service_of,
    waiting,
)
from tests.runtime.serving import Served, recorded, records, serving

BIG = '{"order":"A-7","amount":250}'
SMALL = '{"order":"A-7","amount":5}'


async def say(client: ClientConnection, text: str) -> Any:
    await client.send(text)
    return json.loads(await client.recv())


async def hear(client: ClientConnection) -> Any:
    return json.loads(await client.recv())


async def decide(served: Served, key: str, hold: str, decision: str, **more: Any) -> Any:
    body = {"decision": decision, **more}
    return await call(served, "POST", f"/_kanvas/approvals/{hold}", bearing(key), body)


async def fetch(served: Served, run: str, headers: dict[str, str] | None = None) -> Any:
    return await call(served, "GET", f"/_kanvas/runs/{run}", headers)


def decisions(directory: Path) -> list[str]:
    return [record["verdict"] for record in records(directory, "Decision")]


async def test_approve(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    PAID.clear()
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        held = (await say(client, BIG))["held"]
        assert (held["capability"], held["step"]) == ("call", "pay")
        assert (await say(client, SMALL))["note"] == "at once"
        assert (await fetch(served, held["run"])).status == 202
        listed = await call(served, "GET", "/_kanvas/approvals", bearing(key))
        (hold,) = listed.body["approvals"]
        assert hold["arguments"] == {
            "machine": "bank",
            "input": {"order": "A-7", "amount": 250, "card": "[secret]"},
        }
        assert (hold["run"], hold["target"]) == (held["run"], "bank")
        assert "principal" not in hold
        assert PAID == []
        done = await decide(served, key, hold["hold"], "approve", reason="a regular")
        assert done.body == {"hold": hold["hold"], "verdict": "approved", "decider": "boss"}
        assert (await hear(client))["paid"] == 250
        assert [Refund(order="A-7", amount=250)] == PAID
        fetched = await fetch(served, held["run"])
        assert (fetched.status, fetched.body) == (200, {"paid": 250, "note": ""})
    asked, decided = records(tmp_path, "Decision")
    assert (asked["verdict"], decided["verdict"]) == ("held", "approved")
    assert (decided["decider"], decided["reason"]) == ("boss", "a regular")
    assert asked["arguments_digest"] == decided["arguments_digest"] == hold["digest"]
    assert asked["hold"] == decided["hold"] == hold["hold"]
    (step,) = [r for r in records(tmp_path, "StepRun") if r["phase"] == "begin"]
    assert asked["seq"] < decided["seq"] < step["seq"]


async def test_deny(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    PAID.clear()
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
        connect(served.url("/ws/careful")) as careful,
    ):
        run = (await say(client, BIG))["held"]["run"]
        (hold,) = await waiting(served)
        await decide(served, key, hold.id, "deny", reason="twice already")
        error = (await hear(client))["error"]
        assert (error["code"], error["step"], error["run"]) == ("approval_denied", "pay", run)
        assert "twice" not in json.dumps(error)
        fetched = await fetch(served, run)
        assert (fetched.status, fetched.body["error"]["code"]) == (403, "approval_denied")
        await say(careful, BIG)
        (hold,) = await waiting(served)
        await decide(served, key, hold.id, "deny", reason="no")
        assert await hear(careful) == {"paid": 0, "note": "denied: no"}
    assert PAID == []
    assert decisions(tmp_path) == ["held", "denied"] * 2


async def test_expire(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/brief")) as client,
    ):
        run = (await say(client, BIG))["held"]["run"]
        error = (await hear(client))["error"]
        assert (error["code"], error["run"]) == ("approval_expired", run)
        assert (await fetch(served, run)).status == 504
    _, expired = records(tmp_path, "Decision")
    assert expired["verdict"] == "expired"
    assert "decider" not in expired


async def test_disconnect_and_fetch(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    alice, bob = key_of(tmp_path, "alice", ()), key_of(tmp_path, "bob", ())
    async with serving(service_of(tmp_path)) as served:
        async with connect(served.url("/ws/keyed/refund"), additional_headers=bearing(alice)) as c:
            run = (await say(c, BIG))["held"]["run"]
        await recorded(tmp_path, "ConnectionClosed")
        (hold,) = await waiting(served)
        assert (await fetch(served, run, bearing(alice))).status == 202
        assert (await fetch(served, run, bearing(bob))).code == "not_found"
        assert (await fetch(served, run)).code == "unauthenticated"
        assert (await fetch(served, run.replace("7", "8"), bearing(alice))).code == "not_found"
        assert (await decide(served, key, hold.id, "approve")).status == 200
        while (fetched := await fetch(served, run, bearing(alice))).status == 202:
            assert fetched.body in ({"running": {"run": run}}, {"held": hold.notice._asdict()})
        assert (fetched.status, fetched.body["paid"]) == (200, 250)
        assert (await fetch(served, run, bearing(bob))).code == "not_found"
    (access,) = [r for r in records(tmp_path, "SurfaceAccess") if r.get("run") == run]
    assert (access["outcome"], access["principal"], access["path"]) == (
        "ok",
        "alice",
        "/ws/keyed/refund",
    )


async def test_whoever_asked_does_not_decide(tmp_path: Path) -> None:
    alice = key_of(tmp_path, "alice")
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/keyed/refund"), additional_headers=bearing(alice)) as client,
        connect(served.url("/ws/keyed/own"), additional_headers=bearing(alice)) as own,
    ):
        await say(client, BIG)
        (hold,) = await waiting(served)
        assert (await decide(served, alice, hold.id, "approve")).code == "denied"
        assert (await decide(served, alice, hold.id, "deny")).code == "denied"
        assert await waiting(served) == [hold]
        await say(own, BIG)
        _, hold = await waiting(served, 2)
        assert (await decide(served, alice, hold.id, "approve")).status == 200
        assert (await hear(own))["paid"] == 250


async def test_who_may_decide(tmp_path: Path) -> None:
    boss, clerk = key_of(tmp_path), key_of(tmp_path, "clerk", ("machines:run",))
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        await say(client, BIG)
        (hold,) = await waiting(served)
        path = f"/_kanvas/approvals/{hold.id}"
        body = {"decision": "approve"}
        assert (await call(served, "POST", path, {}, body)).code == "unauthenticated"
        assert (await call(served, "GET", "/_kanvas/approvals")).code == "unauthenticated"
        assert (await call(served, "POST", path, bearing(clerk), body)).code == "denied"
        foreign = bearing(boss) | {"Origin": "https://evil.example"}
        assert (await call(served, "POST", path, foreign, body)).code == "origin_refused"
        for wrong in ({}, {"decision": "maybe"}, {"decision": "approve", "x": 1}, []):
            refused = await call(served, "POST", path, bearing(boss), wrong)
            assert (refused.status, refused.code) == (422, "invalid_input"), wrong
        sent = await call(served, "POST", path, bearing(boss), form(decision="approve"))
        assert (sent.status, sent.headers["location"]) == (303, "/_kanvas/approvals")
        assert (await hear(client))["paid"] == 250
        late = await decide(served, boss, hold.id, "approve")
        assert (late.code, late.body["error"]["message"]) == (
            "conflict",
            "this was approved by boss already",
        )
        unknown = await decide(served, boss, hold.run, "approve")
        assert unknown.code == "not_found"


async def test_a_decision_about_other_arguments_does_not_count(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        await say(client, BIG)
        await say(client, '{"order":"B-1","amount":999}')
        first, second = await waiting(served, 2)
        assert first.digest != second.digest
        wrong = await decide(served, key, first.id, "approve", digest=second.digest)
        assert wrong.code == "conflict"
        assert len(await waiting(served, 2)) == 2
        right = await decide(served, key, first.id, "approve", digest=first.digest)
        assert right.status == 200
        assert (await hear(client))["paid"] == 250


@pytest.mark.parametrize("name", ["twice", "both"])
async def test_several_holds_in_a_run(tmp_path: Path, name: str) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url(f"/ws/{name}")) as client,
    ):
        told = [(await say(client, BIG))["held"]]
        for _ in range(2):
            while not (holds := served.service.approvals.holds.open):  # type: ignore[union-attr]
                await asyncio.sleep(0.005)
            await decide(served, key, holds[0].id, "approve")
        answer = await hear(client)
        while "held" in answer:
            told.append(answer["held"])
            answer = await hear(client)
        assert answer["paid"] == 251
        assert [held["step"] for held in told] == ["pay", "tip"]
        assert len({held["run"] for held in told}) == 1


async def test_a_branch_that_is_denied_ends_the_other_hold(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/both")) as client,
    ):
        await say(client, BIG)
        first, _ = await waiting(served, 2)
        await decide(served, key, first.id, "deny")
        while "held" in (answer := await hear(client)):
            pass
        assert answer["error"]["code"] == "approval_denied"
        assert await waiting(served, 0) == []
    assert decisions(tmp_path) == ["held", "held", "denied", "withdrawn"]


async def test_every_attempt_of_a_retry_is_asked_for(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/again")) as client,
    ):
        await say(client, BIG)
        (hold,) = await waiting(served)
        await decide(served, key, hold.id, "approve")
        assert "held" in await hear(client)
        (again,) = await waiting(served)
        assert (again.id != hold.id, again.digest) == (True, hold.digest)
        await decide(served, key, again.id, "deny")
        assert (await hear(client))["error"]["code"] == "approval_denied"


async def test_a_step_of_a_called_machine_is_held_for_its_caller(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/judged")) as client,
    ):
        held = (await say(client, BIG))["held"]
        assert (held["capability"], held["step"]) == ("reason", "judge")
        (hold,) = await waiting(served)
        assert (hold.machine, hold.by_self, hold.simulated) == ("judging", True, True)
        assert hold.said["model"] == "test:small"
        await decide(served, key, hold.id, "approve")
        assert await hear(client) == {"paid": 250, "note": "fair"}
    assert (await asyncio.to_thread(records, tmp_path, "Decision"))[0]["machine"] == "judging"


async def test_time_stands_still(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/timed")) as client,
    ):
        await say(client, BIG)
        (hold,) = await waiting(served)
        await asyncio.sleep(2.5)  # longer than the run may take
        await decide(served, key, hold.id, "approve")
        assert (await hear(client))["paid"] == 250


async def test_a_cancelled_run_waits_for_nobody(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund"), subprotocols=["kanvas.v1"]) as client,  # type: ignore[list-item]
    ):
        await hear(client)
        held = await say(client, json.dumps({"op": "run", "id": "r", "input": json.loads(BIG)}))
        assert (held["op"], held["id"]) == ("held", "r")
        assert (await say(client, '{"op":"cancel","id":"r"}'))["error"]["code"] == "cancelled"
        assert await waiting(served, 0) == []
        fetched = await fetch(served, held["run"])
        assert fetched.code == "cancelled"
    assert decisions(tmp_path) == ["held", "withdrawn"]
    last = [(r["kind"], r.get("outcome")) for r in records(tmp_path) if r.get("run")][-2:]
    assert last == [("Decision", None), ("SurfaceAccess", "cancelled")]


async def test_a_subscription_whose_first_run_is_held(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        assert "held" in await say(client, f'{{"subscribe":{BIG}}}')
        assert (await say(client, SMALL))["note"] == "at once"
        (hold,) = await waiting(served)
        await decide(served, key, hold.id, "approve")
        assert (await hear(client))["paid"] == 250
        assert "unsubscribed" in await say(client, f'{{"unsubscribe":{BIG}}}')


async def test_a_key_meets_a_held_run(tmp_path: Path) -> None:
    key = key_of(tmp_path)

    def asked(id_: str, amount: int = 250) -> str:
        value = {"order": "A-7", "amount": amount}
        return json.dumps({"op": "run", "id": id_, "input": value, "key": "once"})

    PAID.clear()
    options: Any = {"subprotocols": ["kanvas.v1"]}
    async with serving(service_of(tmp_path)) as served:
        async with connect(served.url("/ws/refund"), **options) as first:
            await hear(first)
            held = await say(first, asked("a"))
            assert held["op"] == "held"
            follows = await say(first, asked("b"))
            assert (follows["op"], follows["id"], follows["run"]) == ("held", "b", held["run"])
            assert (await say(first, asked("c", 9)))["error"]["code"] == "conflict"
        async with connect(served.url("/ws/refund"), **options) as second:
            await hear(second)
            assert (await say(second, asked("d")))["run"] == held["run"]
            (hold,) = await waiting(served)
            await decide(served, key, hold.id, "approve")
            answer = await hear(second)
            assert (answer["replayed"], answer["run"]) == (True, held["run"])
            assert (await fetch(served, held["run"])).body["paid"] == 250
    assert len(PAID) == 1


async def test_a_thousand_at_once_and_no_more(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    async with (
        serving(service_of(tmp_path, rate_per_principal=None)) as served,
        connect(served.url("/ws/refund"), max_queue=None) as client,
    ):
        for number in range(1000):
            await client.send(json.dumps({"order": str(number), "amount": 1000 + number}))
        for _ in range(1000):
            assert "held" in await hear(client)
        assert (await say(client, SMALL))["note"] == "at once"
        assert (await say(client, BIG))["error"]["code"] == "overloaded"
        holds = await waiting(served, 1000)
        approvals = served.service.approvals
        assert approvals is not None
        choices: dict[str, Any] = {
            hold.id: "deny" if hold.said["input"]["amount"] % 2 else "approve" for hold in holds
        }
        deciding = (approvals.holds.decide(*choice, "boss") for choice in choices.items())
        await asyncio.gather(*deciding)
        answers = [await hear(client) for _ in range(1000)]
        paid = sorted(answer["paid"] for answer in answers if "paid" in answer)
        assert paid == list(range(1000, 2000, 2))
        assert sum("error" in answer for answer in answers) == 500
        listed = await call(served, "GET", "/_kanvas/approvals", bearing(key))
        assert listed.body == {"approvals": []}


async def test_a_stop_expires_what_is_held(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path)) as served:
        async with connect(served.url("/ws/refund")) as gone:
            fetched = (await say(gone, BIG))["held"]["run"]
        client = await connect(served.url("/ws/refund"))
        run = (await say(client, BIG))["held"]["run"]
        await waiting(served, 2)
        served.begin_stop()
        error = (await hear(client))["error"]
        assert (error["code"], error["run"]) == ("approval_expired", run)
        await client.wait_closed()
        assert client.close_code == 1012
    assert decisions(tmp_path) == ["held", "held", "expired", "expired"]
    ends = {r["run"]: r["outcome"] for r in records(tmp_path, "SurfaceAccess") if r.get("run")}
    assert ends == {run: "approval_expired", fetched: "approval_expired"}
    async with serving(service_of(tmp_path)) as served:
        assert (await fetch(served, fetched)).code == "approval_expired"


async def test_commands_decide_by_the_admin_socket(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        await say(client, BIG)
        data = tmp_path / "data"
        (hold,) = await asyncio.to_thread(admin.ask, data, {"do": "approvals.list"})
        assert hold["arguments"]["input"]["card"] == "[secret]"
        request = {"do": "approvals.decide", "choice": "approve", "decider": "ada"}
        done = await asyncio.to_thread(admin.ask, data, request | {"hold": hold["hold"]})
        assert done == {"verdict": "approved", "decider": "operator:ada"}
        assert (await hear(client))["paid"] == 250
        with pytest.raises(admin.AdminRefused, match="already"):
            await asyncio.to_thread(admin.ask, data, request | {"hold": hold["hold"]})


async def test_a_page_without_script(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    html = {"Accept": "text/html"}
    async with serving(service_of(tmp_path)) as served:
        own = {"Origin": f"http://127.0.0.1:{served.port}"}
        sent = await call(served, "POST", "/refund", own | html, form(order="A-7", amount="250"))
        assert sent.status == 303
        place = sent.headers["location"]
        shown = await call(served, "GET", place, html)
        assert shown.status == 202
        assert "Waiting for approval" in shown.body
        (hold,) = await waiting(served)
        listed = await call(served, "GET", "/_kanvas/approvals", bearing(key) | html)
        assert "[secret]" in listed.body
        assert "4111" not in listed.body
        await decide(served, key, hold.id, "approve")
        while (shown := await call(served, "GET", place, html)).status == 202:
            pass
        assert (shown.status, "250" in shown.body) == (200, True)
        assert "refresh" not in shown.body
        sent = await call(served, "POST", "/refund", own, {"order": "A-8", "amount": 300})
        assert (sent.status, sent.body["held"]["step"]) == (202, "pay")
        (hold,) = await waiting(served)
        await decide(served, key, hold.id, "deny")
        while (shown := await call(served, "GET", sent.headers["location"], html)).status == 202:
            pass
        assert (shown.status, "a person denied pay" in shown.body) == (403, True)


async def test_a_request_is_accepted_and_its_key_leads_to_the_same_run(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    PAID.clear()

    async def post(amount: int = 250) -> Any:
        body = {"order": "A-7", "amount": amount}
        return await call(served, "POST", "/api/refunds", {"Idempotency-Key": "once"}, body)

    async with serving(service_of(tmp_path)) as served:
        first = await post()
        run = first.body["held"]["run"]
        assert (first.status, first.headers["location"]) == (202, f"/_kanvas/runs/{run}")
        again = await post()
        assert (again.status, again.body, again.headers["location"]) == (
            202,
            first.body,
            first.headers["location"],
        )
        assert (await post(9)).code == "conflict"
        (hold,) = await waiting(served)
        await decide(served, key, hold.id, "approve")
        while (fetched := await fetch(served, run)).status == 202:
            pass
        assert (fetched.status, fetched.body["paid"]) == (200, 250)
        last = await post()
        assert (last.status, last.body, last.headers["idempotency-replayed"]) == (
            200,
            fetched.body,
            "true",
        )
    assert len(PAID) == 1
    ended = [r for r in records(tmp_path, "SurfaceAccess") if r.get("run") == run]
    assert [r["outcome"] for r in ended if not r.get("replayed")].count("ok") == 1
