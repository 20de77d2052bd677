"""Machine `drafts`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.contract import Boolean, Record, Text
from kanvas_runtime.machine import Ask, Grant, Guard, Limits, Machine, Policy, Value
from kanvas_runtime.run import Run


class Input(Record):
    note: Text


class Output(Record):
    text: Text


class Drafted(Record):
    text: Text


DRAFTED = Ask(
    name="drafted",
    model="anthropic:claude-haiku-4-5",
    returns=Drafted,
    assuming=Drafted(text="We have news."),
    max_tokens=300,
    plain=True,
    streams=(("text", "text"),),
)


def guard_plain(input_: Input, run: Run) -> Boolean:
    return len(input_.note) < 100  # app.kanvas:13


async def run(input_: Input, run: Run) -> Output:
    run.step = "drafted"  # app.kanvas:18
    drafted = await run.ask(
        DRAFTED, "Two sentences about ", Value("input.note", input_.note)
    )
    return Output(text=drafted.text)


MACHINE = Machine(
    name="drafts",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("reason"),)),
    limits=Limits(cost_per_run=10000, runs_per_minute=30),
    source="app.kanvas",
    asks=(DRAFTED,),
    guards=(Guard("plain", "input", guard_plain, "block"),),
)
