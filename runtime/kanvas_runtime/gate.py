"""The one door by which a step reaches the outside: permission, record, call, record.

Clients of providers exist only behind it. Whatever the compiler has proved, the machine's policy is
looked at again for every call.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec.structs import replace

from kanvas_runtime.approvals.approvals import Approvals, Wish
from kanvas_runtime.approvals.arguments import of_ask, of_call, of_http, of_memory
from kanvas_runtime.budget import Budget, Charge
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.ledger.interface import Journal, Scalar
from kanvas_runtime.machine import (
    Answerable,
    Ask,
    CallStep,
    HttpAnswer,
    HttpStep,
    Machine,
    MemoryStep,
    Value,
)
from kanvas_runtime.mask import Mask
from kanvas_runtime.memory import Recalled
from kanvas_runtime.memory.interface import MemoryStore, Remembered, Wanted
from kanvas_runtime.memory.sqlite import SqliteMemory
from kanvas_runtime.outside.http import Http
from kanvas_runtime.outside.request import Request, prepare
from kanvas_runtime.passage import Passage
from kanvas_runtime.payloads import Payloads
from kanvas_runtime.policy import Verdict, judge, locates
from kanvas_runtime.reasoning.converse import converse, question_of
from kanvas_runtime.reasoning.growing import Watch
from kanvas_runtime.reasoning.provider import Meter, Question
from kanvas_runtime.reasoning.registry import Reasoners, split_model
from kanvas_runtime.secret import Secrets

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_log = logging.getLogger("kanvas.gate")


class Gate:
    """Built once per service. `simulate`: steps answer what the program assumes; nothing leaves."""

    def __init__(
        self,
        recorder: Journal,
        reasoners: Reasoners | None = None,
        simulate: bool = False,
        memory: MemoryStore | None = None,
        http: Http | None = None,
        budget: Budget | None = None,
        payloads: Payloads = Payloads(),  # noqa: B008  (it cannot change)
        secrets: Secrets | None = None,
    ) -> None:
        self.simulate = simulate
        self.payloads = payloads
        self.secrets = secrets or (Secrets.assumed() if simulate else Secrets({}))
        self._http = http or Http()
        self._memory = memory or SqliteMemory()
        self._recorder = recorder
        self.budget = budget or Budget(recorder)
        self.approvals = Approvals(recorder)
        self._reasoners = reasoners or Reasoners()

    async def ask(
        self, run: Run, step: Ask[R], task: tuple[str | Value, ...], role: str | None
    ) -> R:
        """Carry out an `ask … using` step; raises `StepFailure`, `LedgerUnavailable`."""
        wish = Wish(run, step.name, "reason", None, of_ask(step, task, role), self.simulate)
        await self._admit(wish)
        if step.max_retries is None:
            step = replace(step, max_retries=run.request.machine.max_retries)
        provider, model = split_model(step.model)
        facts = {"step": step.name, "target": provider} | ({"model": model} if model else {})
        watch = _watch(run, step)
        meter = Meter(watcher=watch)
        question = question_of(step, task, role, run.onward())
        work = partial(self._answer, step, question, meter, watch)
        if self.simulate:
            passage = Passage(facts, self.simulate, partial(_used, meter))
            return await self._through(run, passage, work)
        charge = await self.budget.charge(run, step, partial(wish.digest, self._recorder))
        charge.begin(question.most_tokens())
        meter.fare = charge
        try:
            used = partial(_used, meter, charge)
            return await self._through(run, Passage(facts, False, used, charge.writes), work)
        finally:
            charge.close()

    async def http(
        self,
        run: Run,
        step: HttpStep,
        url: str,
        headers: Mapping[str, object] | None,
        body: object,
    ) -> HttpAnswer:
        """Carry out an `http` step; raises `StepFailure`, `LedgerUnavailable`."""
        try:
            request = prepare(step.method, url, headers, body)
        except StepFailure as failure:
            failure.step = step.name
            raise
        origin = request.url.origin
        wish = Wish(run, step.name, "http", origin, of_http(request), self.simulate)
        await self._admit(wish)
        passage = Passage({"step": step.name, "target": str(origin)}, self.simulate)
        return await self._through(run, passage, partial(self._fetched, wish, step, request))

    async def call(
        self,
        run: Run,
        step: CallStep,
        machine: str,
        input: Record,
        work: Callable[[], Awaitable[T]],
    ) -> T:
        """Let another machine carry out a step by `work`, on `input`; raises `StepFailure`.

        Its begin is recorded, but not waited for: what leaves the process does so by a step of
        the other machine, whose own record is later in the chain.
        """
        given = of_call(machine, input)
        await self._admit(Wish(run, step.name, "call", machine, given, self.simulate))
        passage = Passage({"step": step.name, "target": machine}, self.simulate)
        return await self._through(run, passage, work, leaves=False)

    async def remember(self, run: Run, step: MemoryStep, what: Remembered) -> None:
        """Carry out a `remember` step; raises `StepFailure`, `LedgerUnavailable`."""
        await self._with_memory(run, step, what, partial(self._memory.remember, what))

    async def recall(self, run: Run, step: MemoryStep, wanted: Wanted) -> Recalled:
        """Carry out a `recall` step; raises `StepFailure`, `LedgerUnavailable`."""
        if self.simulate and step.assuming is not None:
            return await self._with_memory(run, step, wanted, partial(_given, step.assuming))
        return await self._with_memory(run, step, wanted, partial(self._memory.recall, wanted))

    def warm(self, machines: Iterable[Machine[Any, Any]]) -> None:
        """Open what these machines will ask, so that no message pays for it (a second of imports).

        Raises `KeyError` for an unknown provider; `reasoning.missing` says that beforehand.
        """
        if not self.simulate:
            for machine in machines:
                for step in machine.asks:
                    self._reasoners.provider(split_model(step.model)[0])
                if any(grant.capability == "http" for grant in machine.policy.allowed):
                    self._http.warm()

    async def aclose(self) -> None:
        """Close every client that was opened."""
        await self._reasoners.aclose()
        await self._memory.close()

    def assumed(self, step: Answerable[R]) -> R:
        """What a step answers while simulated; raises `StepFailure` when that is nothing."""
        if step.assuming is None:
            message = f"{step.name} has no `assuming`, so nothing answers it while simulated"
            raise StepFailure("runtime", message)
        return step.assuming

    async def _answer(
        self,
        step: Ask[R],
        question: Question,
        meter: Meter,
        watch: Watch | None,
    ) -> R:
        if self.simulate:
            answer = self.assumed(step)
            if watch is not None:
                watch.assumed(answer)
            return answer
        provider = self._reasoners.provider(split_model(step.model)[0])
        try:
            return await converse(provider, step, question, meter)
        except StepFailure:
            if watch is not None:
                watch.void()
            raise

    async def _fetched(self, wish: Wish, step: HttpStep, request: Request) -> HttpAnswer:
        if self.simulate:
            return self.assumed(step)
        run, origin = wish.run, request.url.origin
        traced = request.traced(run.onward())
        try:
            answer = await self._http.fetch(traced, locates(run.policy, origin), step.timeout)
            return answer if step.raw else _discreet(answer, run.mask())
        except StepFailure as failure:
            if failure.type == "denied":  # by its address, which nobody knew before
                self._deny(wish)
            raise

    async def _with_memory(
        self,
        run: Run,
        step: MemoryStep,
        what: Remembered | Wanted,
        work: Callable[[], Awaitable[T]],
    ) -> T:
        """The memory is ours, so a simulated run has it, too."""
        await self._admit(Wish(run, step.name, "memory", None, of_memory(what), self.simulate))
        passage = Passage({"step": step.name, "target": "memory"}, self.simulate)
        try:
            return await self._through(run, passage, work)
        except OSError as error:
            _log.error("run %s, step %s: %s", run.id, step.name, error)
            message = "the memory could not be read or written"
            raise StepFailure("runtime", message, step=step.name) from error

    async def _admit(self, wish: Wish) -> None:
        verdict = judge(wish.run.policy, wish.capability, wish.target)
        if verdict is Verdict.ALLOWED:
            return
        if verdict is Verdict.APPROVAL:
            await self._approved(wish)
            return
        self._deny(wish)
        target = wish.named
        spelt = wish.capability if target is None else f'{wish.capability} "{target}"'
        message = f"{wish.step} needs `{spelt}`, which this machine is not allowed"
        raise StepFailure("denied", message, step=wish.step)

    async def _approved(self, wish: Wish) -> None:
        await self.approvals.admit(wish)

    def _deny(self, wish: Wish) -> None:
        """Record that a call was denied, and what it was about to do."""
        decision = {"capability": wish.capability, "step": wish.step, "verdict": "denied"}
        if wish.named is not None:
            decision["target"] = wish.named
        decision["arguments_digest"] = wish.digest(self._recorder)
        self._recorder.append("Decision", wish.run.facts() | decision)

    async def _through(
        self,
        run: Run,
        passage: Passage,
        work: Callable[[], Awaitable[T]],
        leaves: bool = True,
    ) -> T:
        """Do the work between its two records. A failure gets to know its step."""
        try:
            begun = self._begin(run, passage)
            if leaves:
                await asyncio.shield(begun)  # a cancelled run must not cancel the ledger's future
            passage.started = time.perf_counter_ns()
            done = await work()
        except BaseException as error:
            self._end(run, passage, _outcome(error))
            if isinstance(error, StepFailure):
                error.step = error.step or str(passage.facts["step"])
            raise
        self._end(run, passage, "ok")
        return done

    def _begin(self, run: Run, passage: Passage) -> asyncio.Future[None]:
        """Record that the call is about to leave; it may not before this is on disk."""
        run.record_start()
        return self._recorder.append("StepRun", run.facts() | passage.begun(), passage.writes())

    def _end(self, run: Run, passage: Passage, outcome: str) -> None:
        """Record what came of it. Nobody waits here: the run's own last record comes after it."""
        self._recorder.append("StepRun", run.facts() | passage.ended(outcome), passage.writes())


def _watch(run: Run, step: Ask[Any]) -> Watch | None:
    """Somebody who waits for the run's own output sees the texts of it grow."""
    transaction = run.request.transaction
    if not step.streams or run.is_inside or transaction is None or transaction.grew is None:
        return None
    return Watch(step, transaction.grew, transaction.told)


def _used(meter: Meter, charge: Charge | None = None) -> dict[str, Scalar]:
    used: dict[str, Scalar] = {
        "attempts": meter.attempts,
        "tokens_in": meter.tokens_in,
        "tokens_out": meter.tokens_out,
    }
    if charge is not None and charge.is_priced:
        used["cost"] = charge.cost
    return used


def _discreet(answer: HttpAnswer, mask: Mask) -> HttpAnswer:
    """An answer that repeats what was sent to it tells nobody."""
    if not mask:
        return answer
    return msgspec.structs.replace(
        answer, headers=mask.value(answer.headers), body=mask.value(answer.body)
    )


async def _given(answer: Recalled) -> Recalled:
    return answer


def _outcome(error: BaseException) -> str:
    if isinstance(error, StepFailure):
        return error.type
    return "cancelled" if isinstance(error, asyncio.CancelledError) else "internal"
