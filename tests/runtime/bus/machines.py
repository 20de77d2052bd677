"""Machines that publish, listen and push."""

from __future__ import annotations

import asyncio

import msgspec
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import CallStep, Grant, Machine, Policy, Subscription
from kanvas_runtime.run import Run

PLACED = "order.placed"


class Order(Record):
    item: Text
    fail: bool = False


class Placed(Record):
    item: Text


class Item(Record):
    item: Text = ""


class Heard(Record):
    items: list[Text] = msgspec.field(default_factory=list)


class Nothing(Record):
    pass


class Steps(Record):
    to: Integer
    pause: float = 0.0


class Step(Record):
    n: Integer


def order(input_: Order, run: Run) -> Placed:
    run.step = "tell"
    run.publish(PLACED, input_)
    if input_.fail:
        raise StepFailure("runtime", "it was to fail")
    return Placed(item=input_.item)


async def listen(input_: Item, run: Run) -> Heard:
    run.step = "hear"
    if input_.item == "poison":
        raise StepFailure("runtime", "it was to fail")
    heard = await run.state(Heard)
    if input_.item:
        heard = Heard(items=[*heard.items, input_.item])
        run.set_state(heard)
    return heard


async def climb(input_: Steps, run: Run) -> Step:
    run.step = "climb"
    for n in range(1, input_.to):
        await run.push(Step(n=n))
        await asyncio.sleep(input_.pause)
    return Step(n=input_.to)


async def climb_by_another(input_: Steps, run: Run) -> Step:
    run.step = "delegate"
    await run.push(Step(n=100))
    return await run.call(CallStep(name="delegate"), CLIMBER, input_)


ORDERS = Machine(name="orders", input=Order, output=Placed, run=order, source="app.kanvas")
LISTENER = Machine(
    name="listener",
    input=Item,
    output=Heard,
    run=listen,
    state=Heard,
    source="app.kanvas",
    subscribes=(Subscription(PLACED),),
)
CLIMBER = Machine(name="climber", input=Steps, output=Step, run=climb, source="app.kanvas")
DELEGATOR = Machine(
    name="delegator",
    input=Steps,
    output=Step,
    run=climb_by_another,
    policy=Policy(allowed=(Grant("call"),)),
)
