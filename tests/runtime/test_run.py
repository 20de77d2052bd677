"""How a run becomes an outcome, and what a caller and the log get to know of what went wrong."""

from __future__ import annotations

import asyncio
import linecache
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime import fuel
from kanvas_runtime.contract import Integer, Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Ask, Grant, Machine, Policy
from kanvas_runtime.run import Outcome, Run, is_pure, perform, perform_now

from tests.runtime.machines import NOTHING, Mood, Nothing, call

GENERATED = """
from kanvas_runtime.contract import Record

class Nothing(Record):
    pass

def half(run):
    run.step = "half"  # app.kanvas:7
    return 1 / 0

def run(input_, run):
    run.step = "total"
    # app.kanvas:12
    values = [
        half(run),
    ]
    return values

async def waiting(input_, run):
    run.step = "total"  # app.kanvas:20
    raise KeyError("a value that only the log may have")

def unmarked(input_, run):
    raise KeyError
"""


class Count(Record, frozen=True):
    n: Integer


def doubled(input_: Count, run: Run) -> Count:
    run.step = "total"
    return Count(n=input_.n * 2)


async def doubled_later(input_: Count, run: Run) -> Count:
    await asyncio.sleep(0)
    return Count(n=input_.n * 2)


def failing(error: Exception, step: str = "total") -> Machine[Any, Any]:
    def run(input_: Nothing, run: Run) -> Nothing:
        run.step = step
        raise error

    return Machine("failing", Nothing, Nothing, run)


def now(machine: Machine[Any, Any], input_: Record = NOTHING) -> Outcome:
    """Without a loop, and without anything that would need one."""
    ledger = MemoryLedger()
    return perform_now(call(machine, input_), ledger, Gate(ledger))


async def later(machine: Machine[Any, Any], input_: Record = NOTHING) -> Outcome:
    ledger = MemoryLedger()
    return await perform(call(machine, input_), ledger, Gate(ledger))


PLAIN = Machine("double", Count, Count, doubled)
WAITING = Machine("double", Count, Count, doubled_later)


def test_which_machines_are_pure() -> None:
    assert is_pure(PLAIN)
    assert not is_pure(WAITING)


def test_a_plain_machine_runs_at_once() -> None:
    assert now(PLAIN, Count(n=4)) == Outcome(output=Count(n=8))


@pytest.mark.parametrize("machine", [PLAIN, WAITING])
async def test_every_machine_runs_in_a_loop(machine: Machine[Any, Any]) -> None:
    assert await later(machine, Count(n=4)) == Outcome(output=Count(n=8))


@pytest.mark.parametrize(
    ("type_", "code"),
    [
        ("timeout", "timeout"),
        ("denied", "denied"),
        ("invalid_output", "provider_error"),
        ("provider", "provider_error"),
        ("http", "step_failed"),
        ("runtime", "step_failed"),
    ],
)
async def test_a_failed_step_is_a_refusal_with_its_name(type_: Any, code: str) -> None:
    for outcome in (
        now(failing(StepFailure(type_, "no"))),
        await later(failing(StepFailure(type_, "no"))),
    ):
        assert outcome.output is None
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.refusal.step) == (code, "total")


def test_a_failure_that_knows_its_step_keeps_it() -> None:
    refusal = now(failing(StepFailure("runtime", "no", step="inner"))).refusal
    assert refusal is not None
    assert refusal.step == "inner"


def test_a_failure_before_any_step_names_none() -> None:
    refusal = now(failing(StepFailure("runtime", "no"), step="")).refusal
    assert refusal is not None
    assert refusal.step is None


def test_a_refusal_stays_what_it_is() -> None:
    refusal = Refusal("conflict", "twice")
    assert now(failing(refusal)).refusal is refusal


def test_a_ledger_that_cannot_be_written_refuses_the_run() -> None:
    refusal = now(failing(LedgerUnavailable("disk full"))).refusal
    assert refusal is not None
    assert refusal.code == "overloaded"
    assert "disk" not in refusal.message


async def test_cancelling_is_no_outcome() -> None:
    async def run(input_: Nothing, run: Run) -> Nothing:
        return await asyncio.Future()

    task = asyncio.create_task(later(Machine("waiting", Nothing, Nothing, run)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.fixture
def generated(tmp_path: Path) -> dict[str, Any]:
    """Functions from a file such as the compiler writes."""
    path = tmp_path / "machine.py"
    path.write_text(GENERATED)
    linecache.checkcache()
    names: dict[str, Any] = {}
    exec(compile(GENERATED, str(path), "exec"), names)
    return names


@pytest.mark.parametrize(
    ("function", "place"),
    [
        ("run", "at app.kanvas:7, step half"),
        ("waiting", "at app.kanvas:20, step total"),
        ("unmarked", "at app.kanvas, step -"),
    ],
)
async def test_a_defect_is_logged_with_its_place_and_hidden_from_the_caller(
    generated: dict[str, Any], caplog: pytest.LogCaptureFixture, function: str, place: str
) -> None:
    machine = Machine("broken", Nothing, Nothing, generated[function], source="app.kanvas")
    outcome = await later(machine)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "internal"
    (record,) = caplog.records
    run_id = record.getMessage().split()[1].rstrip(":")
    assert place in record.getMessage()
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert run_id in outcome.refusal.message
    assert "Error" not in outcome.refusal.message
    assert "only the log" not in outcome.refusal.message


def test_a_line_in_the_middle_of_a_step_belongs_to_the_mark_above_it(
    generated: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    generated["half"] = lambda run: [][1]
    assert now(Machine("broken", Nothing, Nothing, generated["run"])).refusal
    assert "at app.kanvas:12, step total" in caplog.records[0].getMessage()


def test_a_machine_that_waits_cannot_be_run_at_once(caplog: pytest.LogCaptureFixture) -> None:
    refusal = now(WAITING, Count(n=1)).refusal
    assert refusal is not None
    assert refusal.code == "internal"
    assert "needs perform()" in str(caplog.records[0].exc_info)


def test_what_a_run_knows_of_itself() -> None:
    seen: list[Run] = []

    def run(input_: Nothing, run: Run) -> Nothing:
        seen.append(run)
        return NOTHING

    before = datetime.now(UTC)
    machine = Machine("curious", Nothing, Nothing, run)
    ledger = MemoryLedger()
    request = call(machine, NOTHING, principal="ann")
    perform_now(request, ledger, Gate(ledger))
    (known,) = seen
    assert (known.id, known.principal, known.surface) == (request.run, "ann", "websocket")
    assert before <= known.now <= datetime.now(UTC)
    assert known.now == known.now
    assert known.now.tzinfo is UTC


def test_every_run_has_its_own_fuel() -> None:
    def run(input_: Nothing, run: Run) -> Nothing:
        fuel.spend(600_000)
        return NOTHING

    machine = Machine("thirsty", Nothing, Nothing, run)
    assert now(machine).output == NOTHING
    assert now(machine).output == NOTHING


def test_a_run_that_spends_all_its_fuel_has_failed_at_its_step() -> None:
    def run(input_: Nothing, run: Run) -> Nothing:
        run.step = "loop"
        fuel.spend(2_000_000)
        return NOTHING

    refusal = now(Machine("endless", Nothing, Nothing, run)).refusal
    assert refusal is not None
    assert (refusal.code, refusal.step) == ("step_failed", "loop")


async def test_a_denied_step_is_a_refusal() -> None:
    async def run(input_: Nothing, run: Run) -> Nothing:
        await run.ask(Ask(name="judge", model="test:small", returns=Mood), "How?")
        return NOTHING

    machine = Machine("curious", Nothing, Nothing, run, Policy(denied=(Grant("reason"),)))
    refusal = (await later(machine)).refusal
    assert refusal is not None
    assert (refusal.code, refusal.step) == ("denied", "judge")
