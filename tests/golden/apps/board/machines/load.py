"""Machine `load`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated, Literal

from kanvas_runtime import library, ops
from kanvas_runtime.contract import Choices, Integer, Number, Record, Text
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run
from msgspec import Meta


class Input(Record):
    samples: Annotated[list[Number], Meta(max_length=1000)]
    limit: Number = 0.75


class OutputSpikesItem(Record):
    at: Integer
    value: Number


class Output(Record, kw_only=True):
    average: Number
    worst: Number | None = None
    level: Annotated[Text, Choices(("calm", "busy", "overloaded"))]
    spikes: list[OutputSpikesItem]


class Stats(Record):
    average: Number
    worst: Number | None


def run(input_: Input, run: Run) -> Output:
    run.step = "stats"  # app.kanvas:20
    average: Number = ops.divide(
        library.sum_(input_.samples), library.math_max(len(input_.samples), 1)
    )
    stats = Stats(average=average, worst=library.max_(input_.samples))

    run.step = "level"  # app.kanvas:23
    level: Literal["calm", "overloaded", "busy"]
    if stats.worst is None:
        level = "calm"  # app.kanvas:24
    elif stats.worst > ops.number(input_.limit * 1.2):
        level = "overloaded"  # app.kanvas:25
    elif stats.average > input_.limit:
        level = "busy"  # app.kanvas:26
    else:
        level = "calm"  # app.kanvas:27

    run.step = "answer"  # app.kanvas:28
    answer = Output(
        average=stats.average,
        worst=stats.worst,
        level=level,
        spikes=library.map_(
            library.filter_(input_.samples, lambda s: s > input_.limit),
            lambda s: OutputSpikesItem(at=0, value=s),
        ),
    )
    return answer


MACHINE = Machine(
    name="load",
    input=Input,
    output=Output,
    run=run,
    title="Load of a machine",
    source="app.kanvas",
    long=True,
)
