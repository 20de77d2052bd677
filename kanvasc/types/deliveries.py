"""Which events of a program reach whom, and whether what they say is what is accepted there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kanvasc.diagnostics import Related
from kanvasc.diagnostics.edits import spelling
from kanvasc.names import closest
from kanvasc.records import dataclass
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.event_names import is_name
from kanvasc.types.inside import every, outermost
from kanvasc.types.messages import SubscriptionSpec, TypedPublish
from kanvasc.types.program import FieldSpec, RecordSpec, TypedMachine
from kanvasc.types.types import (
    ANY,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NEVER,
    NULL,
    NUMBER,
    TEXT,
    UNKNOWN,
    UUID,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
)
from kanvasc.types.wording import described

_FITS = {
    (INTEGER, NUMBER),
    (INTEGER, DECIMAL),
    (NUMBER, DECIMAL),
    (DECIMAL, TEXT),
    (UUID, TEXT),
    (DATE, TEXT),
    (DATETIME, TEXT),
}
"""Types whose JSON another type reads. An event is written as JSON and read as an input, so more
fits than inside a run, where nothing is converted silently."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """`path`: where in the payload; `given` is None where there is nothing."""

    path: str
    given: Type | None
    wanted: Type


@dataclass(frozen=True, slots=True)
class _Payload:
    """What an event of one machine says, and where that is written."""

    type: Type
    span: Span
    source: Source
    schema: RecordSpec | None = None


def check(typed: Iterable[tuple[Elaborator, tree.Machine, TypedMachine]], *, whole: bool) -> None:
    """Subscriptions to what nobody publishes, and events that would be refused on arrival.

    Of a program that is not `whole`, what could not be read may be what publishes.
    """
    listed = list(typed)
    payloads: dict[str, list[_Payload]] = {}
    for _, _, machine in listed:
        for name, payload in _payloads(machine):
            payloads.setdefault(name, []).append(payload)
    for at, _, machine in listed:
        for subscription in machine.subscribes:
            unknown = subscription.event not in payloads and is_name(subscription.event)
            if unknown and whole:
                _nobody(at, subscription, list(payloads))
            for payload in payloads.get(subscription.event, ()):
                found = misfit(payload.type, machine.input.type)
                if found is not None:
                    _refused(at, machine, subscription, payload, found)
                    break


def _payloads(machine: TypedMachine) -> Iterator[tuple[str, _Payload]]:
    """The payloads of a machine's events: as declared, else as each step writes them."""
    declared = {event.name for event in machine.publishes if event.schema is not None}
    for event in machine.publishes:
        type_ = UNKNOWN if event.schema is None else event.schema.type
        yield event.name, _Payload(type_, event.span, machine.source, event.schema)
    for step in every(outermost(machine.steps, machine.flows)):
        if isinstance(step, TypedPublish) and step.event not in declared:
            yield step.event, _Payload(step.said, step.payload.span, machine.source)


def misfit(said: Type, accepted: Record) -> Misfit | None:
    """Why an input of `accepted` cannot be read from each payload of `said`; None if it can.

    A machine that accepts nothing takes any event.
    """
    return _misfit(said, accepted, "") if accepted.fields else None


def _misfit(given: Type, wanted: Type, path: str) -> Misfit | None:
    if {UNKNOWN, ANY} & {given, wanted} or given in (wanted, NEVER) or (given, wanted) in _FITS:
        return None
    match given, wanted:
        case Nullable(of), Nullable(inner):
            return _misfit(of, inner, path)
        case _, Nullable(inner):
            return None if given == NULL else _misfit(given, inner, path)
        case Enum(values), Enum(allowed) if set(values) <= set(allowed):
            return None
        case Enum(), _ if wanted == TEXT:
            return None
        case (ListOf(item), ListOf(inner)) | (MapOf(item), MapOf(inner)):
            return _misfit(item, inner, f"{path}[…]")
        case Record(fields), MapOf(inner):
            found = (_misfit(field.type, inner, _below(path, field.name)) for field in fields)
            return next((one for one in found if one is not None), None)
        case Record(), Record(fields):
            for field in fields:
                own, inside = given.get(field.name), _below(path, field.name)
                if own is None and field.required:
                    return Misfit(inside, None, field.type)
                one = None if own is None else _misfit(own.type, field.type, inside)
                if one is not None:
                    return one
            return None
    return Misfit(path, given, wanted)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _nobody(at: Elaborator, subscription: SubscriptionSpec, known: list[str]) -> None:
    near = closest(subscription.event, known)
    quoted = [f'"{near}"' if near else ""]
    at.report(
        "K7004",
        subscription.span,
        f"No machine of this program publishes `{subscription.event}`",
        help=f"did you mean `{quoted[0]}`?"
        if near
        else f'add `publishes "{subscription.event}"` to the machine that it comes from',
        fixes=spelling(subscription.span, quoted[0]),
    )


def _refused(
    at: Elaborator,
    machine: TypedMachine,
    subscription: SubscriptionSpec,
    payload: _Payload,
    found: Misfit,
) -> None:
    top = found.path.partition(".")[0].partition("[")[0]
    accepted = _field(machine.input, top)
    said = _field(payload.schema, top) if payload.schema is not None else None
    elsewhere = None if payload.source.path == at.source.path else payload.source
    related = [Related(said.span if said else payload.span, "what the event says", elsewhere)]
    if accepted is not None:
        related.append(Related(accepted.span, "what the machine accepts"))
    name = f"`{found.path}`" if found.path else "the payload"
    if found.given is None:
        label = f"it lacks {name}, which is {described(found.wanted)} and required"
        help_ = f"add {name} to what the event says, or do not require it"
    elif not found.path:
        label = f"it says {described(found.given)}, and a machine's input has fields"
        help_ = "publish its fields by name: `{name: …}`"
    else:
        label = f"in it, {name} is {described(found.given)}"
        wanted = described(found.wanted)
        help_ = f"{name} must be {wanted}: change what the event says, or what is accepted"
    at.report(
        "K7005",
        subscription.span,
        f"`{machine.name}` would refuse the event `{subscription.event}`",
        label=label,
        related=tuple(related),
        help=help_,
    )


def _field(record: RecordSpec | None, name: str) -> FieldSpec | None:
    fields = record.fields if record is not None else ()
    return next((field for field in fields if field.name == name), None)
