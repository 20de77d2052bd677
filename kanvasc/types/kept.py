"""What outlives a run: state and memory, as the steps that touch them; and when a machine runs by
itself."""

from __future__ import annotations

from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.types.typed import Symbol, TypedExpr
from kanvasc.types.types import ANY, INTEGER, NUMBER, TEXT, ListOf, MapOf, Record, RecordField

MEMORY = Record(
    (
        RecordField("content", TEXT),
        RecordField("metadata", MapOf(ANY)),
        RecordField("score", NUMBER),
    ),
    "memory",
    "memory",
)
"""Something that was remembered."""
RECALLED = Record(
    (RecordField("results", ListOf(MEMORY)), RecordField("count", INTEGER)),
    "recalled",
    "recalled",
)
"""What `recall` gives: the best first."""


@dataclass(slots=True)
class TypedSet:
    """`set state.<field> = value`; its own value is null."""

    symbol: Symbol
    span: Span
    field: str
    value: TypedExpr


@dataclass(slots=True)
class TypedRemember:
    """`inputs` by name, as the run takes them: `ttl` in seconds where it is written out."""

    symbol: Symbol
    span: Span
    inputs: tuple[tuple[str, TypedExpr], ...]


@dataclass(slots=True)
class TypedRecall:
    symbol: Symbol
    span: Span
    inputs: tuple[tuple[str, TypedExpr], ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either `every`, in seconds, or `cron`: five fields, in UTC."""

    span: Span
    every: float | None = None
    cron: str = ""


@dataclass(frozen=True, slots=True)
class Runtime:
    """`timeout` bounds a whole run, in seconds; `max_retries`, how often a step asks again."""

    timeout: float | None = None
    max_retries: int | None = None


def plain(seconds: float) -> float:
    """Without a point where it would say nothing."""
    return int(seconds) if seconds == int(seconds) else seconds
