"""Machine `pack`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import fuel, ops
from kanvas_runtime.contract import Boolean, Integer, Number, Record, Text
from kanvas_runtime.machine import Machine, Subscription
from kanvas_runtime.run import Run
from msgspec.structs import replace


class InputLinesItem(Record):
    sku: Text
    amount: Number


class Input(Record):
    number: Text
    lines: list[InputLinesItem]
    rush: Boolean


class Output(Record):
    parcels: Integer


class State(Record):
    parcels: Integer = 0


class ParcelPacked(Record):
    number: Text
    parcel: Integer


async def flow_announce(input_: Input, run: Run) -> None:
    fuel.spend()

    run.step = "word"  # app.kanvas:80
    if input_.rush:
        run.step = "push"  # app.kanvas:81
        await run.push(Output(parcels=-1))
    else:
        run.step = "publish parcel.packed"  # app.kanvas:82
        run.publish("parcel.packed", ParcelPacked(number=input_.number, parcel=0))
    return None


async def run(input_: Input, run: Run) -> Output:
    run.step = "set state.parcels"  # app.kanvas:74
    state = await run.state(State)
    run.set_state(replace(state, parcels=ops.integer(state.parcels + 1)))

    run.step = "publish parcel.packed"  # app.kanvas:75
    state = await run.state(State)
    run.publish(
        "parcel.packed", ParcelPacked(number=input_.number, parcel=state.parcels)
    )

    run.step = "packed"  # app.kanvas:76
    packed = Output(parcels=state.parcels)
    return packed


MACHINE = Machine(
    name="pack",
    input=Input,
    output=Output,
    run=run,
    source="app.kanvas",
    state=State,
    subscribes=(
        Subscription("order.taken"),
        Subscription("order.taken", run=flow_announce),
    ),
)
