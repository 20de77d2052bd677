"""One run of a machine: what generated code is given, and how a run becomes an outcome."""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from kanvas_runtime import callee, fuel, guards, origin
from kanvas_runtime.budget import Budget
from kanvas_runtime.codec import public
from kanvas_runtime.codec.json_text import encode_sorted
from kanvas_runtime.contract import Record
from kanvas_runtime.control import Control, Failure
from kanvas_runtime.deadline import Deadline
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import LedgerUnavailable, Recorder, Scalar
from kanvas_runtime.machine import (
    Ask,
    CallStep,
    HttpAnswer,
    HttpStep,
    I,
    Machine,
    MemoryStep,
    O,
    Policy,
    Value,
)
from kanvas_runtime.mask import Mask
from kanvas_runtime.memory import Recalled, arguments
from kanvas_runtime.policy import narrow
from kanvas_runtime.trace import Trace, of_run
from kanvas_runtime.transaction import Transaction
from kanvas_runtime.wishes import Notice

R = TypeVar("R", bound=Record)
S = TypeVar("S", bound=Record)
T = TypeVar("T")

_log = logging.getLogger("kanvas.run")


class Call(NamedTuple):
    """A decoded request to run a machine, and where it came from.

    `run` is a UUIDv7; `surface` is `websocket`, `page`, …; `trace` is what it belongs to, if the
    caller said so. `now` is
    what the run takes for the present instead of the clock's time: aware, in UTC. `transaction`
    takes what the run changes; without one that is forgotten. `answers`: what the run gives is the
    machine's output, and not the value of a flow that an event runs. `held` is told of each step
    that waits for a person. `asked` is the machine that the request was for, where another one
    runs that it calls.
    """

    machine: Machine[Any, Any]
    input: Record
    run: str
    principal: str | None
    surface: str
    path: str
    connection: str | None = None
    trace: Trace | None = None
    now: datetime | None = None
    transaction: Transaction | None = None
    answers: bool = True
    held: Callable[[Notice], None] | None = None
    asked: str = ""


class Outcome(NamedTuple):
    """What a run came to: an output or a refusal, never both. A flow that an event runs has no
    output, for its value is no answer."""

    output: Record | None = None
    refusal: Refusal | None = None


class Run(Control):
    """What generated code sees of its own run.

    `caller` is the run of the machine that called this one, if one did. `request` says what runs
    and for whom, `policy` what it may.
    """

    __slots__ = (
        "_caller",
        "_changes",
        "_depth",
        "_gate",
        "_recorder",
        "_start",
        "_started_at",
        "deadline",
        "policy",
        "request",
        "spent",
    )

    def __init__(
        self, call: Call, recorder: Recorder, gate: Gate, caller: Run | None = None
    ) -> None:
        self.request = call
        self.step = ""
        self.spent = 0  # micro-dollars, what is reserved included
        self.deadline: Deadline | None = None
        self.policy: Policy = call.machine.policy
        self._caller = caller
        self._depth = 0
        if caller is not None:
            self.policy = narrow(call.machine.policy, caller.policy)
            self._depth = caller._depth + 1
        self._recorder = recorder
        self._gate = gate
        self._started_at = time.time()
        self._start: asyncio.Future[None] | None = None
        self._changes = call.transaction or Transaction()

    @property
    def id(self) -> str:
        """The run's UUIDv7."""
        return self.request.run

    @property
    def principal(self) -> str | None:
        """Who asked; None when nobody signed in."""
        return self.request.principal

    @property
    def surface(self) -> str:
        """The kind of surface that the request came by."""
        return self.request.surface

    @property
    def now(self) -> datetime:
        """When the run began, in UTC: the same instant wherever the run reads it."""
        return self.request.now or datetime.fromtimestamp(self._started_at, UTC)

    async def ask(self, step: Ask[R], *task: str | Value, role: str | None = None) -> R:
        """Carry out an `ask … using` step; raises `StepFailure`."""
        return await self._gate.ask(self, step, task, role)

    async def http(
        self,
        step: HttpStep,
        *,
        url: str,
        headers: Mapping[str, object] | None = None,
        body: object = None,
    ) -> HttpAnswer:
        """Carry out an `http` step; raises `StepFailure` (`http`, `timeout`, `denied`).

        Every status is an answer, redirects too. A text is sent as it is, other bodies as JSON.
        """
        return await self._gate.http(self, step, url, headers, body)

    async def call(self, step: CallStep, machine: Machine[I, O], input: I) -> O:
        """Let another machine of the app carry out a step: in this run, with no more rights.

        Raises `StepFailure` with the type of what failed there.
        """
        if self._depth >= callee.DEEPEST:
            message = f"machines call each other more than {callee.DEEPEST} deep"
            raise StepFailure("runtime", message, step=step.name)
        fuel.spend()
        here = self.step
        try:
            return await self._gate.call(
                self, step, machine.name, input, partial(self._inside, machine, input)
            )
        finally:
            self.step = here

    def secret(self, name: str) -> str:
        """A secret that the machine needs."""
        if name not in self.request.machine.needs:
            raise KeyError(f"{self.request.machine.name} does not say that it needs {name}")
        return self._gate.secrets.of(name)

    def mask(self) -> Mask:
        """What hides all secrets that this run can know: the app's, and those of its input."""
        return self._gate.secrets.within(level.request.input for level in self.levels)

    def failure(self, error: StepFailure) -> Failure:
        """See `Control.failure`. Servers that were sent secrets may repeat them."""
        mask = self.mask()
        error.message, error.details = mask.text(error.message), mask.text(error.details)
        return super().failure(error)

    @property
    def is_inside(self) -> bool:
        """Whether another machine's run called this one: its output is that one's business."""
        return self._caller is not None

    @property
    def caller(self) -> Run | None:
        """The run of the machine that called this one."""
        return self._caller

    @property
    def levels(self) -> Iterator[Run]:
        """This run, the one that called it, and so on."""
        level: Run | None = self
        while level is not None:
            yield level
            level = level.caller

    @property
    def deadlines(self) -> list[Deadline]:
        """When this run has to end, and those that wait for it."""
        return [level.deadline for level in self.levels if level.deadline is not None]

    async def within(self, output: Awaitable[T]) -> T:
        """The whole run has so much time, waiting for a turn included, and for a person not.

        Raises:
            TimeoutError: it took longer; `overran` tells it from one that came from inside.
        """
        seconds = self.request.machine.timeout
        if seconds is None:
            return await output
        async with Deadline(seconds) as self.deadline:
            return await output

    @property
    def overran(self) -> bool:
        """Whether it had no more time."""
        return self.deadline is not None and self.deadline.expired()

    @property
    def pushed(self) -> list[Record]:
        """What the machine pushed in this run up to now, in order."""
        return self._changes.pushed.get(self.request.machine.name, [])

    async def state(self, kind: type[S]) -> S:
        """The machine's state as this run sees it; waits for the turn, which the run then keeps.

        Raises `Refusal`: `overloaded` when too many wait, `conflict` when waiting would not end.
        """
        return await self._changes.state(self.request.machine.name, kind)

    def set_state(self, value: Record) -> None:
        """A new state; it counts when the run has succeeded, and only then."""
        self._changes.set_state(self.request.machine.name, value)

    def publish(self, event: str, payload: object) -> None:
        """An event for the app's machines; it leaves when the run has succeeded, and only then."""
        self._changes.publish(event, payload)

    async def push(self, output: Record) -> None:
        """Send a result now: to the caller's socket and to who subscribed to this input.

        Raises `Refusal` when it breaks the contract; `LedgerUnavailable`.
        """
        await asyncio.shield(self.record_start())
        output = guards.passed(self, "output", output)
        self._changes.push(self.request.machine.name, output)

    def attempt(self) -> AbstractContextManager[None]:
        """See `Control.attempt`: what was set and published is undone, what has left is not."""
        return self._changes.attempt()

    async def remember(
        self,
        step: MemoryStep,
        *,
        content: str,
        collection: str | None = None,
        metadata: dict[str, Any] | None = None,
        namespace: str | None = None,
        ttl: float | str | None = None,
    ) -> None:
        """Carry out a `remember` step; raises `StepFailure`. `ttl`: seconds, or text like "24h"."""
        what = arguments.remembered(content, collection, metadata, namespace, ttl)
        await self._gate.remember(self, step, what)

    async def recall(
        self,
        step: MemoryStep,
        *,
        query: str,
        collection: str | None = None,
        limit: int | None = None,
        threshold: float | None = None,
        filter: dict[str, Any] | None = None,
        namespace: str | None = None,
    ) -> Recalled:
        """Carry out a `recall` step; raises `StepFailure`. `threshold`: the least score, 0…1."""
        wanted = arguments.wanted(query, collection, limit, threshold, filter, namespace)
        return await self._gate.recall(self, step, wanted)

    def facts(self) -> dict[str, Scalar]:
        """The fields that every record of this run begins with."""
        call = self.request
        fields: dict[str, Scalar] = {"machine": call.machine.name, "run": call.run}
        if call.principal is not None:
            fields["principal"] = call.principal
        if call.trace is not None:
            fields["trace"] = call.trace.id
        return fields

    def onward(self) -> str:
        """The `traceparent` of a request that the run sends out."""
        return (self.request.trace or of_run(self.id)).onward()

    def note(self, kind: str, fields: Mapping[str, Scalar]) -> None:
        """Put something that this run came upon into the ledger; its own record comes later."""
        self._recorder.append(kind, {**self.facts(), **fields})

    def record_start(self) -> asyncio.Future[None]:
        """Put the run's start into the ledger, once, before anything of it leaves the process.

        What is appended after it is not durable before it, so who appends need not wait for it.
        """
        if self._caller is not None:
            return self._caller.record_start()
        if self._start is None:
            content = encode_sorted(public(self.request.input))
            fields = self.facts() | {"input_digest": self._recorder.digest(content)}
            fields |= self._gate.payloads.fields(self.request.machine.name, content)
            self._start = self._recorder.append("RunStarted", fields)
        return self._start

    async def _inside(self, machine: Machine[I, O], input: I) -> O:
        try:
            self._gate.budget.admit(machine)
        except Refusal as refusal:
            told = refusal.message, "", "", refusal.code, refusal.retry_after
            raise StepFailure("denied", *told) from refusal
        request = self.request._replace(
            machine=machine,
            input=input,
            now=self.now,
            transaction=self._changes,
            asked=self.request.asked or self.request.machine.name,
        )
        return await callee.perform(machine, input, Run(request, self._recorder, self._gate, self))


def is_pure(machine: Machine[Any, Any]) -> bool:
    """Whether `perform_now` can run the machine. Ask once per machine, not once per message."""
    return not (machine.long or inspect.iscoroutinefunction(machine.run))


def perform_now(call: Call, recorder: Recorder, gate: Gate) -> Outcome:
    """Run a machine whose `run` is a plain function. Never raises; needs no event loop."""
    fuel.refill_later()
    run = Run(call, recorder, gate)
    try:
        return Outcome(at_once(run, call.machine, call.input, gate.budget))
    except Exception as error:
        return Outcome(None, refusal_of(error, run))


def is_quick(machine: Machine[Any, Any]) -> bool:
    """Whether it is worth to `try_now`: most runs of a long machine are short."""
    return machine.long and is_free(machine) and not inspect.iscoroutinefunction(machine.run)


class _TooLong(BaseException):
    """No failure that a program may handle."""


def _give_up() -> None:
    raise _TooLong


def try_now(call: Call, recorder: Recorder, gate: Gate) -> Outcome | None:
    """As `perform_now`; None where the run would have to give way to others. Nothing has left it
    then, so that another one can be performed in its place, with another transaction."""
    fuel.refill(_give_up)
    run = Run(call, recorder, gate)
    try:
        return Outcome(at_once(run, call.machine, call.input, gate.budget))
    except _TooLong:
        return None
    except Exception as error:
        return Outcome(None, refusal_of(error, run))
    finally:
        fuel.refill_later()


def is_free(machine: Machine[Any, Any]) -> bool:
    """Whether nothing stands between a request and `machine.run`, nor behind it."""
    return machine.limits.runs_per_minute is None and not machine.guards


def at_once(run: Run, machine: Machine[Any, Any], value: Record, budget: Budget) -> Record:
    """The output of such a machine. Raises whatever ends the run: see `refusal_of`."""
    output: object = machine.run(_input(run, machine, value, budget), run)
    if not isinstance(output, Record):
        raise waits(output)
    return _output(run, machine, output)


async def perform(call: Call, recorder: Recorder, gate: Gate) -> Outcome:
    """Run a machine of either kind. Raises nothing but `CancelledError`."""
    if not call.machine.long:
        fuel.refill()
        return await _perform(call, recorder, gate)
    from kanvas_runtime.giving_way import InStretches, give_way

    fuel.refill(give_way)
    return await InStretches(_perform(call, recorder, gate))


async def _perform(call: Call, recorder: Recorder, gate: Gate) -> Outcome:
    run = Run(call, recorder, gate)
    try:
        given = _input(run, call.machine, call.input, gate.budget)
        output = callee.begun(call.machine, given, run)
        if not isinstance(output, Record) and inspect.isawaitable(output):
            output = cast(object, await _within(run, output))
        if isinstance(output, Record):
            output = _output(run, call.machine, output)
    except Exception as error:
        return Outcome(refusal=refusal_of(error, run))
    return Outcome(output=output if isinstance(output, Record) else None)


def _input(run: Run, machine: Machine[Any, Any], value: Record, budget: Budget) -> Record:
    """What the machine gets: one more run of it may begin, and its guards have seen the input."""
    budget.admit(machine)
    return guards.passed(run, "input", value) if machine.guards else value


def _output(run: Run, machine: Machine[Any, Any], output: Record) -> Record:
    """What leaves of an output."""
    if not machine.guards or not run.request.answers:
        return output
    return guards.passed(run, "output", output)


async def _within(run: Run, output: Awaitable[T]) -> T:
    try:
        return await run.within(output)
    except TimeoutError:
        if not run.overran:
            raise
        seconds = run.request.machine.timeout
        raise Refusal("timeout", f"the run took longer than {seconds:g} s") from None


def waits(output: object) -> TypeError:
    """Such a machine may not give something that is still to come."""
    if inspect.iscoroutine(output):
        output.close()
    return TypeError("a machine that waits needs perform()")


def refusal_of(error: Exception, run: Run) -> Refusal:
    """What the caller is told about an exception that ended the run, without secrets."""
    refusal, mask = _told(error, run), run.mask()
    refusal.message = mask.text(refusal.message)
    if refusal.field is not None:
        refusal.field = mask.text(refusal.field)
    return refusal


def _told(error: Exception, run: Run) -> Refusal:
    if isinstance(error, StepFailure):
        error.step = error.step or run.step
        return error.refusal()
    if isinstance(error, Refusal):
        return error
    if isinstance(error, LedgerUnavailable):
        return Refusal("overloaded", "the ledger cannot be written, and nothing runs unrecorded")
    return _internal(error, run)


def _internal(error: Exception, run: Run) -> Refusal:
    machine = run.request.machine
    place = origin.place(error.__traceback__, machine.run) or machine.source
    written = "".join(traceback.format_exception(error))
    hidden = run.mask().text(written)
    _log.error(
        "run %s: machine %s failed at %s, step %s%s",
        run.id,
        machine.name,
        place,
        run.step or "-",
        "" if hidden == written else f"\n{hidden.rstrip()}",
        exc_info=error if hidden == written else None,
    )
    return Refusal("internal", f"this is a fault of the server; its log has it under {run.id}")
