"""Small machines, records and calls that the tests of runs share."""

from __future__ import annotations

from typing import Any, Literal

from kanvas_runtime.contract import Record
from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Call
from kanvas_runtime.trace import Trace


class Nothing(Record, frozen=True):
    pass


class Mood(Record, frozen=True):
    tone: Literal["warm", "cold"]


NOTHING = Nothing()


def call(
    machine: Machine[Any, Any],
    input_: Record,
    *,
    principal: str | None = None,
    trace: Trace | None = None,
) -> Call:
    """A call as a socket makes it."""
    return Call(
        machine=machine,
        input=input_,
        run=uuid7(),
        principal=principal,
        surface="websocket",
        path="/ws",
        trace=trace,
    )
