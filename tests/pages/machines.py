"""Small machines for pages, as the compiler would write them."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import itertools
from typing import Annotated, Literal

from kanvas_runtime.contract import (
    Boolean,
    Bounds,
    Date,
    DateTime,
    Decimal,
    Integer,
    Json,
    Label,
    Number,
    Record,
    Secret,
    Text,
)
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run
from msgspec import Meta


class Nothing(Record, frozen=True):
    pass


class DoubleInput(Record, frozen=True):
    n: Annotated[Integer, Meta(description="A whole number.")]


class DoubleOutput(Record, frozen=True):
    twice: Integer


def _double(input_: DoubleInput, run: Run) -> DoubleOutput:
    return DoubleOutput(twice=input_.n * 2)


DOUBLE = Machine("double", DoubleInput, DoubleOutput, _double, goal="Doubles a number.")


class EchoInput(Record, frozen=True):
    text: Text


class EchoOutput(Record, frozen=True):
    text: Text
    again: list[Text]
    by_name: dict[str, Json]


def _echo(input_: EchoInput, run: Run) -> EchoOutput:
    text = input_.text
    return EchoOutput(text=text, again=[text, text], by_name={text or "empty": text})


ECHO = Machine("echo", EchoInput, EchoOutput, _echo)


class Address(Record, frozen=True):
    street: Text
    zip: Text | None = None


class EveryInput(Record, frozen=True, kw_only=True):
    """A field of each kind that a contract knows."""

    name: Annotated[Text, Label("Full name"), Meta(min_length=2, max_length=40)]
    note: Annotated[Text, Meta(max_length=2000)] | None = None
    mail: Text | None = None
    tone: Literal["warm", "cold"]
    size: Literal["s", "m"] = "m"
    count: Annotated[int, Meta(ge=1, le=10)] = 3
    ratio: Annotated[Number, Bounds(ge=0, le=1)] | None = None
    price: Decimal | None = None
    urgent: Boolean = True
    agreed: Boolean | None = None
    day: Date | None = None
    at: DateTime | None = None
    tags: list[Text] | None = None
    options: dict[str, Json] | None = None
    address: Address | None = None
    anything: Json | None = None
    password: Annotated[Text, Secret()] | None = None


class Heard(Record, frozen=True):
    heard: Json


def _hear(input_: EveryInput, run: Run) -> Heard:
    return Heard(
        heard={
            "name": input_.name,
            "note": input_.note,
            "tone": input_.tone,
            "size": input_.size,
            "count": input_.count,
            "ratio": input_.ratio,
            "price": None if input_.price is None else str(input_.price),
            "urgent": input_.urgent,
            "agreed": input_.agreed,
            "day": None if input_.day is None else input_.day.isoformat(),
            "at": None if input_.at is None else input_.at.isoformat(),
            "tags": input_.tags,
            "options": input_.options,
            "street": None if input_.address is None else input_.address.street,
            "anything": input_.anything,
        }
    )


EVERY = Machine("every_kind", EveryInput, Heard, _hear)


class Reading(Record, frozen=True):
    sensor: Text
    value: Number
    ok: Boolean
    at: DateTime
    details: dict[str, Json]


class Report(Record, frozen=True):
    """A field of each look that a result has."""

    load: Annotated[Number, Label("Load average")]
    revenue: Decimal
    healthy: Boolean
    checked: DateTime
    region: Text
    summary: Text
    history: list[Number]
    readings: list[Reading]
    labels: dict[str, Text]
    site: Address
    notes: list[Text]
    missing: Text | None = None
    token: Annotated[Text, Secret()] = "hush-hush"


_AT = datetime.datetime(2026, 5, 7, 12, 0, tzinfo=datetime.UTC)


class Counter:
    """Counts the runs of the report."""

    runs = 0


def _report(input_: Nothing, run: Run) -> Report:
    Counter.runs += 1
    sensors = ["north", "east", "south", "west"]
    return Report(
        load=1234.5 + Counter.runs,
        revenue=decimal.Decimal("1284310.50"),
        healthy=True,
        checked=_AT,
        region="eu-central-1",
        summary="Everything is within its limits. The northern sensor was recalibrated this "
        "morning and has been steady since; nothing needs attention.",
        history=[3, 4, 4.5, 4.2, 5, 6.5, 6.1, 7, 6.2, 8, 8.4, 8.1, 9],
        readings=[
            Reading(
                sensor=name,
                value=20.5 + i,
                ok=i != 2,
                at=_AT,
                details={"battery": 90 - i, "fw": "1.2"},
            )
            for i, name in enumerate(sensors)
        ],
        labels={"team": "platform", "tier": "gold"},
        site=Address(street="Harbour Road 12", zip="20095"),
        notes=["Calibrated", "Inspected"],
    )


REPORT = Machine(
    "report",
    Nothing,
    Report,
    _report,
    title="Plant overview",
    goal="How the plant is doing right now.",
)


class Forms(Record, frozen=True):
    """A field for each form in which a program can ask to see one."""

    course: list[Number]
    level: Number
    count: Integer
    healthy: Boolean
    region: Text
    readings: list[Reading]
    labels: dict[str, Text]
    site: Address
    notes: list[Text]
    sizes: dict[str, Integer]
    anything: Json
    nothing: Number | None = None


FORM_OF = {
    "course": "metric",
    "level": "chart",
    "count": "text",
    "healthy": "metric",
    "region": "metric",
    "readings": "cards",
    "labels": "cards",
    "site": "table",
    "notes": "table",
    "sizes": "table",
    "anything": "json",
    "nothing": "chart",
}


def _forms(input_: Nothing, run: Run) -> Forms:
    reading = Reading(sensor="north", value=20.5, ok=True, at=_AT, details={"battery": 90})
    return Forms(
        course=[3, 4, 140 / 3],
        level=1234567.123456789,
        count=12345,
        healthy=True,
        region="eu-central-1",
        readings=[reading, reading],
        labels={"team": "platform"},
        site=Address(street="Harbour Road 12"),
        notes=["Calibrated", "Inspected"],
        sizes={"small": 1, "large": 12000},
        anything={"deep": [1, {"deeper": None}]},
    )


FORMS = Machine("forms", Nothing, Forms, _forms)


class Rows(Record, frozen=True):
    rows: list[dict[str, Json]]


class Amount(Record, frozen=True):
    rows: Annotated[int, Meta(ge=0, le=10_000)]


def _rows(input_: Amount, run: Run) -> Rows:
    return Rows(rows=[{"number": i, "name": f"row {i}"} for i in range(input_.rows)])


ROWS = Machine("rows", Amount, Rows, _rows)


class Step(Record, frozen=True):
    by: Integer


class Count(Record, frozen=True):
    count: Integer = 0


async def _count(input_: Step, run: Run) -> Count:
    state = await run.state(Count)
    counted = Count(count=state.count + input_.by)
    run.set_state(counted)
    return counted


COUNTER = Machine("counter", Step, Count, _count, state=Count)


class TicketInput(Record, frozen=True):
    desk: Text


class Ticket(Record, frozen=True):
    desk: Text
    number: Integer


_tickets = itertools.count(1)


def _ticket(input_: TicketInput, run: Run) -> Ticket:
    return Ticket(desk=input_.desk, number=next(_tickets))


TICKET = Machine("ticket", TicketInput, Ticket, _ticket)


class Call(Record, frozen=True):
    calls: Integer


def _call(input_: Nothing, run: Run) -> Call:
    return Call(calls=next(_tickets))


CALL = Machine("call", Nothing, Call, _call)


async def _slow_call(input_: TicketInput, run: Run) -> Call:
    await asyncio.sleep(60)
    return _call(Nothing(), run)


SLOW = Machine("slow", TicketInput, Call, _slow_call)


class Log(Record, frozen=True):
    entries: list[dict[str, Json]]


def _log(input_: TicketInput, run: Run) -> Log:
    newest = next(_tickets)
    return Log(entries=[{"ticket": newest, "line": i, "of": {"desk": "d"}} for i in range(80)])


LOG = Machine("log", TicketInput, Log, _log)


def _idle(input_: Nothing, run: Run) -> Nothing:
    return Nothing()


EMPTY = Machine("system_dashboard", Nothing, Nothing, _idle)
