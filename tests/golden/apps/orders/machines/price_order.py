"""Machine `price_order`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated, Literal

from kanvas_runtime import library, ops
from kanvas_runtime.contract import (
    Bounds,
    DateTime,
    Decimal,
    Integer,
    Number,
    Record,
    Text,
)
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run
from msgspec import Meta

from . import records


class Input(Record, kw_only=True):
    lines: Annotated[list[records.Line], Meta(min_length=1)]
    country: Literal["AT", "DE", "CH"] = "AT"
    coupon: Annotated[Text, Meta(max_length=12)] | None = None
    ordered: DateTime


class Output(Record, kw_only=True):
    net: Annotated[Decimal, Bounds(ge=ops.decimal("0"))]
    total: Annotated[Decimal, Bounds(ge=ops.decimal("0"))]
    cheapest: Text | None = None
    by_sku: dict[Text, list[records.Line]]
    due: DateTime
    note: Text


class Sums(Record):
    net: Decimal
    count: Integer


def run(input_: Input, run: Run) -> Output:
    run.step = "sums"  # app.kanvas:28
    nets: list[Decimal] = library.map_(
        input_.lines,
        lambda l_: ops.decimal_multiply(
            ops.decimal_multiply(l_.price, ops.to_decimal(l_.amount)),
            ops.decimal_subtract(
                ops.decimal("1"),
                ops.decimal("0") if l_.discount is None else l_.discount.share,
            ),
        ),
    )
    net = library.decimal_sum(nets)
    sums = Sums(
        net=net,
        count=library.reduce(
            input_.lines, lambda sum_, l_: ops.integer(sum_ + l_.amount), 0
        ),
    )

    run.step = "rate"  # app.kanvas:33
    rate: Number
    if input_.country == "CH":
        rate = 0.081  # app.kanvas:34
    elif input_.country == "DE":
        rate = 0.19  # app.kanvas:35
    else:
        rate = 0.2  # app.kanvas:36

    run.step = "rebate"  # app.kanvas:38
    rebate = (
        ops.decimal_multiply(sums.net, ops.decimal("0.1"))
        if input_.coupon == "TEN" and sums.count > 10
        else ops.decimal("0")
    )

    run.step = "answer"  # app.kanvas:43
    total = ops.decimal_multiply(
        ops.decimal_subtract(sums.net, rebate),
        ops.decimal_add(ops.decimal("1"), library.to_decimal(rate)),
    )
    answer = Output(
        net=sums.net,
        total=total,
        cheapest=None
        if (found := library.first(library.sort_by(input_.lines, lambda l_: l_.price)))
        is None
        else found.sku,
        by_sku=library.group_by(input_.lines, lambda l_: l_.sku),
        due=library.datetime_add(input_.ordered, 14, "day"),
        note=ops.text(sums.count, " pieces for ", input_.country),
    )
    return answer


MACHINE = Machine(
    name="price_order",
    input=Input,
    output=Output,
    run=run,
    title="Price an order",
    source="app.kanvas",
    long=True,
)
