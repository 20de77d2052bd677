"""What a run does to the state of its machine, and what others see of it."""

from __future__ import annotations

import asyncio

import pytest
from kanvas_runtime import state as state_module
from kanvas_runtime.engine import Served
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run, perform
from kanvas_runtime.transaction import Transaction

from tests.runtime.state.counters import (
    CALLER,
    COUNTER,
    SMALL,
    Add,
    State,
    Total,
    begun,
    ended,
    engine_of,
    ran,
    settled,
    total_of,
)


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


async def test_state_goes_on_from_run_to_run() -> None:
    engine = engine_of(MemoryLedger())
    results = [await ran(engine, COUNTER, Add(n=n)) for n in (1, 2, 3)]
    assert [each.output for each in results] == [Total(total=1), Total(total=3), Total(total=6)]
    assert await total_of(engine) == 6


async def test_runs_at_the_same_time_lose_nothing() -> None:
    engine = engine_of(MemoryLedger())
    runs = [ran(engine, COUNTER, Add(name=str(n), pause=0.001)) for n in range(20)]
    await asyncio.gather(*runs)
    state = await engine.states.load("counter", State)
    assert state.total == 20
    assert state.names == [str(n) for n in range(20)], "turns come in the order of asking"


async def test_a_failed_run_changes_nothing() -> None:
    engine = engine_of(MemoryLedger())
    await ran(engine, COUNTER, Add(n=5))
    failed = await ran(engine, COUNTER, Add(n=100, fail=True))
    assert failed.refusal is not None
    assert await total_of(engine) == 5
    assert (await ran(engine, COUNTER)).output == Total(total=6)


async def test_a_cancelled_run_changes_nothing_and_gives_its_turn_back() -> None:
    engine = engine_of(MemoryLedger())
    task = asyncio.create_task(ran(engine, COUNTER, Add(n=100, pause=3600)))
    waiting = asyncio.create_task(ran(engine, COUNTER))
    await settled()
    task.cancel()
    assert (await waiting).output == Total(total=1)
    assert task.cancelled()


async def test_a_run_that_is_cancelled_while_it_waits_keeps_nobody_waiting() -> None:
    engine = engine_of(MemoryLedger())
    first = asyncio.create_task(ran(engine, COUNTER, Add(pause=0.02)))
    await settled()
    second = asyncio.create_task(ran(engine, COUNTER))
    third = asyncio.create_task(ran(engine, COUNTER))
    await settled()
    second.cancel()
    assert (await third).output == Total(total=2)
    assert (await first).output == Total(total=1)


async def test_state_and_record_are_appended_as_one(ledger: MemoryLedger) -> None:
    engine = engine_of(ledger)
    ledger.available = False
    run, call = begun(engine, COUNTER, Add(n=7))
    await perform(call, ledger, engine.gate)
    durable = engine.record(CALLER, ended(run, "ok"))
    assert durable is not None
    await asyncio.wait({durable})
    ledger.available = True
    assert ledger.records == []
    assert ledger.values == {}
    assert (await ran(engine, COUNTER)).output == Total(total=1), "the turn was given back"


async def test_a_run_that_has_ended_can_do_nothing_more(ledger: MemoryLedger) -> None:
    engine = engine_of(ledger)
    run, call = begun(engine, COUNTER, Add())
    assert call.transaction is not None
    engine.record(CALLER, ended(run, "cancelled"))
    outcome = await perform(call, ledger, engine.gate)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "cancelled"
    with pytest.raises(Refusal, match="has ended"):
        call.transaction.publish("too.late", None)
    call.transaction.abort()
    assert await total_of(engine) == 0


async def test_a_run_whose_end_comes_while_it_waits_gives_the_turn_on(
    ledger: MemoryLedger,
) -> None:
    engine = engine_of(ledger)
    first = asyncio.create_task(ran(engine, COUNTER, Add(pause=0.02)))
    await settled()
    run, call = begun(engine, COUNTER, Add(n=100))
    second = asyncio.create_task(perform(call, ledger, engine.gate))
    await settled()
    engine.record(CALLER, ended(run, "cancelled"))
    outcome = await second
    assert outcome.refusal is not None
    assert outcome.refusal.code == "cancelled"
    assert (await first).output == Total(total=1)
    assert (await ran(engine, COUNTER)).output == Total(total=2)


async def test_a_state_that_breaks_its_modifiers_fails_the_run(ledger: MemoryLedger) -> None:
    engine = engine_of(ledger)
    await ran(engine, SMALL, Add(n=3))
    result = await ran(engine, SMALL, Add(n=1))
    assert result.refusal is not None
    assert result.refusal.code == "step_failed"
    assert "total" in result.refusal.message
    assert ledger.records[-1]["outcome"] == "step_failed"
    assert (await ran(engine, SMALL, Add(n=0))).output == Total(total=3)


async def test_reading_writes_nothing(ledger: MemoryLedger) -> None:
    async def look(_input: Add, run: Run) -> Total:
        return Total(total=(await run.state(State)).total)

    engine = engine_of(ledger)
    await ran(engine, Machine(name="counter", input=Add, output=Total, run=look, state=State))
    assert ledger.values == {}


async def test_setting_what_was_not_read_is_our_fault(
    ledger: MemoryLedger, caplog: pytest.LogCaptureFixture
) -> None:
    async def overwrite(_input: Add, run: Run) -> Total:
        run.set_state(State(total=1))
        return Total(total=1)

    machine = Machine(name="counter", input=Add, output=Total, run=overwrite, state=State)
    result = await ran(engine_of(ledger), machine)
    assert result.refusal is not None
    assert result.refusal.code == "internal"
    assert "set before it was read" in caplog.text


async def test_branches_of_a_run_have_one_turn(ledger: MemoryLedger) -> None:
    async def both(_input: Add, run: Run) -> Total:
        one, two = await asyncio.gather(run.state(State), run.state(State))
        assert one is two
        run.set_state(State(total=one.total + 1))
        return Total(total=(await run.state(State)).total)

    machine = Machine(name="counter", input=Add, output=Total, run=both, state=State)
    engine = engine_of(ledger)
    assert [(await ran(engine, machine)).output for _ in range(2)] == [
        Total(total=1),
        Total(total=2),
    ]


# Too many, too long, for ever.


async def test_at_most_so_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_module, "MOST_WAITING", 3)
    engine = engine_of(MemoryLedger())
    runs = [asyncio.create_task(ran(engine, COUNTER, Add(pause=0.01))) for _ in range(6)]
    results = await asyncio.gather(*runs)
    codes = [each.refusal.code if each.refusal else "ok" for each in results]
    assert codes == ["ok"] * 4 + ["overloaded"] * 2
    assert await total_of(engine) == 4


async def test_waiting_for_the_turn_counts_in_the_timeout() -> None:
    hasty = Machine(
        name="counter", input=Add, output=Total, run=COUNTER.run, state=State, timeout=0.05
    )
    engine = engine_of(MemoryLedger())
    slow = asyncio.create_task(ran(engine, COUNTER, Add(pause=0.3)))
    await settled()
    result = await ran(engine, hasty, Add(n=100))
    assert result.refusal is not None
    assert result.refusal.code == "timeout"
    assert "0.05 s" in result.refusal.message
    assert (await slow).output == Total(total=1)
    assert await total_of(engine) == 1


async def test_runs_that_would_wait_for_each_other_for_ever_are_told() -> None:
    engine = engine_of(MemoryLedger())
    one, two, three = (Transaction(engine.states) for _ in range(3))
    await one.state("a", State)
    await two.state("b", State)
    await three.state("c", State)
    first = asyncio.create_task(one.state("b", State))
    second = asyncio.create_task(two.state("c", State))
    await settled()
    with pytest.raises(Refusal) as caught:
        await three.state("a", State)
    assert caught.value.code == "conflict"
    three.abort()
    await second
    two.abort()
    await first
    one.abort()


# Without a service.


async def test_a_run_without_a_service_begins_at_the_defaults() -> None:
    ledger = MemoryLedger()
    _, call = begun(engine_of(ledger), COUNTER, Add(n=2))
    transaction = Transaction()
    for _ in range(2):
        outcome = await perform(call._replace(transaction=None), ledger, engine_of(ledger).gate)
        assert outcome.output == Total(total=2)
    outcome = await perform(call._replace(transaction=transaction), ledger, engine_of(ledger).gate)
    assert outcome.output == Total(total=2)
    assert Served.of(COUNTER).pure is False
