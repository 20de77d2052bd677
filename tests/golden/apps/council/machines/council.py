"""Machine `council`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import library, ops
from kanvas_runtime.contract import Boolean, Integer, Number, Record, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Ask, Grant, Machine, Policy, Value
from kanvas_runtime.run import Run


class Input(Record):
    question: Text
    divisor: Number = 0


class Output(Record, kw_only=True):
    yes: Integer
    reason: Text
    quotient: Number | None = None
    trouble: Text


class Bold(Record):
    vote: Boolean
    why: Text


class Slowly(Record):
    vote: Boolean


class Opinions(Record):
    bold: Bold
    careful: Boolean
    length: Integer


BOLD = Ask(
    name="bold",
    model="anthropic:claude-haiku-4-5",
    returns=Bold,
    assuming=Bold(vote=True, why="why not"),
)

SLOWLY = Ask(
    name="slowly",
    model="anthropic:claude-haiku-4-5",
    returns=Slowly,
    assuming=Slowly(vote=False),
)


async def run(input_: Input, run: Run) -> Output:
    run.step = "opinions"  # app.kanvas:16

    async def branch_bold() -> Bold:
        run.step = "bold"  # app.kanvas:17
        bold = await run.ask(
            BOLD, "Answer boldly: ", Value("input.question", input_.question)
        )
        return bold

    async def branch_careful() -> Boolean:
        run.step = "careful"  # app.kanvas:25

        async def attempt_careful() -> Boolean:
            run.step = "slowly"  # app.kanvas:26
            slowly = await run.ask(
                SLOWLY, "Answer carefully: ", Value("input.question", input_.question)
            )
            return slowly.vote

        careful = await run.retry(attempt_careful, max=4, backoff="linear", delay=250)
        return careful

    async def branch_length() -> Integer:
        run.step = "length"  # app.kanvas:33
        length = len(input_.question)
        return length

    bold, careful, length = await run.together(
        branch_bold, branch_careful, branch_length
    )
    opinions = Opinions(bold=bold, careful=careful, length=length)

    quotient: Number | None
    try:
        run.step = "quotient"  # app.kanvas:35

        async def attempt_quotient() -> Number:
            return ops.divide(10, input_.divisor)  # app.kanvas:36

        quotient = await run.retry(attempt_quotient, max=2, backoff="none", delay=10)
    except StepFailure:
        quotient = None  # app.kanvas:38

    trouble: Text
    try:
        run.step = "trouble"  # app.kanvas:39

        async def attempt_trouble() -> Text:
            run.step = "half"  # app.kanvas:40
            half: Number = (
                quotient if quotient is not None else library.to_number(input_.question)
            )
            run.step = "trouble"  # app.kanvas:42
            return ops.text("none: ", half)

        trouble = await run.retry(
            attempt_trouble, max=1, backoff="exponential", delay=1000
        )
    except StepFailure as failure:
        error = run.failure(failure)
        run.step = "told"  # app.kanvas:44
        told = ops.text(error.type, " in ", error.step, ": ", error.message)
        run.step = "shown"  # app.kanvas:46
        shown = told if error.type == "runtime" else "not here"
        trouble = shown

    run.step = "answer"  # app.kanvas:50
    answer = Output(
        yes=library.count([opinions.bold.vote, opinions.careful], lambda vote: vote),
        reason=opinions.bold.why,
        quotient=quotient,
        trouble=trouble,
    )
    return answer


MACHINE = Machine(
    name="council",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("reason"),)),
    source="app.kanvas",
    asks=(
        BOLD,
        SLOWLY,
    ),
    long=True,
)
