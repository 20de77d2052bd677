"""Machine `press`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import library
from kanvas_runtime.contract import Boolean, Record, Text
from kanvas_runtime.machine import CallStep, Grant, Guard, Limits, Machine, Policy
from kanvas_runtime.run import Run

from . import drafts


class Input(Record):
    note: Text
    contact: Text | None = None


class Output(Record, kw_only=True):
    text: Text
    contact: Text | None = None
    tags: list[Text]


DRAFT = CallStep(name="draft")


def guard_no_keys(input_: Input, run: Run) -> Boolean:
    return not library.text_includes(input_.note, "BEGIN PRIVATE KEY")  # app.kanvas:40


def guard_nothing_confidential(output: Output, run: Run) -> Boolean:
    return not library.text_includes(
        library.lower(output.text), "confidential"
    )  # app.kanvas:43


def guard_no_addresses(output: Output, run: Run) -> Boolean:
    return not library.text_includes(
        output.contact if output.contact is not None else "", "@"
    )  # app.kanvas:46


def guard_short(output: Output, run: Run) -> Boolean:
    return len(output.text) <= 200  # app.kanvas:50


async def run(input_: Input, run: Run) -> Output:
    run.step = "draft"  # app.kanvas:58
    draft = await run.call(DRAFT, drafts.MACHINE, drafts.Input(note=input_.note))

    run.step = "answer"  # app.kanvas:60
    answer = Output(text=draft.text, contact=input_.contact, tags=["draft"])
    return answer


MACHINE = Machine(
    name="press",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(
        allowed=(
            Grant("call", "drafts"),
            Grant("reason"),
        ),
        denied=(
            Grant("memory"),
            Grant("http"),
        ),
    ),
    limits=Limits(
        cost_per_run=20000,
        cost_per_day=5000000,
        runs_per_minute=600,
        approval_timeout=300.0,
    ),
    source="app.kanvas",
    asks=(*drafts.MACHINE.asks,),
    calls=(drafts.MACHINE,),
    guards=(
        Guard("no_keys", "input", guard_no_keys, "block"),
        Guard("nothing_confidential", "output", guard_nothing_confidential, "block"),
        Guard(
            "no_addresses",
            "output",
            guard_no_addresses,
            "redact",
            {"contact": None, "text": "[redacted]"},
        ),
        Guard("short", "output", guard_short, "record"),
    ),
)
