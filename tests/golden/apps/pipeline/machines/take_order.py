"""Machine `take_order`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated, Literal

from kanvas_runtime import fuel, library, ops
from kanvas_runtime.contract import Boolean, DateTime, Integer, Record, Text
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run
from msgspec import Meta

from . import records


class Input(Record):
    customer: Text
    lines: Annotated[list[records.Line], Meta(min_length=1)]


class Output(Record):
    number: Text
    state: Literal["checking", "taken"]
    pieces: Integer


class OrderTaken(Record, kw_only=True):
    number: Text
    customer: Text
    lines: list[records.Line]
    pieces: Annotated[Integer, Meta(ge=1)]
    rush: Boolean = False
    taken_at: DateTime


class Order(Record):
    number: Text
    pieces: Integer


async def run(input_: Input, run: Run) -> Output:
    run.step = "order"  # app.kanvas:28
    order = Order(
        number=library.to_text(library.uuid_generate()),
        pieces=library.sum_(library.map_(input_.lines, lambda l_: l_.amount)),
    )

    run.step = "push"  # app.kanvas:31
    await run.push(Output(number=order.number, state="checking", pieces=0))

    run.step = "each_l"  # app.kanvas:33
    for index, l_ in enumerate(input_.lines):
        fuel.spend()
        run.step = "publish audit"  # app.kanvas:34
        run.publish("audit", {"sku": l_.sku, "count": ops.integer(index + 1)})
        run.step = "push"  # app.kanvas:35
        await run.push(Output(number=order.number, state="checking", pieces=l_.amount))

    run.step = "answer"  # app.kanvas:37
    answer = Output(number=order.number, state="taken", pieces=order.pieces)

    run.step = "publish order.taken"  # app.kanvas:40
    run.publish(
        "order.taken",
        OrderTaken(
            number=answer.number,
            customer=input_.customer,
            lines=input_.lines,
            pieces=answer.pieces,
            taken_at=run.now,
        ),
    )
    return answer


MACHINE = Machine(
    name="take_order",
    input=Input,
    output=Output,
    run=run,
    title="Take an order",
    source="app.kanvas",
    long=True,
)
