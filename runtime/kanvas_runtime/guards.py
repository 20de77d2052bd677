"""Guards of a machine, held against what comes in and against all that goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from msgspec.structs import replace

from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.ledger.interface import Scalar
from kanvas_runtime.machine import Guard

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

R = TypeVar("R", bound=Record)


def passed(run: Run, over: Literal["input", "output"], record: R) -> R:
    """The record as the guards of the run's machine let it pass, one after the other.

    Raises `Refusal` (`guard_failed`) when one of them blocks it. Each that is not passed is
    recorded, before whatever comes of it.
    """
    for guard in run.request.machine.guards:
        if guard.over == over:
            record = _held(run, guard, record)
    return record


def _held(run: Run, guard: Guard, record: R) -> R:
    facts: dict[str, Scalar] = {"guard": guard.name, "action": guard.action}
    try:
        if guard.check(record, run):
            return record
    except StepFailure as failure:  # what cannot be checked is not passed
        facts["outcome"] = failure.type
    run.note("GuardVerdict", facts)
    if guard.action == "block":
        message = f"the guard {guard.name} does not let this {guard.over} pass"
        raise Refusal("guard_failed", message)
    return replace(record, **guard.fields) if guard.action == "redact" else record
