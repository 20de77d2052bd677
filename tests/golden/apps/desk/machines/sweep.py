"""Machine `sweep`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import ops
from kanvas_runtime.contract import Integer, Record
from kanvas_runtime.machine import Cron, Every, Machine
from kanvas_runtime.run import Run
from msgspec.structs import replace


class Input(Record):
    keep: Integer = 30


class Output(Record):
    runs: Integer


class State(Record):
    runs: Integer = 0


async def run(input_: Input, run: Run) -> Output:
    run.step = "set state.runs"  # app.kanvas:114
    state = await run.state(State)
    run.set_state(replace(state, runs=ops.integer(state.runs + 1)))
    state = await run.state(State)
    return Output(runs=state.runs)


MACHINE = Machine(
    name="sweep",
    input=Input,
    output=Output,
    run=run,
    source="app.kanvas",
    state=State,
    schedules=(
        Every(1.5),
        Every(60),
        Cron("0 9 * * mon-fri"),
    ),
)
