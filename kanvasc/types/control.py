"""Typed steps that hold other steps: loops, branches, retries, recoveries, flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.types.typed import Symbol, TypedExpr
from kanvasc.types.types import TEXT, Enum, Record, RecordField, Type

if TYPE_CHECKING:
    from kanvasc.types.program import TypedBody, TypedStep

Backoff: TypeAlias = Literal["none", "linear", "exponential"]

FAILURE_TYPES = Enum(("timeout", "denied", "invalid_output", "provider", "http", "runtime"))
FAILURE = Record(
    (
        RecordField("message", TEXT),
        RecordField("step", TEXT),
        RecordField("type", FAILURE_TYPES),
        RecordField("details", TEXT),
    ),
    "failure",
    "failure",
)
"""What `error` is inside `on failure`."""


@dataclass(slots=True)
class TypedForEach:
    """A list of the body's values. `index` is `loop.index`."""

    symbol: Symbol
    span: Span
    variable: Symbol
    index: Symbol
    items: TypedExpr
    body: TypedBody
    concurrency: int = 1


@dataclass(slots=True)
class TypedTogether:
    """A record of the values of its named children (`fields`); the others only run."""

    symbol: Symbol
    span: Span
    children: tuple[TypedStep, ...]
    fields: tuple[Symbol, ...]


@dataclass(slots=True)
class TypedRetry:
    """`max` tries in all; `delay` before the second one, in milliseconds."""

    symbol: Symbol
    span: Span
    body: TypedBody
    max: int
    backoff: Backoff
    delay: int


@dataclass(slots=True)
class TypedAttempt:
    """A body with `on failure`: the value of the one, or of the other where a step failed.

    `exported`: the body's steps, null where they did not run; the recovery sees them too.
    """

    symbol: Symbol
    span: Span
    body: TypedBody
    error: Symbol
    recovery: TypedBody
    exported: tuple[Symbol, ...] = ()


@dataclass(slots=True)
class TypedFlow:
    """`type` is that of its value."""

    name: str
    span: Span
    body: TypedBody
    type: Type


@dataclass(slots=True)
class TypedRunFlow:
    symbol: Symbol
    span: Span
    flow: TypedFlow
