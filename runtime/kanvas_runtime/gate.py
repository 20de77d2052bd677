"""The one door by which a step reaches the outside: permission, record, call, record.

Clients of providers exist only behind it. Whatever the compiler has proved, the machine's policy is
looked at again for every call.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from kanvas_runtime.contract import Record
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.ledger.interface import Recorder, Scalar
from kanvas_runtime.machine import Ask, Machine, MemoryStep, Value
from kanvas_runtime.memory import Recalled
from kanvas_runtime.memory.interface import MemoryStore, Remembered, Wanted
from kanvas_runtime.memory.sqlite import SqliteMemory
from kanvas_runtime.policy import Verdict, judge
from kanvas_runtime.reasoning.converse import converse
from kanvas_runtime.reasoning.provider import Meter
from kanvas_runtime.reasoning.registry import Reasoners, split_model

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_log = logging.getLogger("kanvas.gate")


class Gate:
    """Built once per service. `simulate`: steps answer what the program assumes; nothing leaves."""

    def __init__(
        self,
        recorder: Recorder,
        reasoners: Reasoners | None = None,
        simulate: bool = False,
        memory: MemoryStore | None = None,
    ) -> None:
        self.simulate = simulate
        self._memory = memory or SqliteMemory()
        self._recorder = recorder
        self._reasoners = reasoners or Reasoners()

    async def ask(
        self, run: Run, step: Ask[R], task: tuple[str | Value, ...], role: str | None
    ) -> R:
        """Carry out an `ask … using` step; raises `StepFailure`, `LedgerUnavailable`."""
        self._admit(run, step.name, "reason")
        if step.max_retries is None:
            step = replace(step, max_retries=run.call.machine.max_retries)
        provider, model = split_model(step.model)
        passage = _Passage(step.name, provider, model, self.simulate)
        try:
            await self._begin(run, passage)
            answer = await self._answer(step, task, role, passage.meter)
        except BaseException as error:
            self._end(run, passage, _outcome(error))
            raise
        self._end(run, passage, "ok")
        return answer

    async def remember(self, run: Run, step: MemoryStep, what: Remembered) -> None:
        """Carry out a `remember` step; raises `StepFailure`, `LedgerUnavailable`."""
        await self._with_memory(run, step, partial(self._memory.remember, what))

    async def recall(self, run: Run, step: MemoryStep, wanted: Wanted) -> Recalled:
        """Carry out a `recall` step; raises `StepFailure`, `LedgerUnavailable`."""
        if self.simulate and step.assuming is not None:
            return await self._with_memory(run, step, partial(_given, step.assuming))
        return await self._with_memory(run, step, partial(self._memory.recall, wanted))

    def warm(self, machines: Iterable[Machine[Any, Any]]) -> None:
        """Open what these machines will ask, so that no message pays for it (a second of imports).

        Raises `KeyError` for an unknown provider; `reasoning.missing` says that beforehand.
        """
        if not self.simulate:
            for step in (step for machine in machines for step in machine.asks):
                self._reasoners.provider(split_model(step.model)[0])

    async def aclose(self) -> None:
        """Close every client that was opened."""
        await self._reasoners.aclose()
        await self._memory.close()

    def assumed(self, step: Ask[R]) -> R:
        """What a step answers while simulated; raises `StepFailure` when that is nothing."""
        if step.assuming is None:
            message = f"{step.name} has no `assuming`, so nothing answers it while simulated"
            raise StepFailure("runtime", message)
        return step.assuming

    async def _answer(
        self, step: Ask[R], task: tuple[str | Value, ...], role: str | None, meter: Meter
    ) -> R:
        try:
            if self.simulate:
                return self.assumed(step)
            provider = self._reasoners.provider(split_model(step.model)[0])
            return await converse(provider, step, task, role, meter)
        except StepFailure as failure:
            failure.step = step.name
            raise

    async def _with_memory(self, run: Run, step: MemoryStep, work: Callable[[], Awaitable[T]]) -> T:
        """The memory is ours, so a simulated run has it, too."""
        self._admit(run, step.name, "memory")
        passage = _Passage(step.name, "memory", "", self.simulate)
        try:
            await self._begin(run, passage)
            done = await work()
        except BaseException as error:
            self._end(run, passage, _outcome(error))
            if isinstance(error, OSError):
                _log.error("run %s, step %s: %s", run.id, step.name, error)
                message = "the memory could not be read or written"
                raise StepFailure("runtime", message, step=step.name) from error
            raise
        self._end(run, passage, "ok")
        return done

    def _admit(self, run: Run, step: str, capability: str) -> None:
        verdict = judge(run.call.machine.policy, capability)
        if verdict is Verdict.ALLOWED:
            return
        decision = {"capability": capability, "step": step, "verdict": "denied"}
        self._recorder.append("Decision", run.facts() | decision)
        raise StepFailure("denied", _REASONS[verdict].format(step, capability), step=step)

    async def _begin(self, run: Run, passage: _Passage) -> None:
        """Record that the call is about to leave; it may not before this is on disk."""
        run.record_start()
        durable = self._recorder.append("StepRun", run.facts() | passage.begun())
        await asyncio.shield(durable)  # a cancelled run must not cancel the ledger's future
        passage.started = time.perf_counter_ns()

    def _end(self, run: Run, passage: _Passage, outcome: str) -> None:
        """Record what came of it. Nobody waits here: the run's own last record comes after it."""
        self._recorder.append("StepRun", run.facts() | passage.ended(outcome))


_REASONS = {
    Verdict.DENIED: "{} needs `{}`, which this machine is not allowed",
    Verdict.APPROVAL: "{} needs a person's approval for `{}`, and nobody can give it here",
}


@dataclass(slots=True)
class _Passage:
    """One way through the door, as the ledger describes it."""

    step: str
    target: str
    model: str
    simulated: bool
    meter: Meter = field(default_factory=Meter)
    started: int = field(default_factory=time.perf_counter_ns)

    def begun(self) -> dict[str, Scalar]:
        return {"phase": "begin"} | self._common()

    def ended(self, outcome: str) -> dict[str, Scalar]:
        return self._common() | {
            "phase": "end",
            "outcome": outcome,
            "attempts": self.meter.attempts,
            "tokens_in": self.meter.tokens_in,
            "tokens_out": self.meter.tokens_out,
            "duration_us": (time.perf_counter_ns() - self.started) // 1000,
        }

    def _common(self) -> dict[str, Scalar]:
        fields: dict[str, Scalar] = {"step": self.step, "target": self.target}
        if self.model:
            fields["model"] = self.model
        if self.simulated:
            fields["simulated"] = True
        return fields


async def _given(answer: Recalled) -> Recalled:
    return answer


def _outcome(error: BaseException) -> str:
    if isinstance(error, StepFailure):
        return error.type
    return "cancelled" if isinstance(error, asyncio.CancelledError) else "internal"
