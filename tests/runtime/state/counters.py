"""Machines with a state, and what drives them without a socket."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

import msgspec
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.engine import Access, Caller, Engine, Result, Served
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import Journal, uuid7
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run

CALLER = Caller("websocket", "/ws")


class State(Record):
    total: Integer = 0
    names: list[Text] = msgspec.field(default_factory=list)


class Add(Record):
    n: Integer = 1
    name: Text = ""
    pause: float = 0.0
    fail: bool = False


class Total(Record):
    total: Integer


async def count(input_: Add, run: Run) -> Total:
    run.step = "add"
    state = await run.state(State)
    await asyncio.sleep(input_.pause)
    total = state.total + input_.n
    run.set_state(msgspec.structs.replace(state, total=total, names=[*state.names, input_.name]))
    if input_.fail:
        raise StepFailure("runtime", "it was to fail")
    return Total(total=total)


COUNTER = Machine(
    name="counter", input=Add, output=Total, run=count, source="app.kanvas", state=State
)


class Small(Record):
    total: Annotated[Integer, msgspec.Meta(ge=-(2**53 - 1), le=3)] = 0


async def count_small(input_: Add, run: Run) -> Total:
    run.step = "add"
    state = await run.state(Small)
    run.set_state(Small(total=state.total + input_.n))
    return Total(total=state.total + input_.n)


SMALL = Machine(name="small", input=Add, output=Total, run=count_small, state=Small)


def engine_of(journal: Journal) -> Engine:
    return Engine(journal, Gate(journal, simulate=True))


async def ran(engine: Engine, machine: Machine[Any, Any], value: Record | None = None) -> Result:
    """The result of one run, as soon as it is on record."""
    asked = machine.input() if value is None else value
    done = await engine.carry_out(Served.of(machine), CALLER, asked, time.monotonic())
    if done.durable is not None:
        await asyncio.wait({done.durable})
    return done.result


async def total_of(engine: Engine) -> int:
    """What the counter stands at."""
    return (await engine.states.load(COUNTER.name, State)).total


def begun(engine: Engine, machine: Machine[Any, Any], value: Record) -> tuple[str, Any]:
    """A run that somebody else is to perform and record: its id and its call."""
    run = uuid7()
    return run, engine.call(Served.of(machine), CALLER, value, run)


def ended(run: str, outcome: str, machine: Machine[Any, Any] = COUNTER) -> Access:
    """The access that records it."""
    return Access(outcome, time.monotonic(), machine.name, run)


async def settled() -> None:
    """Let everything happen that can happen without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)
