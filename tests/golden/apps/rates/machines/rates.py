"""Machine `rates`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime import ops
from kanvas_runtime.contract import (
    Boolean,
    Bounds,
    DateTime,
    Decimal,
    Integer,
    Json,
    Record,
    Text,
)
from kanvas_runtime.machine import Grant, HttpAnswer, HttpStep, Machine, Policy
from kanvas_runtime.outside.shaped import shaped
from kanvas_runtime.run import Run
from msgspec import field


class InputNote(Record):
    text: Text
    urgent: Boolean


class Input(Record):
    currency: Text
    mirror: Text
    note: InputNote


class Output(Record):
    rate: Decimal
    age: Text
    stored: Boolean
    status: Integer


class RatesBody(Record):
    rate: Annotated[Decimal, Bounds(ge=ops.decimal("0"))]
    as_of: DateTime


class Rates(Record, kw_only=True):
    status: Integer
    headers: dict[Text, Json] = field(default_factory=lambda: {})
    body: RatesBody


RATES = HttpStep(
    name="rates",
    method="GET",
    timeout=5.0,
    assuming=HttpAnswer(
        status=200,
        body={
            "rate": ops.to_json(ops.decimal("1.08")),
            "as_of": ops.to_json(ops.moment("2026-01-05T09:00:00Z")),
        },
    ),
)

STORED = HttpStep(
    name="stored",
    method="PUT",
    assuming=HttpAnswer(status=201, body={"id": 7}),
)

COPY = HttpStep(
    name="copy",
    method="GET",
    assuming=HttpAnswer(status=200, headers={"age": "3"}),
)


async def run(input_: Input, run: Run) -> Output:
    run.step = "rates"  # app.kanvas:17
    rates = shaped(
        await run.http(
            RATES,
            url=ops.text(
                "https://rates.example.com/v1/", input_.currency, "?day=today"
            ),
            headers={"accept": "application/json", "x-reader": input_.currency},
        ),
        Rates,
    )

    run.step = "stored"  # app.kanvas:27
    stored = await run.http(
        STORED,
        url=ops.text("https://store.example.com:8443/notes/", input_.currency),
        body={"rate": ops.to_json(rates.body.rate), "note": ops.to_json(input_.note)},
    )

    run.step = "copy"  # app.kanvas:34
    copy = await run.http(COPY, url=input_.mirror)

    run.step = "answer"  # app.kanvas:39
    answer = Output(
        rate=rates.body.rate,
        age=ops.text(age if (age := copy.headers.get("age")) is not None else "new"),
        stored=stored.status == 201,
        status=copy.status,
    )
    return answer


MACHINE = Machine(
    name="rates",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(
        allowed=(
            Grant("http", "rates.example.com"),
            Grant("http", "https://store.example.com:8443"),
        )
    ),
    source="app.kanvas",
)
