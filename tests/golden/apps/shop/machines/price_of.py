"""Machine `price_of`: written by kanvasc 0.1.0 from prices.kanvas; change that, not this."""

from kanvas_runtime import ops
from kanvas_runtime.contract import Boolean, Decimal, Record
from kanvas_runtime.machine import CallStep, Grant, Machine, Policy
from kanvas_runtime.run import Run

from . import records, stock_of


class Input(Record):
    part: records.Part


class Output(Record):
    net: Decimal
    in_stock: Boolean


STOCK = CallStep(name="stock")


async def run(input_: Input, run: Run) -> Output:
    run.step = "stock"  # prices.kanvas:18
    stock = await run.call(
        STOCK, stock_of.MACHINE, stock_of.Input(name=input_.part.name)
    )

    run.step = "both"  # prices.kanvas:20
    both = Output(
        net=ops.decimal("2.50")
        if stock.left >= input_.part.count
        else ops.decimal("3.75"),
        in_stock=stock.rate.share > 0,
    )
    return both


MACHINE = Machine(
    name="price_of",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("call", "stock_of"),)),
    title="The price of one part",
    source="prices.kanvas",
    calls=(stock_of.MACHINE,),
)
