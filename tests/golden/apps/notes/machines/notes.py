"""Machine `notes`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime import fuel, library, ops
from kanvas_runtime.contract import Boolean, Integer, Record, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Ask, Grant, Machine, Policy, Value
from kanvas_runtime.run import Run


class Input(Record):
    text: Text
    loud: Boolean


class Output(Record):
    title: Text
    words: Integer
    lines: list[Text]


class Summary(Record):
    text: Text


SUMMARY = Ask(
    name="summary",
    model="anthropic:claude-haiku-4-5",
    returns=Summary,
    assuming=Summary(text="A title"),
    plain=True,
)


def flow_check(input_: Input, run: Run) -> Boolean:
    fuel.spend()

    run.step = "long"  # app.kanvas:30
    long = len(input_.text) > 1000
    return long


async def flow_tidy(input_: Input, run: Run) -> Text:
    fuel.spend()

    run.step = "summary"  # app.kanvas:34
    summary = await run.ask(SUMMARY, "A title for: ", Value("input.text", input_.text))
    run.step = "tidy"  # app.kanvas:38
    return library.trim(summary.text)


async def flow_shout(input_: Input, run: Run) -> Text:
    fuel.spend()

    outcome: Text
    try:
        run.step = "tidy"  # app.kanvas:41
        await flow_tidy(input_, run)
        run.step = "loud"  # app.kanvas:42
        loud = library.upper(input_.text)
        outcome = loud
    except StepFailure as failure:
        error = run.failure(failure)
        outcome = error.message  # app.kanvas:45
    return outcome


def flow_count(input_: Input, run: Run) -> Integer:
    fuel.spend()
    return len(input_.text)  # app.kanvas:48


async def run(input_: Input, run: Run) -> Output:
    run.step = "check"  # app.kanvas:15
    flow_check(input_, run)

    run.step = "title"  # app.kanvas:16
    title: Text
    if input_.loud:
        run.step = "shout"  # app.kanvas:18
        shout = await flow_shout(input_, run)
        title = shout
    else:
        run.step = "tidy"  # app.kanvas:20
        tidy = await flow_tidy(input_, run)
        title = tidy

    run.step = "lines"  # app.kanvas:21
    lines: list[Text] = []
    for index, line in enumerate(library.split(input_.text, "\n")):
        fuel.spend()
        run.step = "trimmed"  # app.kanvas:22
        trimmed = library.trim(line)
        run.step = "count"  # app.kanvas:24
        flow_count(input_, run)
        run.step = "lines"  # app.kanvas:25
        lines.append(ops.text(trimmed, " (", index, ")"))

    run.step = "answer"  # app.kanvas:26
    answer = Output(
        title=title, words=len(library.split(input_.text, " ")), lines=lines
    )
    return answer


MACHINE = Machine(
    name="notes",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("reason"),)),
    source="app.kanvas",
    asks=(SUMMARY,),
    long=True,
)
