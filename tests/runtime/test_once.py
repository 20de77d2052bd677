"""Requests with a key: carried out once, answered alike, also after a restart."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.contract import Integer, Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger import Ledger, MemoryLedger
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.once import KEPT_FOR, Answers, Claim, Kept
from kanvas_runtime.run import Run
from websockets.asyncio.client import ClientConnection, connect

from tests.runtime.serving import records, service_of, serving
from tests.runtime.sockets import BREAK, FAIL, NAP

V1: Any = ["kanvas.v1"]


class Clock:
    now = 1e9

    def __call__(self) -> float:
        return self.now


async def claimed(answers: Answers, key: str = "k", content: bytes = b"{}") -> Claim:
    found = await answers.claim("ann", "m", key, content)
    assert isinstance(found, Claim)
    return found


async def answer(ledger: MemoryLedger, claim: Claim, run: str = "r1") -> None:
    claim.release(ledger.append("SurfaceAccess", {}, claim.writes(run, b'{"n":1}', None)))
    await asyncio.sleep(0)


async def test_the_first_answer_is_given_again() -> None:
    ledger = MemoryLedger()
    answers = Answers(ledger)
    await answer(ledger, await claimed(answers))
    found = await answers.claim("ann", "m", "k", b"{}")
    assert isinstance(found, Kept)
    assert (found.run, found.output, found.refusal) == ("r1", '{"n":1}', None)


@pytest.mark.parametrize(
    ("principal", "machine", "key"),
    [("bob", "m", "k"), (None, "m", "k"), ("ann", "n", "k"), ("ann", "m", "l")],
)
async def test_another_principal_machine_or_key_is_another(
    principal: str | None, machine: str, key: str
) -> None:
    ledger = MemoryLedger()
    answers = Answers(ledger)
    await answer(ledger, await claimed(answers))
    assert isinstance(await answers.claim(principal, machine, key, b"{}"), Claim)


async def test_another_input_is_a_conflict() -> None:
    ledger = MemoryLedger()
    answers = Answers(ledger)
    await answer(ledger, await claimed(answers))
    with pytest.raises(Refusal) as refused:
        await answers.claim("ann", "m", "k", b'{"n":2}')
    assert refused.value.code == "conflict"
    assert isinstance(await answers.claim("ann", "m", "k", b"{}"), Kept), "nothing is locked"


async def test_a_refusal_is_an_answer_too() -> None:
    ledger = MemoryLedger()
    answers = Answers(ledger)
    claim = await claimed(answers)
    refusal = Refusal("step_failed", "no", field="a", step="pay")
    claim.release(ledger.append("SurfaceAccess", {}, claim.writes("r1", None, refusal)))
    found = await answers.claim("ann", "m", "k", b"{}")
    assert isinstance(found, Kept)
    assert found.refusal is not None
    assert found.refusal.body() == refusal.body()


@pytest.mark.parametrize("code", ["cancelled", "overloaded", "rate_limited"])
async def test_what_was_not_carried_out_may_be_tried_again(code: str) -> None:
    answers = Answers(MemoryLedger())
    claim = await claimed(answers)
    assert claim.writes("r1", None, Refusal(code, "no")) == ()
    claim.release()
    await claimed(answers)


async def test_others_wait_for_the_first() -> None:
    ledger = MemoryLedger()
    answers = Answers(ledger)
    claim = await claimed(answers)
    others = [asyncio.create_task(answers.claim("ann", "m", "k", b"{}")) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(other.done() for other in others)
    await answer(ledger, claim)
    assert all(isinstance(found, Kept) for found in await asyncio.gather(*others))


async def test_when_the_first_gives_up_one_other_takes_its_place() -> None:
    answers = Answers(MemoryLedger())
    claim = await claimed(answers)
    others = [asyncio.create_task(answers.claim("ann", "m", "k", b"{}")) for _ in range(2)]
    await asyncio.sleep(0)
    claim.release()
    done, _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
    (first,) = done
    assert isinstance(first.result(), Claim)
    (second,) = set(others) - done
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_after_a_day_it_is_forgotten_and_removed() -> None:
    ledger, clock = MemoryLedger(), Clock()
    answers = Answers(ledger, clock)
    await answer(ledger, await claimed(answers))
    clock.now += KEPT_FOR
    await answer(ledger, await claimed(answers), "r2")
    assert len(ledger.values) == 1
    clock.now += KEPT_FOR
    await answer(ledger, await claimed(answers, "other"), "r3")
    assert len(ledger.values) == 1
    again = Answers(ledger, clock)
    await again.load()
    assert isinstance(await again.claim("ann", "m", "other", b"{}"), Kept)


async def test_it_is_on_disk_with_the_record(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path)
    claim = await claimed(Answers(ledger))
    await ledger.append("SurfaceAccess", {}, claim.writes("r1", b"1", None))
    await ledger.close()
    ledger = await Ledger.open(tmp_path)
    answers = Answers(ledger)
    await answers.load()
    assert isinstance(await answers.claim("ann", "m", "k", b"{}"), Kept)
    await ledger.append("SurfaceAccess", {}, [*claim.writes("r1", b"1", None)])
    await ledger.close()


# Over a socket.


class Amount(Record):
    n: Integer


class Total(Record):
    total: Integer = 0


async def add(input_: Amount, run: Run) -> Total:
    state = await run.state(Total)
    run.set_state(Total(total=state.total + input_.n))
    return Total(total=state.total + input_.n)


def adder() -> tuple[Machine[Any, Any], WebSocketSurface]:
    machine = Machine(
        name="adder", input=Amount, output=Total, run=add, state=Total, source="app.kanvas"
    )
    return machine, WebSocketSurface(path="/ws", concurrency=4)


async def asked(client: ClientConnection, id_: str, n: int, key: str) -> Any:
    message = {"op": "run", "id": id_, "input": {"n": n}, "key": key}
    await client.send(json.dumps(message))
    return json.loads(await client.recv())


async def test_a_request_that_is_sent_again_is_not_carried_out_again(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, adder())) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await client.recv()
        first = await asked(client, "a", 5, "k1")
        assert first["output"] == {"total": 5}
        assert "replayed" not in first
        again = await asked(client, "b", 5, "k1")
        assert again == first | {"id": "b", "replayed": True}
        wrong = await asked(client, "c", 6, "k1")
        assert (wrong["id"], wrong["error"]["code"]) == ("c", "conflict")
        assert (await asked(client, "d", 5, "k2"))["output"] == {"total": 10}
    async with (
        serving(service_of(tmp_path, adder())) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await client.recv()
        again = await asked(client, "e", 5, "k1")
        assert again == first | {"id": "e", "replayed": True}
        assert (await asked(client, "f", 1, "k3"))["output"] == {"total": 11}
    accesses = records(tmp_path, "SurfaceAccess")
    assert [each.get("replayed", False) for each in accesses].count(True) == 2


async def test_at_the_same_time_one_runs_and_the_other_waits(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, adder())) as served:
        clients = [await connect(served.url("/ws"), subprotocols=V1) for _ in range(8)]
        for client in clients:
            await client.recv()
        answers = await asyncio.gather(*[asked(client, "a", 1, "same") for client in clients])
        assert {each["output"]["total"] for each in answers} == {1}
        assert sum(each.get("replayed", False) for each in answers) == 7
        for client in clients:
            await client.close()


async def test_a_failed_run_is_replayed_as_it_failed(tmp_path: Path) -> None:
    service = service_of(tmp_path, (FAIL, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await client.recv()
        message = '{"op":"run","id":"a","input":{},"key":"k"}'
        await client.send(message)
        first = json.loads(await client.recv())
        await client.send(message)
        again = json.loads(await client.recv())
    assert first["error"]["code"] == "step_failed"
    assert again == first


async def test_a_run_that_was_cut_off_leaves_its_key_free(tmp_path: Path) -> None:
    service = service_of(tmp_path, (NAP, WebSocketSurface(path="/ws")))
    async with serving(service) as served:
        async with connect(served.url("/ws"), subprotocols=V1) as client:
            await client.recv()
            nap = {"op": "run", "id": "a", "input": {"seconds": 60}, "key": "k"}
            await client.send(json.dumps(nap))
            await client.send('{"op":"ping"}')
            assert "pong" in str(await client.recv())
        async with connect(served.url("/ws"), subprotocols=V1) as client:
            await client.recv()
            await client.send(json.dumps(nap | {"input": {"seconds": 0, "name": "b"}}))
            assert json.loads(await client.recv())["output"] == {"name": "b"}


async def test_a_fault_of_ours_is_an_answer(tmp_path: Path) -> None:
    service = service_of(tmp_path, (BREAK, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await client.recv()
        await client.send('{"op":"run","id":"a","input":{},"key":"k"}')
        assert json.loads(await client.recv())["error"]["code"] == "internal"
