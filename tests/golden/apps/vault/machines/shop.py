"""Machine `shop`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import ops
from kanvas_runtime.contract import Decimal, Integer, Record
from kanvas_runtime.machine import CallStep, Grant, HttpStep, Machine, Policy
from kanvas_runtime.run import Run

from . import charge, records


class Input(Record):
    card: records.Card
    amount: Decimal


class Output(Record):
    status: Integer


CHARGED = CallStep(name="charged")

TOLD = HttpStep(
    name="told",
    method="GET",
)


async def run(input_: Input, run: Run) -> Output:
    run.step = "charged"  # app.kanvas:48
    charged = await run.call(
        CHARGED, charge.MACHINE, charge.Input(card=input_.card, amount=input_.amount)
    )

    run.step = "told"  # app.kanvas:51
    told = await run.http(
        TOLD, url=ops.text("https://pay.example.com/receipts/", charged.receipt)
    )

    answer = Output(status=told.status)  # app.kanvas:53
    return answer


MACHINE = Machine(
    name="shop",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(
        allowed=(
            Grant("call", "charge"),
            Grant("http", "pay.example.com"),
        )
    ),
    source="app.kanvas",
    calls=(charge.MACHINE,),
)
