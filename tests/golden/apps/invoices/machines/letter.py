"""Machine `letter`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.contract import Decimal, Integer, Record, Text
from kanvas_runtime.machine import Ask, Grant, Machine, Policy, Value
from kanvas_runtime.run import Run


class Input(Record):
    customer: Text
    total: Decimal
    pages: Integer | None = None


class Output(Record):
    text: Text


class Draft(Record):
    text: Text


DRAFT = Ask(
    name="draft",
    model="anthropic:claude-haiku-4-5",
    returns=Draft,
    assuming=Draft(text="Dear customer"),
    plain=True,
    streams=(("text", "text"),),
)


async def run(input_: Input, run: Run) -> Output:
    run.step = "draft"  # app.kanvas:31
    draft = await run.ask(
        DRAFT,
        "A polite letter to ",
        Value("input.customer", input_.customer),
        " about ",
        Value("input.total", input_.total),
    )
    return Output(text=draft.text)


MACHINE = Machine(
    name="letter",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("reason"),)),
    source="app.kanvas",
    asks=(DRAFT,),
)
