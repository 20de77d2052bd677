"""Machine `charge`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime import ops
from kanvas_runtime.contract import Bounds, Decimal, Integer, Json, Record, Secret, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Grant, HttpStep, Machine, Policy
from kanvas_runtime.outside.shaped import shaped
from kanvas_runtime.run import Run
from msgspec import field

from . import records


class Input(Record):
    card: records.Card
    amount: Annotated[Decimal, Bounds(ge=ops.decimal("0"))]
    pins: Annotated[list[Text], Secret()] | None = None
    class_: Annotated[Text, Secret()] = field(default="usual", name="class")


class Output(Record):
    receipt: Annotated[Text, Secret()]
    status: Integer


class SentBody(Record):
    receipt: Annotated[Text, Secret()]


class Sent(Record, kw_only=True):
    status: Integer
    headers: dict[Text, Json] = field(default_factory=lambda: {})
    body: SentBody


class Head(Record):
    authorization: Text
    field_x_class: Text = field(name="x-class")


SENT = HttpStep(
    name="sent",
    method="POST",
    raw=True,
)


async def run(input_: Input, run: Run) -> Output:
    run.step = "head"  # app.kanvas:22
    bearer = ops.text("Bearer ", run.secret("pay_key"))
    head = Head(authorization=bearer, field_x_class=run.secret("class"))

    paid: Output
    try:
        run.step = "paid"  # app.kanvas:25

        async def attempt_paid() -> Output:
            run.step = "sent"  # app.kanvas:26
            sent = shaped(
                await run.http(
                    SENT,
                    url=ops.text("https://pay.example.com/", input_.class_),
                    headers={
                        "authorization": head.authorization,
                        "x-class": head.field_x_class,
                    },
                    body={
                        "number": input_.card.number,
                        "pins": input_.pins,
                        "amount": ops.to_json(input_.amount),
                    },
                ),
                Sent,
            )
            return Output(receipt=sent.body.receipt, status=sent.status)

        paid = await run.retry(attempt_paid, max=2, backoff="exponential", delay=1000)
    except StepFailure:
        paid = Output(receipt=run.secret("pay_key"), status=0)  # app.kanvas:34

    answer = Output(receipt=paid.receipt, status=paid.status)  # app.kanvas:35
    return answer


MACHINE = Machine(
    name="charge",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("http", "pay.example.com"),)),
    needs=("pay_key", "class"),
    source="app.kanvas",
)
