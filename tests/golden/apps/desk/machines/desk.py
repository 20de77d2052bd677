"""Machine `desk`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime import fuel, library, ops
from kanvas_runtime.contract import Boolean, Integer, Number, Record, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Grant, Machine, MemoryStep, Policy
from kanvas_runtime.run import Run
from msgspec import Meta, field
from msgspec.structs import replace

from . import records


class Input(Record):
    text: Annotated[Text, Meta(min_length=1, max_length=500)]
    close: list[Integer] = field(default_factory=lambda: [])


class Output(Record, kw_only=True):
    id_: Integer = field(name="id")
    open_: Integer = field(name="open")
    last: Text | None = None
    similar: list[Text]
    note: Text


class State(Record):
    next_: Annotated[Integer, Meta(ge=1)] = field(default=1, name="next")
    tickets: list[records.Ticket] = field(default_factory=lambda: [])
    last_closed: Text | None = None
    failures: Integer = 0


class Closed(Record):
    id_: Integer = field(name="id")
    text: Text
    done: Boolean


class Answer(Record):
    id_: Integer = field(name="id")
    open_: Integer = field(name="open")
    similar: list[Text]
    note: Text


SIMILAR = MemoryStep(name="similar")

FILED = MemoryStep(name="filed")


async def flow_close_one(input_: Input, run: Run) -> list[Closed] | None:
    fuel.spend()

    run.step = "first"  # app.kanvas:86
    state = await run.state(State)
    first: records.Ticket | None = library.find(
        state.tickets, lambda t: t.id_ in input_.close and (not t.done)
    )

    run.step = "closed"  # app.kanvas:88
    closed: list[Closed] | None
    if first is not None:
        run.step = "set state.last_closed"  # app.kanvas:90
        run.set_state(replace(state, last_closed=first.text))
        run.step = "kept"  # app.kanvas:91
        state = await run.state(State)
        kept: list[Closed] = []
        for t in state.tickets:
            fuel.spend()
            kept.append(
                Closed(id_=t.id_, text=t.text, done=t.done or t.id_ == first.id_)
            )  # app.kanvas:92
        run.step = "set state.tickets"  # app.kanvas:93
        state = await run.state(State)
        run.set_state(
            replace(
                state,
                tickets=[
                    records.Ticket(id_=item.id_, text=item.text, done=item.done)
                    for item in kept
                ],
            )
        )
        closed = kept
    else:
        closed = None
    return closed


async def flow_file(input_: Input, run: Run) -> None:
    fuel.spend()

    run.step = "set state.tickets"  # app.kanvas:82
    state = await run.state(State)
    run.set_state(
        replace(
            state,
            tickets=library.map_(
                state.tickets,
                lambda t: records.Ticket(id_=t.id_, text=t.text, done=t.done),
            ),
        )
    )

    run.step = "set state.next"  # app.kanvas:83
    state = await run.state(State)
    run.set_state(replace(state, next_=ops.integer(state.next_ + 1)))
    return None


async def run(input_: Input, run: Run) -> Output:
    run.step = "similar"  # app.kanvas:34
    similar = await run.recall(
        SIMILAR,
        query=input_.text,
        collection="tickets",
        filter={"kind": "ticket"},
        limit=3,
        threshold=0.5,
        namespace=ops.text(
            "desk of ", run.principal if run.principal is not None else "anyone"
        ),
    )

    run.step = "set state.tickets"  # app.kanvas:42
    state = await run.state(State)
    run.set_state(
        replace(state, tickets=library.filter_(state.tickets, lambda t: not t.done))
    )

    run.step = "each_id"  # app.kanvas:44
    for _id in input_.close:
        fuel.spend()
        run.step = "close_one"  # app.kanvas:45
        await flow_close_one(input_, run)

    run.step = "open"  # app.kanvas:47
    state = await run.state(State)
    open_ = library.count(state.tickets, lambda t2: not t2.done)

    run.step = "note"  # app.kanvas:50
    note: Text
    if state.last_closed is not None and open_ == 0:
        run.step = "set state.failures"  # app.kanvas:52
        run.set_state(replace(state, failures=0))
        run.step = "note"  # app.kanvas:53
        state = await run.state(State)
        note = ops.text("all is done, ", ops.present(state.last_closed), " last")
    elif state.failures > 3:
        note = "something is wrong"  # app.kanvas:55
    else:
        try:
            run.step = "average"  # app.kanvas:57
            state = await run.state(State)
            average: Number = ops.divide(state.next_, open_)
            run.step = "note"  # app.kanvas:59
            note = ops.text(average)
        except StepFailure as failure:
            error = run.failure(failure)
            run.step = "set state.failures"  # app.kanvas:61
            state = await run.state(State)
            run.set_state(replace(state, failures=ops.integer(state.failures + 1)))
            run.step = "note"  # app.kanvas:62
            note = ops.text("none is open: ", error.message)

    run.step = "filed"  # app.kanvas:64
    state = await run.state(State)
    await run.remember(
        FILED,
        content=input_.text,
        collection="tickets",
        metadata={"kind": "ticket", "id": state.next_},
        namespace=ops.text(
            "desk of ", run.principal if run.principal is not None else "anyone"
        ),
        ttl=2592000,
    )

    run.step = "filed_as"  # app.kanvas:71
    state = await run.state(State)
    filed_as = state.next_

    run.step = "file"  # app.kanvas:73
    await flow_file(input_, run)

    answer = Answer(
        id_=filed_as,
        open_=ops.integer(open_ + 1),
        similar=library.map_(similar.results, lambda found: found.content),
        note=note,
    )  # app.kanvas:74
    state = await run.state(State)
    return Output(
        id_=answer.id_,
        open_=answer.open_,
        last=state.last_closed,
        similar=answer.similar,
        note=answer.note,
    )


MACHINE = Machine(
    name="desk",
    input=Input,
    output=Output,
    run=run,
    policy=Policy(allowed=(Grant("memory"),)),
    title="The desk",
    source="app.kanvas",
    state=State,
    timeout=10,
    max_retries=1,
    long=True,
    by_principal=True,
)
