"""`publishes`, `subscribes`, and the steps `publish` and `push`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.diagnostics.edits import spelling
from kanvasc.names import can_be_field, closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import flows
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.event_names import check_name, is_name, name_of
from kanvasc.types.fields import Declarations
from kanvasc.types.messages import EventSpec, SubscriptionSpec, TypedPublish, TypedPush
from kanvasc.types.program import RecordSpec, TypedStep
from kanvasc.types.relations import widened
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, Symbol
from kanvasc.types.types import (
    ANY,
    NULL,
    SCALARS,
    Nullable,
    Record,
    Scalar,
    Type,
    show,
    without_null,
)

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps

B = TypeVar("B", bound=tree.Node)


# --- the blocks


def blocks(implements: tree.Implements | None, kind: type[B]) -> Iterator[B]:
    """The configuration blocks of a kind."""
    for block in implements.blocks if implements is not None else ():
        if isinstance(block, kind):
            yield block


def published(
    declarations: Declarations, machine: str, implements: tree.Implements | None
) -> dict[str, EventSpec]:
    """The events that a machine may publish, by name."""
    at = declarations.at
    found: dict[str, EventSpec] = {}
    for block in blocks(implements, tree.Publishes):
        for event in block.events:
            check_name(at, event.event)
            name = name_of(event.event)
            if name is None:
                continue
            schema = None
            if event.schema is not None:
                schema = declarations.record(event.schema, f"{machine} {name} event", "schema")
            spec = EventSpec(name, event.event.span, schema)
            first = found.setdefault(name, spec)
            if first is not spec:
                what = f"The event `{name}` is declared twice"
                why = "An event has one declaration, which says what its payload holds."
                _twice(at, what, why, (event.event.span, first.span, event.span))
    return found


def subscriptions(self: Steps, implements: tree.Implements | None) -> tuple[SubscriptionSpec, ...]:
    """The events that run a machine, or flows of it."""
    found: dict[tuple[str, str | None], SubscriptionSpec] = {}
    for block in blocks(implements, tree.Subscribes):
        for written in block.subscriptions:
            check_name(self.at, written.event)
            name = name_of(written.event)
            flow = written.flow
            if flow is not None and flow.text not in self.flows:
                flows.no_flow(self, flow)
                continue
            if name is None:
                continue
            spec = SubscriptionSpec(name, written.event.span, flow.text if flow else None)
            first = found.setdefault((name, spec.flow), spec)
            if first is not spec:
                what = f"The event `{name}` is subscribed to twice"
                why = "Each such event would lead to the same run twice."
                _twice(self.at, what, why, (written.event.span, first.span, written.span))
    return tuple(found.values())


def _twice(at: Elaborator, what: str, why: str, spans: tuple[Span, Span, Span]) -> None:
    """`spans`: the second name, the first one, and all that the second declaration is."""
    span, first, whole = spans
    at.report(
        "K1004",
        span,
        what,
        why=why,
        related=(Related(first, "the first time"),),
        help="remove one of the two",
        fixes=(Fix("Remove it", (removal(at.source.text, whole),), safe=False),),
    )


# --- the steps


def publish(self: Steps, step: tree.Publish, scope: Scope) -> TypedStep | None:
    name = name_of(step.event) or ""
    spec = self.published.get(name) if is_name(name) else None
    symbol, place = Symbol("publish", NULL, step.span, "step"), f"what `{name}` says"
    if spec is not None and spec.schema is not None:
        _check_keys(self.at, step.value, spec, spec.schema)
        payload = self.at.check(step.value, scope, spec.schema.type, place)
        return TypedPublish(symbol, step.span, name, payload, spec.schema.type)
    said = self.at.infer(step.value, scope)
    if not is_name(name):
        check_name(self.at, step.event)
    elif spec is None:
        _undeclared(self, step, name, said.type)
    return TypedPublish(symbol, step.span, name, self.at.fit(said, ANY, place), said.type)


def _check_keys(at: Elaborator, value: tree.Expr, spec: EventSpec, schema: RecordSpec) -> None:
    """What is written out for an event is meant to be said."""
    known = [field.name for field in schema.fields]
    for entry in value.entries if isinstance(value, tree.MapLit) else ():
        name = entry.key.text
        if name in known:
            continue
        near = closest(name, known)
        help_ = did_you_mean(name, known, "fields")
        if near is None and can_be_field(name):
            help_ = f"add `{name} as …` to its schema"
        at.report(
            "K7006",
            entry.key.span,
            f"The event `{spec.name}` has no field `{name}`",
            related=(Related(spec.span, "declared here"),),
            help=help_,
            fixes=spelling(entry.key.span, near),
        )


def _undeclared(self: Steps, step: tree.Publish, name: str, said: Type) -> None:
    near = closest(name, self.published)
    if near is not None:
        fix = Fix(f'Write "{near}"', (Edit(step.event.span, f'"{near}"'),), safe=False)
        related = [Related(self.published[near].span, "this one is declared")]
        help_ = f'did you mean `"{near}"`?'
    else:
        fix = Fix(f"Declare `{name}`", (_declaration(self, name, said),), safe=False)
        related = []
        help_ = f'declare it at the head of `implements`: `publishes "{name}"`'
        if self.published:
            help_ = f'add `"{name}"` under `publishes`'
    self.at.report(
        "K7002",
        step.event.span,
        f"The event `{name}` is not declared",
        related=tuple(related),
        help=help_,
        fixes=(fix,),
    )


def _declaration(self: Steps, name: str, said: Type) -> Edit:
    """The edit that declares an event, with the fields that the step gives it."""
    implements = self.implements
    assert implements is not None
    events = [event for block in blocks(implements, tree.Publishes) for event in block.events]
    lines = [f'"{name}"', *_schema(said)]
    if events:
        last = events[-1].span
        before = _blanks_before(self.at, last.start)
        text = _inline(lines) if before is None else "".join(f"\n{before}{x}" for x in lines)
        return Edit(Span(last.end, last.end), f" {text}" if before is None else text)
    parts = (*implements.blocks, *implements.steps, *implements.flows, implements.value)
    start = min(part.span.start for part in parts if part is not None)
    lines = ["publishes", *(f"  {line}" for line in lines)]
    before = _blanks_before(self.at, start)
    text = f"{_inline(lines)} " if before is None else "".join(f"{x}\n{before}" for x in lines)
    return Edit(Span(start, start), text)


def _blanks_before(at: Elaborator, place: int) -> str | None:
    """What stands before a place on its line, where that is nothing but blanks."""
    before = at.source.line_text(at.source.line_of(place))[: at.source.position(place).column - 1]
    return None if before.strip() else before


def _inline(lines: list[str]) -> str:
    return " ".join(line.strip() for line in lines)


def _schema(said: Type) -> list[str]:
    """The schema of a payload whose fields have plain types; nothing for others."""
    record = without_null(said)
    if not isinstance(record, Record) or not record.fields:
        return []
    if not all(can_be_field(field.name) for field in record.fields):
        return []
    lines = ["  schema"]
    for field in record.fields:
        type_ = widened(without_null(field.type))
        if not isinstance(type_, Scalar) or type_ not in SCALARS.values():
            return []
        optional = ", is optional" if isinstance(field.type, Nullable) else ""
        lines.append(f"    {field.name} as {show(type_)}{optional}")
    return lines


def push(self: Steps, step: tree.Push, scope: Scope) -> TypedStep | None:
    if not self.output.fields:
        if not isinstance(self.at.infer(step.value, scope), Bad):
            self.at.report(
                "K7007",
                step.span,
                "This machine answers nothing, so there is nothing to push",
                help="declare under `responds with` what its results hold, or publish an event",
            )
        return None
    output = self.at.check(step.value, scope, self.output.type, "what is pushed")
    return TypedPush(Symbol("push", NULL, step.span, "step"), step.span, output)
