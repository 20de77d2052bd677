"""A machine that another one calls: in the same run, with fewer rights, held to its contract."""

from __future__ import annotations

import functools
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from kanvas_runtime import guards
from kanvas_runtime.codec.kept import Check, check_of
from kanvas_runtime.codec.mismatch import Mismatch
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.machine import I, Machine, O

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

DEEPEST = 32
"""Calls in each other. The compiler accepts no circles; this is for what it did not compile."""


async def perform(machine: Machine[I, O], input: I, run: Run) -> O:
    """Run a machine as a step; `run` is its own.

    Raises:
        StepFailure: with the type of the step of it that failed, whose name is in `details`.
    """
    try:
        _hold(input, f"the input of {machine.name}")
        output = await _guarded(machine, input, run)
        _hold(output, f"the output of {machine.name}")
        return output
    except StepFailure as failure:
        inside = failure.step or run.step
        details = failure.details or (f"{machine.name}.{inside}" if inside else machine.name)
        raise StepFailure(
            failure.type, failure.message, "", details, failure.code, failure.retry_after
        ) from failure


async def _guarded(machine: Machine[I, O], input: I, run: Run) -> O:
    """Its guards hold for a machine that another one calls, too: there, a block fails the step."""
    if not machine.guards:
        return await _output(machine, input, run)
    try:
        output = await _output(machine, guards.passed(run, "input", input), run)
        return guards.passed(run, "output", output)
    except Refusal as refusal:
        if refusal.code != "guard_failed":
            raise
        raise StepFailure("denied", refusal.message, code=refusal.code) from refusal


def begun(machine: Machine[I, O], input: I, run: Run) -> O | Awaitable[O]:
    """The machine's output, or what gives it: that may take as long as `run.within` says."""
    return _later(machine, input, run) if machine.long else machine.run(input, run)


async def _later(machine: Machine[I, O], input: I, run: Run) -> O:
    output = machine.run(input, run)
    return output if isinstance(output, Record) else await output


async def _output(machine: Machine[I, O], input: I, run: Run) -> O:
    output = begun(machine, input, run)
    if isinstance(output, Record):
        return output
    try:
        return await run.within(output)
    except TimeoutError:
        if not run.overran:
            raise
        message = f"{machine.name} took longer than {machine.timeout:g} s"
        raise StepFailure("timeout", message) from None


def _hold(record: Record, what: str) -> None:
    """Types were proved; what a value is (`min`, `pattern` …) shows only when it is there."""
    check = _check_of(type(record))
    if check is None:
        return
    try:
        check(record)
    except Mismatch as mismatch:
        refusal = mismatch.refusal("", what)
        raise StepFailure("runtime", f"{what}: {refusal.message}") from None


@functools.cache
def _check_of(record: type[Any]) -> Check | None:
    return check_of(record)
