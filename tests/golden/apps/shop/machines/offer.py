"""Machine `offer`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime import fuel, library, ops
from kanvas_runtime.contract import Decimal, Record, Text
from kanvas_runtime.machine import CallStep, Grant, Machine, Policy
from kanvas_runtime.run import Run
from msgspec import Meta

from . import price_of, records


class Input(Record):
    parts: Annotated[list[records.Part], Meta(min_length=1)]


class Output(Record):
    lines: list[records.Line]
    total: Decimal


class Priced(Record):
    part: Text
    total: Decimal


PRICE = CallStep(name="price")


async def run(input_: Input, run: Run) -> Output:
    run.step = "priced"  # app.kanvas:17
    priced: list[Priced] = []
    for part in input_.parts:
        fuel.spend()
        run.step = "price"  # app.kanvas:18
        price = await run.call(PRICE, price_of.MACHINE, price_of.Input(part=part))
        run.step = "one"  # app.kanvas:20
        one = Priced(
            part=part.name,
            total=ops.decimal_multiply(price.net, ops.to_decimal(part.count)),
        )
        priced.append(one)

    run.step = "sum"  # app.kanvas:22
    sum_ = Output(
        lines=[records.Line(part=item.part, total=item.total) for item in priced],
        total=library.decimal_sum(library.map_(priced, lambda one2: one2.total)),
    )
    return sum_


MACHINE = Machine(
    name="offer",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(
        allowed=(
            Grant("call", "price_of"),
            Grant("call", "stock_of"),
        )
    ),
    title="An offer",
    source="app.kanvas",
    calls=(price_of.MACHINE,),
    long=True,
)
