"""What the program leaves unsaid: inferred types, and steps that wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from kanvasc.analysis.about import type_of_local
from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.entities import Entity, Kind
from kanvasc.analysis.needed import standings
from kanvasc.analysis.shapes import spelt
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.types import NULL, UNKNOWN, Type, show

LONGEST = 48
INFERRED = (tree.Compute, tree.Decide, tree.ForEach, tree.Together, tree.Retry)
"""Steps whose type nothing declares."""


class Hint(NamedTuple):
    """Shown behind a name; `about` is shown where the pointer rests."""

    offset: int
    label: str
    about: str
    kind: Literal["type", "approval"]


def hints(analysis: Analysis, within: Span) -> tuple[Hint, ...]:
    """Those in a part of the program, in the order of the text."""
    found = [
        hint
        for occurrence in analysis.index.occurrences
        if occurrence.role == "definition" and within.start <= occurrence.span.end <= within.end
        for hint in _of(analysis, occurrence.entity, occurrence.span)
    ]
    return tuple(sorted(found, key=lambda hint: (hint.offset, hint.kind)))


def _of(analysis: Analysis, entity: Entity, span: Span) -> Iterator[Hint]:
    if entity.kind is Kind.step:
        for made in analysis.trace.steps.values():
            name = getattr(made.step, "name", None)
            if not isinstance(name, tree.Name) or name.span != span:
                continue
            if made.made is not None and isinstance(made.step, INFERRED):
                yield from _type(span, made.made.symbol.type)
            yield from _held(analysis, made.step, span)
    elif entity.kind in (Kind.let, Kind.variable, Kind.parameter):
        type_ = type_of_local(analysis, entity)
        if type_ is not None:
            yield from _type(span, type_)


def _type(span: Span, type_: Type) -> Iterator[Hint]:
    if type_ in (UNKNOWN, NULL):
        return
    shown = show(type_)
    label = shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"
    yield Hint(span.end, f": {label}", spelt(type_), "type")


def _held(analysis: Analysis, step: tree.Step, span: Span) -> Iterator[Hint]:
    for standing in standings(analysis, step):
        if standing.verdict == "requires approval":
            about = f"`{standing.need.shown}` requires approval: the run waits here for a person"
            yield Hint(span.end, "held for approval", about, "approval")
