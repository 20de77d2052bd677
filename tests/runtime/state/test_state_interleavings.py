"""Whatever runs, fails, is cancelled or cannot be written, in whatever order: as if one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Engine
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.ledger import LedgerUnavailable, MemoryLedger, Scalar, Write
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run, perform

from tests.runtime.state.counters import CALLER, Add, State, Total, begun, ended, engine_of, settled


class HeldLedger(MemoryLedger):
    """Commits, or fails to, when the test says so: always all that waits, in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[Sequence[Write], asyncio.Future[None]]] = []

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held.append((writes, future))
        return future

    def commit(self, works: bool) -> None:
        for writes, future in self.held:
            if works:
                self.values.update(writes)
                future.set_result(None)
            else:
                future.set_exception(LedgerUnavailable("no disk"))
                future.exception()
        self.held.clear()


@dataclass
class Trial:
    """One run: what it read, and what it was told to do about it."""

    number: int
    task: asyncio.Task[Any] | None = None
    run: str = ""
    read: list[str] | None = None
    durable: asyncio.Future[None] | None = None
    decided: asyncio.Future[bool] = field(default_factory=asyncio.Future)
    is_over: bool = False


class World:
    def __init__(self) -> None:
        self.ledger = HeldLedger()
        self.engine: Engine = engine_of(self.ledger)
        self.trials: list[Trial] = []

    async def start(self) -> None:
        trial = Trial(len(self.trials))
        self.trials.append(trial)

        async def body(_input: Record, run: Run) -> Total:
            state = await run.state(State)
            trial.read = state.names
            run.set_state(State(names=[*state.names, str(trial.number)]))
            if not await trial.decided:
                raise StepFailure("runtime", "it was to fail")
            return Total(total=len(state.names))

        machine = Machine(name="counter", input=Add, output=Total, run=body, state=State)
        trial.run, call = begun(self.engine, machine, Add())
        trial.task = asyncio.create_task(self.perform(trial, call))
        await settled()

    async def perform(self, trial: Trial, call: Any) -> None:
        outcome = await perform(call, self.ledger, self.engine.gate)
        self.end(trial, "ok" if outcome.refusal is None else outcome.refusal.code)

    def end(self, trial: Trial, outcome: str) -> None:
        if not trial.is_over:
            trial.is_over = True
            durable = self.engine.record(CALLER, ended(trial.run, outcome))
            trial.durable = durable if outcome == "ok" else None

    async def decide(self, trial: Trial, succeed: bool) -> None:
        if not trial.decided.done():
            trial.decided.set_result(succeed)
        await settled()

    async def cancel(self, trial: Trial) -> None:
        """As a session does: first the record, then the task."""
        self.end(trial, "cancelled")
        assert trial.task is not None
        trial.task.cancel()
        await settled()

    async def commit(self, works: bool) -> None:
        self.ledger.commit(works)
        await settled()

    async def finish(self) -> None:
        """Everybody who is still there succeeds."""
        while not all(trial.is_over and trial.task and trial.task.done() for trial in self.trials):
            for trial in self.trials:
                await self.decide(trial, True)
            await self.commit(True)
        await self.commit(True)

    async def close(self) -> None:
        await asyncio.gather(
            *[trial.task for trial in self.trials if trial.task], return_exceptions=True
        )


def kept(trial: Trial) -> bool:
    """Whether it succeeded and its record is on disk."""
    return trial.durable is not None and trial.durable.exception() is None


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["start", "start", "succeed", "succeed", "fail", "cancel", "commit", "lose"]
        ),
        st.integers(0, 7),
    ),
    max_size=30,
)


@given(OPERATIONS)
@settings(max_examples=150, deadline=None)
def test_as_if_one_by_one(operations: list[tuple[str, int]]) -> None:
    asyncio.run(check(operations))


async def check(operations: list[tuple[str, int]]) -> None:
    world = World()
    for word, choice in operations:
        if word == "start":
            await world.start()
        elif word in ("commit", "lose"):
            await world.commit(word == "commit")
        elif world.trials:
            trial = world.trials[choice % len(world.trials)]
            if word == "cancel":
                await world.cancel(trial)
            else:
                await world.decide(trial, word == "succeed")
    await world.finish()
    await world.close()
    final = (await world.engine.states.load("counter", State)).names
    successes = [trial for trial in world.trials if kept(trial)]
    assert sorted(map(int, final)) == [trial.number for trial in successes], "none lost, none more"
    for trial in successes:
        assert trial.read == final[: final.index(str(trial.number))], "each saw those before it"
    assert final == sorted(final, key=int), "turns come in the order of asking"
