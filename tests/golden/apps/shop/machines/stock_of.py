"""Machine `stock_of`: written by kanvasc 0.1.0 from stock/parts.kanvas; change that, not this."""

from kanvas_runtime import ops
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run

from . import records


class Input(Record):
    name: Text


class Output(Record):
    left: Integer
    rate: records.Rate


def run(input_: Input, run: Run) -> Output:
    run.step = "left_of"  # stock/parts.kanvas:14
    left = ops.integer(10 + len(input_.name))
    left_of = Output(left=left, rate=records.Rate(share=ops.divide(left, 100)))
    return left_of


MACHINE = Machine(
    name="stock_of",
    input=Input,
    output=Output,
    run=run,
    source="stock/parts.kanvas",
)
