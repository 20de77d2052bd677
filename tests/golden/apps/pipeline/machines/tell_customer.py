"""Machine `tell_customer`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import ops
from kanvas_runtime.contract import Decimal, Record, Text
from kanvas_runtime.machine import Machine, Subscription
from kanvas_runtime.run import Run


class Input(Record):
    number: Text
    parcel: Decimal


class Output(Record):
    note: Text


def run(input_: Input, run: Run) -> Output:
    run.step = "letter"  # app.kanvas:95
    letter = Output(note=ops.text("Parcel ", input_.parcel, " of ", input_.number))
    return letter


MACHINE = Machine(
    name="tell_customer",
    input=Input,
    output=Output,
    run=run,
    source="app.kanvas",
    subscribes=(Subscription("parcel.packed"),),
)
