"""What a run sets is kept with the record of the access that asked for it, and with no other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from kanvas_runtime.ledger import MemoryLedger, Scalar, Write
from kanvas_runtime.machine import CallStep, Grant, Machine, Policy
from kanvas_runtime.run import Run

from tests.runtime.state.counters import COUNTER, Add, State, Total, engine_of, ran


class Noting(MemoryLedger):
    """Keeps, of each record that has values with it, its kind, its run and their names."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[tuple[str, Scalar | None, list[str]]] = []

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        if writes:
            self.noted.append((kind, fields.get("run"), sorted(each.key for each in writes)))
        return super().append(kind, fields, writes)


async def twice(input_: Add, run: Run) -> Total:
    """Sets its own state, has another machine set that one's, and sets its own again."""
    for _ in range(2):
        state = await run.state(State)
        run.set_state(State(total=state.total + 1))
        counted = await run.call(CallStep("counted"), COUNTER, input_)
    return Total(total=counted.total)


OUTER: Machine[Any, Any] = Machine(
    "outer",
    Add,
    Total,
    twice,
    Policy(allowed=(Grant("call", "counter"),)),
    calls=(COUNTER,),
    state=State,
)


async def test_all_that_a_run_sets_is_in_the_transaction_of_its_access() -> None:
    ledger = Noting()
    engine = engine_of(ledger)
    assert (await ran(engine, OUTER, Add(n=2))).output == Total(total=4)
    access = ledger.records[-1]
    assert (access["kind"], access["outcome"]) == ("SurfaceAccess", "ok")
    assert ledger.noted == [("SurfaceAccess", access["run"], ["counter", "outer"])]
    assert (await engine.states.load("outer", State)).total == 2


async def test_nothing_that_a_failed_run_has_set_is_in_any() -> None:
    ledger = Noting()
    engine = engine_of(ledger)
    failed = await ran(engine, OUTER, Add(n=2, fail=True))
    assert failed.refusal is not None
    assert failed.refusal.code == "step_failed"
    assert ledger.noted == []
    assert ledger.values == {}
