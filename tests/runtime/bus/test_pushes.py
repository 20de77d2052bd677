"""Results that come before a run's end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import pytest
from kanvas_runtime.contract import Bounds, Number, Record
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.run import Run, perform
from kanvas_runtime.transaction import Transaction
from websockets.asyncio.client import ClientConnection, connect

from tests.runtime.bus.machines import CLIMBER, DELEGATOR, Nothing, Step, Steps
from tests.runtime.machines import call
from tests.runtime.serving import recorded, records, service_of, serving

AT = (CLIMBER, WebSocketSurface(path="/ws"))


async def said(client: ClientConnection, count: int) -> list[Any]:
    return [json.loads(await client.recv()) for _ in range(count)]


def climbed(*numbers: int) -> list[dict[str, int]]:
    return [{"n": n} for n in numbers]


async def silent(client: ClientConnection) -> None:
    """Nothing waits: the next thing said is the answer to this."""
    await client.send('{"unsubscribe":{"to":999}}')
    assert await said(client, 1) == [{"unsubscribed": {"to": 999}}]


async def test_the_caller_gets_each_in_order_and_then_the_answer(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, AT)) as served,
        connect(served.url("/ws")) as client,
        connect(served.url("/ws")) as other,
    ):
        for to in (4, 2):
            await client.send(json.dumps({"to": to}))
        assert await said(client, 6) == climbed(1, 2, 3, 4, 1, 2)
        await silent(other)
    kinds = [each["kind"] for each in records(tmp_path)]
    assert kinds.count("RunStarted") == kinds.count("SurfaceAccess") - 1 == 2
    assert kinds.index("RunStarted") < kinds.index("SurfaceAccess")
    counts = sorted(each["pushes"] for each in records(tmp_path, "ConnectionClosed"))
    assert counts == [0, 4]


async def test_subscribers_get_them_too_and_the_caller_only_once(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, AT)) as served,
        connect(served.url("/ws")) as caller,
        connect(served.url("/ws")) as other,
    ):
        for client in (caller, other):
            await client.send('{"subscribe":{"to":3}}')
        assert await said(caller, 3) == climbed(1, 2, 3)
        first = await said(other, 1)
        if first == climbed(1):  # it was not served from the first one's result
            assert await said(other, 2) == climbed(2, 3)
        await caller.send('{"to":3}')
        assert await said(caller, 4) == climbed(1, 2, 3, 3), "the answer, and the news"
        assert await said(other, 3) == climbed(1, 2, 3)
        await silent(caller)
        await silent(other)


async def test_a_subscriptions_own_run_is_news_to_nobody(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, AT)) as served,
        connect(served.url("/ws")) as one,
        connect(served.url("/ws")) as two,
    ):
        await one.send('{"subscribe":{"to":2}}')
        assert await said(one, 2) == climbed(1, 2)
        await two.send('{"to":2,"pause":0.001}')
        assert await said(two, 2) == climbed(1, 2)
        await silent(one)


async def test_a_page_s_request_pushes_to_subscribers(tmp_path: Path) -> None:
    service = service_of(tmp_path, AT)
    async with serving(service) as served, connect(served.url("/ws")) as client:
        await client.send('{"subscribe":{"to":2}}')
        assert await said(client, 2) == climbed(1, 2)
        for principal in ("ann", None):
            await service.answer(CLIMBER, {"to": 2}, surface="page", path="/p", principal=principal)
        assert await said(client, 2) == climbed(1, 2)
        await silent(client)


async def test_a_run_whose_caller_is_gone_pushes_no_more(tmp_path: Path) -> None:
    service = service_of(tmp_path, AT)
    async with serving(service) as served:
        async with connect(served.url("/ws")) as client:
            await client.send('{"to":1000000,"pause":0.001}')
            assert await said(client, 2) == climbed(1, 2)
        (access,) = await recorded(tmp_path, "SurfaceAccess")
        assert access["outcome"] == "cancelled"


async def test_what_the_called_machine_pushes_is_not_the_caller_s(tmp_path: Path) -> None:
    service = service_of(tmp_path, (DELEGATOR, WebSocketSurface(path="/ws")))
    async with serving(service) as served, connect(served.url("/ws")) as client:
        await client.send('{"to":3}')
        assert await said(client, 2) == climbed(100, 3)


async def test_no_push_before_its_run_is_on_record() -> None:
    ledger = MemoryLedger()
    pushed: list[str] = []
    transaction = Transaction(push=lambda machine, _output: pushed.append(machine))
    ledger.available = False
    asked = call(CLIMBER, Steps(to=3))._replace(transaction=transaction)
    outcome = await perform(asked, ledger, Gate(ledger))
    assert outcome.refusal is not None
    assert outcome.refusal.code == "overloaded"
    assert pushed == []


async def test_a_test_sees_what_was_pushed() -> None:
    ledger, transaction = MemoryLedger(), Transaction()
    asked = call(CLIMBER, Steps(to=3))._replace(transaction=transaction)
    await perform(asked, ledger, Gate(ledger))
    assert transaction.pushed == {"climber": [Step(n=1), Step(n=2)]}
    run = Run(asked, ledger, Gate(ledger))
    assert run.pushed == [Step(n=1), Step(n=2)]


class Share(Record):
    share: Annotated[Number, Bounds(ge=0, le=1)]


async def too_much(_input: Nothing, run: Run) -> Share:
    run.step = "tell"
    await run.push(Share(share=0.5))
    await run.push(Share(share=1.5))
    return Share(share=1)


async def test_a_push_that_breaks_the_contract_fails_the_run(tmp_path: Path) -> None:
    machine = Machine(name="share", input=Nothing, output=Share, run=too_much)
    service = service_of(tmp_path, (machine, WebSocketSurface(path="/ws")))
    async with serving(service) as served, connect(served.url("/ws")) as client:
        await client.send("{}")
        first, second = await said(client, 2)
    assert first == {"share": 0.5}
    assert second["error"]["code"] == "step_failed"


@pytest.mark.parametrize("clients", [20])
async def test_many_runs_push_at_the_same_time(tmp_path: Path, clients: int) -> None:
    async def climb(url: str) -> None:
        async with connect(url) as client:
            await client.send('{"to":30}')
            assert await said(client, 30) == climbed(*range(1, 31))

    async with serving(service_of(tmp_path, AT)) as served:
        await asyncio.gather(*[climb(served.url("/ws")) for _ in range(clients)])
