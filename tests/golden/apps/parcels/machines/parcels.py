"""Machine `parcels`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated, Literal

from kanvas_runtime import library, ops
from kanvas_runtime.contract import (
    Boolean,
    Bounds,
    Decimal,
    Integer,
    Number,
    Record,
    Text,
)
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run


class Input(Record, kw_only=True):
    size: Literal["small", "medium", "large"]
    express: Boolean | None = None
    country: Text
    weight: Annotated[Number, Bounds(ge=0)]
    coupon: Text | None = None


class Output(Record):
    price: Decimal
    zone: Integer
    speed: Text
    note: Text
    wrapped: Boolean


def run(input_: Input, run: Run) -> Output:
    run.step = "zone"  # app.kanvas:16
    zone: Integer
    match library.upper(input_.country):
        case "CH" | "LI":
            zone = 1  # app.kanvas:18
        case "DE" | "AT" | "FR" | "IT":
            zone = 2  # app.kanvas:19
        case _:
            zone = 3  # app.kanvas:20

    run.step = "speed"  # app.kanvas:21
    speed: Literal["express", "standard", "not said"]
    match input_.express:
        case True:
            speed = "express"  # app.kanvas:23
        case False:
            speed = "standard"  # app.kanvas:24
        case None:
            speed = "not said"  # app.kanvas:25

    run.step = "base"  # app.kanvas:26
    wrap: Boolean | None = None
    base: Number
    match input_.size:
        case "small":
            base = 4.5  # app.kanvas:28
        case "medium" | "large":
            run.step = "surcharge"  # app.kanvas:30
            surcharge: Number = ops.number(input_.weight * 0.35)
            run.step = "wrap"  # app.kanvas:32
            wrap = input_.weight > 20
            run.step = "base"  # app.kanvas:34
            base = ops.number(7 + surcharge)

    run.step = "wrap_note"  # app.kanvas:35
    remark: Text | None = None
    wrap_note: Text
    if wrap is True:
        run.step = "remark"  # app.kanvas:37
        remark = ops.text("wrapped, ", input_.weight, " kg")
        wrap_note = remark
    elif input_.coupon is not None:
        run.step = "remark"  # app.kanvas:40
        remark = ops.text("coupon ", input_.coupon)
        wrap_note = remark
    else:
        wrap_note = "plain"  # app.kanvas:43

    run.step = "answer"  # app.kanvas:44
    price = ops.decimal_add(library.to_decimal(base), library.to_decimal(zone))
    answer = Output(
        price=price,
        zone=zone,
        speed=speed,
        note=remark if remark is not None else wrap_note,
        wrapped=wrap if wrap is not None else False,
    )
    return answer


MACHINE = Machine(
    name="parcels",
    input=Input,
    output=Output,
    run=run,
    title="Postage",
    source="app.kanvas",
)
