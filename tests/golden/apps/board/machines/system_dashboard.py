"""Machine `system_dashboard`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.contract import Record
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run


class Input(Record):
    pass


class Output(Record):
    pass


def run(input_: Input, run: Run) -> Output:
    return Output()


MACHINE = Machine(
    name="system_dashboard",
    input=Input,
    output=Output,
    run=run,
    source="app.kanvas",
)
