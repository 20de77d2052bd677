"""Steps that remember and recall: through the gate, recorded, and with checked arguments."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.machine import Grant, Machine, MemoryStep, Policy, WebSocketSurface
from kanvas_runtime.memory import Memory, Recalled
from kanvas_runtime.memory.arguments import LIMIT, remembered, wanted
from kanvas_runtime.memory.sqlite import DATABASE, SqliteMemory
from kanvas_runtime.run import Outcome, Run, perform

from tests.runtime.machines import call
from tests.runtime.serving import records, service_of

KEEP = MemoryStep(name="keep")
FIND = MemoryStep(name="find")


class Note(Record):
    text: Text


class Found(Record):
    count: Integer
    texts: list[Text]


async def note(input_: Note, run: Run) -> Found:
    run.step = "keep"
    await run.remember(KEEP, content=input_.text, metadata={"by": "test"}, ttl="1h")
    run.step = "find"
    found = await run.recall(FIND, query=input_.text)
    return Found(count=found.count, texts=[each.content for each in found.results])


def machine(*allowed: Grant, run: Any = note) -> Machine[Note, Found]:
    return Machine(name="notes", input=Note, output=Found, run=run, policy=Policy(allowed=allowed))


MEMORY = machine(Grant("memory"))


async def ran(
    machine: Machine[Note, Found], gate: Gate, ledger: MemoryLedger, text: str = "tea"
) -> Outcome:
    try:
        return await perform(call(machine, Note(text=text)), ledger, gate)
    finally:
        await gate.aclose()


async def test_a_run_remembers_and_recalls() -> None:
    ledger = MemoryLedger()
    outcome = await ran(MEMORY, Gate(ledger), ledger)
    assert outcome.output == Found(count=1, texts=["tea"])
    told = [(each["kind"], each.get("step"), each.get("phase")) for each in ledger.records]
    assert told == [
        ("RunStarted", None, None),
        ("StepRun", "keep", "begin"),
        ("StepRun", "keep", "end"),
        ("StepRun", "find", "begin"),
        ("StepRun", "find", "end"),
    ]
    assert {each["target"] for each in ledger.records[1:]} == {"memory"}
    assert ledger.records[2]["outcome"] == "ok"
    assert "tea" not in str(ledger.records)


async def test_memory_needs_permission() -> None:
    ledger = MemoryLedger()
    outcome = await ran(machine(Grant("reason")), Gate(ledger), ledger)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.step) == ("denied", "keep")
    (decision,) = ledger.records
    assert (decision["kind"], decision["capability"]) == ("Decision", "memory")


async def test_a_memory_that_cannot_be_written_fails_the_step(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = MemoryLedger()
    gate = Gate(ledger, memory=SqliteMemory(tmp_path / "nowhere" / DATABASE))
    with caplog.at_level(logging.ERROR):
        outcome = await ran(MEMORY, gate, ledger)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.step) == ("step_failed", "keep")
    assert str(tmp_path) not in outcome.refusal.message
    assert str(tmp_path) in caplog.text
    assert ledger.records[-1]["outcome"] != "ok"


async def test_a_simulated_recall_gives_what_is_assumed() -> None:
    answer = Recalled(results=[Memory(content="assumed", metadata={}, score=1.0)], count=1)
    step = MemoryStep(name="find", assuming=answer)

    async def recall(input_: Note, run: Run) -> Found:
        found = await run.recall(step, query=input_.text)
        return Found(count=found.count, texts=[each.content for each in found.results])

    ledger = MemoryLedger()
    for simulate, texts in ((True, ["assumed"]), (False, [])):
        outcome = await ran(
            machine(Grant("memory"), run=recall), Gate(ledger, simulate=simulate), ledger
        )
        assert outcome.output == Found(count=len(texts), texts=texts)


async def test_an_app_keeps_its_memory_in_its_data_directory(tmp_path: Path) -> None:
    for count in (1, 2):
        service = service_of(tmp_path, (MEMORY, WebSocketSurface(path="/ws")))
        async with service.app.router.lifespan_context(service.app):
            answer = await service.answer(
                MEMORY, {"text": "tea"}, surface="page", path="/p", principal=None
            )
        assert isinstance(answer.output, Found)
        assert answer.output.count == count
    assert (tmp_path / "data" / DATABASE).exists()
    assert records(tmp_path, "StepRun")[0]["simulated"] is True


# Arguments.


@pytest.mark.parametrize(
    ("ttl", "seconds"),
    [
        (None, None),
        (1.5, 1.5),
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("24h", 86400),
        ("7d", 604800),
    ],
)
def test_a_ttl_is_seconds_or_a_duration(ttl: float | str | None, seconds: float | None) -> None:
    assert remembered("x", None, None, None, ttl).ttl == seconds


@pytest.mark.parametrize(
    "ttl", [0, -1, float("inf"), float("nan"), "", "1", "0s", "1 h", "-1h", "1y"]
)
def test_a_ttl_that_is_none_fails_the_step(ttl: float | str) -> None:
    with pytest.raises(StepFailure, match="ttl"):
        remembered("x", None, None, None, ttl)


def test_what_is_not_said_has_a_default() -> None:
    assert wanted("q", None, None, None, None, None).limit == LIMIT
    assert wanted("q", None, None, None, None, None).threshold == 0


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_limit_has_bounds(limit: int) -> None:
    with pytest.raises(StepFailure, match="limit"):
        wanted("q", None, limit, None, None, None)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_threshold_has_bounds(threshold: float) -> None:
    with pytest.raises(StepFailure, match="threshold"):
        wanted("q", None, None, threshold, None, None)
