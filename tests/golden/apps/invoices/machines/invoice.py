"""Machine `invoice`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import library, ops
from kanvas_runtime.contract import Decimal, Record, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import CallStep, Grant, Machine, Policy
from kanvas_runtime.run import Run

from . import letter, net, records


class Input(Record):
    customer: Text
    lines: list[records.Line]


class Output(Record):
    total: Decimal
    tax: Decimal
    letter: Text


SPLIT = CallStep(name="split")

WRITTEN = CallStep(name="written")


async def run(input_: Input, run: Run) -> Output:
    run.step = "sums"  # app.kanvas:49

    async def each_line(line: records.Line, _index: int) -> net.Output:
        run.step = "split"  # app.kanvas:50
        split = await run.call(SPLIT, net.MACHINE, net.Input(line=line))
        return split

    sums: list[net.Output] = await run.each(input_.lines, each_line, concurrency=4)

    run.step = "total"  # app.kanvas:52
    total = library.decimal_sum(library.map_(sums, lambda part: part.net))

    words: letter.Output
    try:
        run.step = "words"  # app.kanvas:54

        async def attempt_words() -> letter.Output:
            run.step = "written"  # app.kanvas:55
            written = await run.call(
                WRITTEN,
                letter.MACHINE,
                letter.Input(customer=input_.customer, total=total),
            )
            return written

        words = await run.retry(attempt_words, max=1, backoff="exponential", delay=1000)
    except StepFailure as failure:
        error = run.failure(failure)
        words = letter.Output(
            text=ops.text("no letter today: ", error.details)
        )  # app.kanvas:59

    run.step = "answer"  # app.kanvas:60
    answer = Output(
        total=total,
        tax=library.decimal_sum(library.map_(sums, lambda part: part.tax)),
        letter=words.text,
    )
    return answer


MACHINE = Machine(
    name="invoice",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(
        allowed=(
            Grant("call", "net"),
            Grant("call", "letter"),
            Grant("reason"),
        )
    ),
    title="Invoice",
    source="app.kanvas",
    asks=(*letter.MACHINE.asks,),
    calls=(
        net.MACHINE,
        letter.MACHINE,
    ),
    long=True,
)
