"""Machines that the tests of sessions talk to."""

from __future__ import annotations

import asyncio
from typing import Annotated

from kanvas_runtime.contract import Record, Secret, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Ask, Grant, Machine, Policy, Value
from kanvas_runtime.run import Run


class Number(Record, frozen=True):
    n: int


class Twice(Record, frozen=True):
    twice: int


class Nap(Record, frozen=True):
    seconds: float
    name: Text = ""


class Rested(Record, frozen=True):
    name: Text


class Nothing(Record, frozen=True):
    pass


class Token(Record, frozen=True):
    token: Annotated[Text, Secret()]


class Size(Record, frozen=True):
    size: int


class Metric(Record, frozen=True):
    metric_name: Text | None = None


class Reading(Record, frozen=True):
    value: float


READ = Ask(
    name="latest",
    model="anthropic:claude-haiku-4-5",
    returns=Reading,
    assuming=Reading(value=42.5),
)


def double(input_: Number, run: Run) -> Twice:
    run.step = "total"
    return Twice(twice=input_.n * 2)


async def nap(input_: Nap, run: Run) -> Rested:
    run.step = "nap"
    await asyncio.sleep(input_.seconds)
    return Rested(name=input_.name)


def greet(_input: Nothing, _run: Run) -> Rested:
    return Rested(name="hello")


def keep(_input: Token, _run: Run) -> Nothing:
    return Nothing()


def fill(input_: Size, _run: Run) -> Rested:
    return Rested(name="x" * input_.size)


def fail(_input: Nothing, run: Run) -> Rested:
    run.step = "pay"
    raise StepFailure("http", "the bank did not answer")


def break_down(_input: Nothing, run: Run) -> Rested:
    run.step = "pay"
    raise ZeroDivisionError


async def measure(input_: Metric, run: Run) -> Reading:
    run.step = "latest"
    return await run.ask(READ, "Read ", Value("input.metric_name", input_.metric_name))


DOUBLE = Machine(name="double", input=Number, output=Twice, run=double, source="app.kanvas")
NAP = Machine(name="nap", input=Nap, output=Rested, run=nap, source="app.kanvas")
GREET = Machine(name="greet", input=Nothing, output=Rested, run=greet, source="app.kanvas")
KEEP = Machine(name="keep", input=Token, output=Nothing, run=keep, source="app.kanvas")
FILL = Machine(name="fill", input=Size, output=Rested, run=fill, source="app.kanvas")
FAIL = Machine(name="fail", input=Nothing, output=Rested, run=fail, source="app.kanvas")
BREAK = Machine(name="break", input=Nothing, output=Rested, run=break_down, source="app.kanvas")
MEASURE = Machine(
    name="measure",
    input=Metric,
    output=Reading,
    run=measure,
    policy=Policy(allowed=(Grant("reason"),)),
    source="app.kanvas",
    asks=(READ,),
)
UNGRANTED = Machine(
    name="ungranted", input=Metric, output=Reading, run=measure, source="app.kanvas", asks=(READ,)
)
