"""One run of a machine: what generated code is given, and how a run becomes an outcome."""

from __future__ import annotations

import inspect
import logging
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from kanvas_runtime import fuel, origin
from kanvas_runtime.codec import public
from kanvas_runtime.codec.json_text import encode_sorted
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import LedgerUnavailable, Recorder, Scalar
from kanvas_runtime.machine import Ask, Machine, Value

R = TypeVar("R", bound=Record)

_log = logging.getLogger("kanvas.run")


class Call(NamedTuple):
    """A decoded request to run a machine, and where it came from.

    `run` is a UUIDv7; `surface` is `websocket`, `page`, …; `trace` is a W3C traceparent. `now` is
    what the run takes for the present instead of the clock's time: aware, in UTC.
    """

    machine: Machine[Any, Any]
    input: Record
    run: str
    principal: str | None
    surface: str
    path: str
    connection: str | None = None
    trace: str | None = None
    now: datetime | None = None


class Outcome(NamedTuple):
    """What a run came to: an output or a refusal, never both, never neither."""

    output: Record | None = None
    refusal: Refusal | None = None


class Run:
    """What generated code sees of its own run. `step` is the step that is being carried out."""

    __slots__ = ("_gate", "_recorder", "_start_recorded", "_started_at", "call", "step")

    def __init__(self, call: Call, recorder: Recorder, gate: Gate) -> None:
        self.call = call
        self.step = ""
        self._recorder = recorder
        self._gate = gate
        self._started_at = time.time()
        self._start_recorded = False

    @property
    def id(self) -> str:
        """The run's UUIDv7."""
        return self.call.run

    @property
    def principal(self) -> str | None:
        """Who asked; None when nobody signed in."""
        return self.call.principal

    @property
    def surface(self) -> str:
        """The kind of surface that the request came by."""
        return self.call.surface

    @property
    def now(self) -> datetime:
        """When the run began, in UTC: the same instant wherever the run reads it."""
        return self.call.now or datetime.fromtimestamp(self._started_at, UTC)

    async def ask(self, step: Ask[R], *task: str | Value, role: str | None = None) -> R:
        """Carry out an `ask … using` step; raises `StepFailure`."""
        return await self._gate.ask(self, step, task, role)

    def facts(self) -> dict[str, Scalar]:
        """The fields that every record of this run begins with."""
        call = self.call
        fields: dict[str, Scalar] = {"machine": call.machine.name, "run": call.run}
        if call.principal is not None:
            fields["principal"] = call.principal
        if call.trace is not None:
            fields["trace"] = call.trace
        return fields

    def record_start(self) -> None:
        """Put the run's start into the ledger, once, before anything of it leaves the process.

        Nobody waits for this record by itself: what is appended after it is not durable before it.
        """
        if self._start_recorded:
            return
        self._start_recorded = True
        content = encode_sorted(public(self.call.input))
        fields = self.facts() | {"input_digest": self._recorder.digest(content)}
        self._recorder.append("RunStarted", fields)


def is_pure(machine: Machine[Any, Any]) -> bool:
    """Whether `perform_now` can run the machine. Ask once per machine, not once per message."""
    return not inspect.iscoroutinefunction(machine.run)


def perform_now(call: Call, recorder: Recorder, gate: Gate) -> Outcome:
    """Run a machine whose `run` is a plain function. Never raises; needs no event loop."""
    fuel.refill()
    run = Run(call, recorder, gate)
    try:
        output = call.machine.run(call.input, run)
        if not isinstance(output, Record):
            raise _waits(output)
    except Exception as error:
        return Outcome(refusal=_refusal(error, run))
    return Outcome(output=output)


async def perform(call: Call, recorder: Recorder, gate: Gate) -> Outcome:
    """Run a machine of either kind. Raises nothing but `CancelledError`."""
    fuel.refill()
    run = Run(call, recorder, gate)
    try:
        output = call.machine.run(call.input, run)
        if not isinstance(output, Record):
            output = await output
    except Exception as error:
        return Outcome(refusal=_refusal(error, run))
    return Outcome(output=output)


def _waits(output: object) -> TypeError:
    if inspect.iscoroutine(output):
        output.close()
    return TypeError("a machine that waits needs perform()")


def _refusal(error: Exception, run: Run) -> Refusal:
    """What the caller is told about an exception that ended the run."""
    if isinstance(error, StepFailure):
        error.step = error.step or run.step
        return error.refusal()
    if isinstance(error, Refusal):
        return error
    if isinstance(error, LedgerUnavailable):
        return Refusal("overloaded", "the ledger cannot be written, and nothing runs unrecorded")
    return _internal(error, run)


def _internal(error: Exception, run: Run) -> Refusal:
    machine = run.call.machine
    place = origin.place(error.__traceback__, machine.run) or machine.source
    _log.error(
        "run %s: machine %s failed at %s, step %s",
        run.id,
        machine.name,
        place,
        run.step or "-",
        exc_info=error,
    )
    return Refusal("internal", f"this is a fault of the server; its log has it under {run.id}")
