"""Machine `tone`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated, Literal

from kanvas_runtime import ops
from kanvas_runtime.contract import Boolean, Bounds, Integer, Number, Record, Text
from kanvas_runtime.machine import Ask, Grant, Machine, Policy, Value
from kanvas_runtime.run import Run
from msgspec import Meta


class InputReader(Record):
    name: Text
    age: Integer | None = None


class Input(Record):
    passage: Annotated[
        Text, Meta(min_length=1, max_length=2000, description="What is judged")
    ]
    language: Literal["en", "de"] = "en"
    reader: InputReader | None = None


class Output(Record):
    tone: Literal["warm", "neutral", "cold"]
    advice: Text
    urgent: Boolean


class Judged(Record):
    tone: Literal["warm", "neutral", "cold"]
    confidence: Annotated[Number, Bounds(ge=0, le=1)]


class Answer(Record):
    advice: Text
    urgent: Boolean


JUDGED = Ask(
    name="judged",
    model="anthropic:claude-haiku-4-5",
    returns=Judged,
    assuming=Judged(tone="neutral", confidence=0.9),
    effort="low",
)


async def run(input_: Input, run: Run) -> Output:
    run.step = "judged"  # app.kanvas:22
    judged = await run.ask(
        JUDGED,
        "Judge the tone of this passage (",
        Value("input.language", input_.language),
        "): ",
        Value("input.passage", input_.passage),
        role="You are a careful editor.",
    )

    run.step = "advice"  # app.kanvas:33
    advice: Text
    if judged.tone == "cold" and judged.confidence >= 0.8:
        run.step = "greeting"  # app.kanvas:35
        name = "there" if input_.reader is None else input_.reader.name
        greeting = ops.text("Hello ", name)
        run.step = "advice"  # app.kanvas:38
        advice = ops.text("Begin with: ", greeting)
    elif judged.tone == "cold":
        advice = "Read it once more"  # app.kanvas:40
    else:
        advice = "Send it"  # app.kanvas:41

    run.step = "answer"  # app.kanvas:43
    answer = Answer(advice=advice, urgent="!" in input_.passage)
    return Output(tone=judged.tone, advice=answer.advice, urgent=answer.urgent)


MACHINE = Machine(
    name="tone",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("reason"),)),
    title="Tone of a passage",
    source="app.kanvas",
    asks=(JUDGED,),
    goal="A second opinion before sending",
)
