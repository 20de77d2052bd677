"""Machine `net`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import library, ops
from kanvas_runtime.contract import Decimal, Record
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run

from . import records


class Input(Record):
    line: records.Line
    rate: Decimal = ops.decimal("0.2")


class Output(Record):
    net: Decimal
    tax: Decimal


def run(input_: Input, run: Run) -> Output:
    run.step = "answer"  # app.kanvas:15
    gross = ops.decimal_multiply(
        input_.line.price, library.to_decimal(input_.line.count)
    )
    answer = Output(
        net=ops.decimal_divide(gross, ops.decimal_add(ops.decimal("1"), input_.rate)),
        tax=ops.decimal_subtract(
            gross,
            ops.decimal_divide(gross, ops.decimal_add(ops.decimal("1"), input_.rate)),
        ),
    )
    return answer


MACHINE = Machine(
    name="net",
    input=Input,
    output=Output,
    run=run,
    source="app.kanvas",
)
