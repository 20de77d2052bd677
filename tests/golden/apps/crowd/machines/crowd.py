"""Machine `crowd`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Literal

from kanvas_runtime import fuel, library, ops
from kanvas_runtime.contract import Integer, Number, Record, Text
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run


class InputGroupsItem(Record):
    name: Text
    ages: list[Integer]


class Input(Record):
    groups: list[InputGroupsItem]
    limit: Integer = 18


class Output(Record):
    lines: list[Text]
    adults: list[Integer]
    table: list[list[Number]]
    grown: list[Text]
    total: Integer


async def run(input_: Input, run: Run) -> Output:
    run.step = "lines"  # app.kanvas:13
    lines: list[Text] = []
    for index, group in enumerate(input_.groups):
        fuel.spend()
        lines.append(
            ops.text(ops.integer(index + 1), ". ", group.name)
        )  # app.kanvas:14

    run.step = "adults"  # app.kanvas:15
    adults: list[Integer] = []
    for group in input_.groups:
        fuel.spend()
        adults.append(
            library.count(group.ages, lambda age: age >= input_.limit)
        )  # app.kanvas:16

    run.step = "table"  # app.kanvas:17
    table: list[list[Number]] = []
    for group in input_.groups:
        fuel.spend()
        run.step = "halves"  # app.kanvas:18
        halves: list[Number] = []
        for age in group.ages:
            fuel.spend()
            halves.append(ops.divide(age, 2))  # app.kanvas:19
        table.append(halves)

    run.step = "grown"  # app.kanvas:20
    grown: list[Text] = []
    for group in input_.groups:
        fuel.spend()
        run.step = "oldest"  # app.kanvas:21
        oldest: Integer | None = library.max_(group.ages)
        run.step = "word"  # app.kanvas:23
        word: Literal["empty", "grown", "young"]
        if oldest is None:
            word = "empty"  # app.kanvas:25
        elif oldest >= input_.limit:
            word = "grown"  # app.kanvas:27
        else:
            word = "young"  # app.kanvas:29
        grown.append(word)

    run.step = "each_group"  # app.kanvas:30
    for group in input_.groups:
        fuel.spend()
        run.step = "ignored"  # app.kanvas:31
        _ignored = library.sum_(group.ages)

    run.step = "sums"  # app.kanvas:33

    async def each_group(group: InputGroupsItem, index: int) -> Integer:
        run.step = "sum"  # app.kanvas:34
        bonus = index
        sum_ = ops.integer(library.sum_(group.ages) + bonus)
        return sum_

    sums: list[Integer] = await run.each(input_.groups, each_group, concurrency=3)

    run.step = "answer"  # app.kanvas:37
    answer = Output(
        lines=lines, adults=adults, table=table, grown=grown, total=library.sum_(sums)
    )
    return answer


MACHINE = Machine(
    name="crowd",
    input=Input,
    output=Output,
    run=run,
    source="app.kanvas",
    long=True,
)
