"""Holds and the runs that they belong to, on a ledger in memory."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kanvas_runtime.approvals.approvals import Approvals, Wish
from kanvas_runtime.approvals.arguments import Arguments
from kanvas_runtime.approvals.hold import LONGEST_REASON, Hold
from kanvas_runtime.approvals.holds import MOST_OF_ONE, Holds
from kanvas_runtime.approvals.runs import Ending, HeldRuns
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Grant, Limits, Machine, Policy
from kanvas_runtime.once import KEPT_FOR
from kanvas_runtime.run import Run

from tests.runtime.approvals.refunds import BANK, PAY, Refund
from tests.runtime.machines import NOTHING, Nothing, call


def hold(id_: str = "h", **changes: Any) -> Hold:
    fields: dict[str, Any] = {
        "id": id_,
        "run": "r",
        "machine": "m",
        "step": "pay",
        "capability": "call",
        "arguments": "{}",
        "digest": "d",
        "at": 0.0,
        "until": 1e12,
    }
    return Hold(**(fields | changes))


async def held(holds: Holds, one: Hold) -> asyncio.Task[Any]:
    told = asyncio.Event()
    task = asyncio.create_task(holds.wait(one, (), told.set))
    await told.wait()
    return task


def run_of(
    approvals: Approvals, ledger: MemoryLedger, principal: str | None = None, **options: Any
) -> Run:
    gate = Gate(ledger, simulate=True)
    gate.approvals = approvals
    policy = Policy(approval=(Grant("call", "bank"),))
    machine = Machine("shop", Nothing, Nothing, lambda input_, run: NOTHING, policy, **options)
    return Run(call(machine, NOTHING, principal=principal), ledger, gate)


async def first(approvals: Approvals) -> Hold:
    while not approvals.holds.open:
        await asyncio.sleep(0)
    return approvals.holds.open[0]


async def test_a_decision_comes_once() -> None:
    ledger = MemoryLedger()
    holds = Holds(ledger)
    task = await held(holds, hold())
    assert holds.find("h") == hold()
    decided = await holds.decide("h", "approve", "ann", reason="")
    assert (await task) == decided
    assert decided.reason is None
    with pytest.raises(Refusal, match="approved by ann already") as again:
        await holds.decide("h", "deny", "bob")
    assert again.value.code == "conflict"
    assert [record["verdict"] for record in ledger.records] == ["held", "approved"]
    assert ledger.values == {}


@pytest.mark.parametrize("reason", ["x" * (LONGEST_REASON + 1), "\ud800"])
async def test_a_reason_has_to_be_a_text_of_bounded_length(reason: str) -> None:
    holds = Holds(MemoryLedger())
    task = await held(holds, hold())
    with pytest.raises(Refusal) as refused:
        await holds.decide("h", "deny", "ann", reason=reason)
    assert (refused.value.code, refused.value.field) == ("invalid_input", "reason")
    assert holds.open == [hold()]
    holds.close()
    assert (await task).verdict == "expired"


async def test_the_operator_may_decide_about_everything_and_the_caller_may_not() -> None:
    holds = Holds(MemoryLedger())
    await held(holds, hold(principal="ann"))
    with pytest.raises(Refusal) as refused:
        await holds.decide("h", "approve", "ann")
    assert refused.value.code == "denied"
    done = await holds.decide("h", "approve", "operator:ann", is_operator=True)
    assert done.verdict == "approved"


async def test_each_principal_has_so_much_room() -> None:
    holds = Holds(MemoryLedger())
    tasks = [await held(holds, hold(str(n), principal="ann")) for n in range(MOST_OF_ONE)]
    with pytest.raises(Refusal) as full:
        holds.check_room("ann")
    assert full.value.code == "overloaded"
    holds.check_room("bob")
    await holds.decide("0", "deny", "bob")
    holds.check_room("ann")
    holds.close()
    assert {(await task).verdict for task in tasks} == {"denied", "expired"}


async def test_what_cannot_be_recorded_is_asked_of_nobody() -> None:
    ledger = MemoryLedger()
    holds = Holds(ledger)
    ledger.available = False
    with pytest.raises(LedgerUnavailable):
        await holds.wait(hold(), (), lambda: pytest.fail("nobody may be told"))
    assert holds.open == []
    holds.check_room(None)


async def test_a_decision_that_cannot_be_recorded_is_none() -> None:
    ledger = MemoryLedger()
    holds = Holds(ledger)
    await held(holds, hold())
    ledger.available = False
    with pytest.raises(LedgerUnavailable):
        await holds.decide("h", "approve", "ann")


async def test_after_the_end_everything_has_expired() -> None:
    ledger = MemoryLedger()
    holds = Holds(ledger)
    holds.close()
    decided = await holds.wait(hold(), (), lambda: pytest.fail("nobody may be told"))
    assert decided.verdict == "expired"
    assert [record["verdict"] for record in ledger.records] == ["expired"]


async def test_a_new_process_expires_what_the_last_one_held() -> None:
    ledger = MemoryLedger()
    old = Approvals(ledger)
    run = run_of(old, ledger, "ann")
    task = asyncio.create_task(run.call(PAY, BANK, Refund(order="A", amount=1)))
    waited = await first(old)
    new = Approvals(ledger)  # the old one has died without a word
    await new.load()
    *_, decision, access = ledger.records
    assert (decision["verdict"], decision["hold"]) == ("expired", waited.id)
    assert (access["kind"], access["outcome"]) == ("SurfaceAccess", "approval_expired")
    assert (access["run"], access["principal"], access["machine"]) == (run.id, "ann", "shop")
    found = await new.runs.find(run.id)
    assert found is not None
    assert found[0].refusal is not None
    assert found[0].refusal.code == "approval_expired"
    await new.load()
    assert ledger.records[-1] == access, "once is enough"
    task.cancel()


async def test_results_are_kept_for_a_day() -> None:
    now, ledger = 1000.0, MemoryLedger()
    runs = HeldRuns(ledger, lambda: now)

    def end(run: str) -> None:
        asked = call(BANK, NOTHING)._replace(run=run)
        ledger.append("Decision", {}, runs.begin(asked))
        assert runs.begin(asked) == (), "once is enough"
        ledger.append("SurfaceAccess", {}, runs.ended(run, Ending("ok", b'{"paid":1}')))

    end("one")
    now += KEPT_FOR - 1
    found = await runs.find("one")
    assert found is not None
    assert (found[0].output, found[0].refusal) == ('{"paid":1}', None)
    again = HeldRuns(ledger, lambda: now)
    await again.load()
    assert await again.find("one") is not None
    now += 2
    assert await runs.find("one") is None
    end("two")
    assert set(ledger.values) == {"run:two"}
    assert runs.ended("three", Ending("ok", b"{}")) == ()


# What the gate asks.


async def test_exactly_what_was_approved_is_executed() -> None:
    ledger = MemoryLedger()
    approvals = Approvals(ledger)
    run = run_of(approvals, ledger)
    paid: dict[str, Any] = {"amount": 1, "to": ["ann"]}
    said = Arguments(lambda _: paid, lambda: paid)
    task = asyncio.create_task(approvals.admit(Wish(run, "pay", "call", "bank", said, False)))
    waited = await first(approvals)
    paid["to"].append("mallory")
    assert waited.said == {"amount": 1, "to": ["ann"]}
    await approvals.holds.decide(waited.id, "approve", "boss")
    with pytest.raises(StepFailure, match="not what was approved") as failure:
        await task
    assert (failure.value.type, failure.value.code) == ("denied", "approval_denied")


@pytest.mark.parametrize(
    ("choice", "type_", "code"),
    [("deny", "denied", "approval_denied"), (None, "timeout", "approval_expired")],
)
async def test_what_a_program_sees_of_the_end(choice: Any, type_: str, code: str) -> None:
    ledger = MemoryLedger()
    approvals = Approvals(ledger)
    run = run_of(approvals, ledger, limits=Limits(approval_timeout=0.01 if choice is None else 60))
    task = asyncio.create_task(run.call(PAY, BANK, Refund(order="A", amount=1)))
    waited = await first(approvals)
    if choice is not None:
        await approvals.holds.decide(waited.id, choice, "boss", reason="too much")
    with pytest.raises(StepFailure) as failure:
        await task
    assert (failure.value.type, failure.value.code, failure.value.step) == (type_, code, "pay")
    assert (failure.value.details == "too much") is (choice == "deny")
    assert not any(record["kind"] == "StepRun" for record in ledger.records)


async def test_the_digest_tells_steps_and_arguments_apart() -> None:
    ledger = MemoryLedger()
    approvals = Approvals(ledger)
    run = run_of(approvals, ledger)
    digests = set()
    for step, value in (("a", 1), ("a", 2), ("b", 1), ("a", 1)):
        said = Arguments(lambda _, value=value: value, lambda value=value: value)
        task = asyncio.create_task(approvals.admit(Wish(run, step, "call", "bank", said, False)))
        waited = await first(approvals)
        digests.add(waited.digest)
        await approvals.holds.decide(waited.id, "approve", "boss")
        await task
    assert len(digests) == 3
