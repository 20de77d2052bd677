"""What a machine tells others while it runs: events that it publishes, results that it pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.types.typed import Symbol, TypedExpr
from kanvasc.types.types import Type

if TYPE_CHECKING:
    from kanvasc.types.program import RecordSpec


@dataclass(frozen=True, slots=True)
class EventSpec:
    """An event under `publishes`. `schema`: what its payload holds; None: any value."""

    name: str
    span: Span
    schema: RecordSpec | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionSpec:
    """An event under `subscribes`. `flow`: what it runs; None: what a message to the machine runs.

    Either way the payload is the machine's input.
    """

    event: str
    span: Span
    flow: str | None = None


@dataclass(slots=True)
class TypedPublish:
    """`said`: the type of the payload as the step writes it."""

    symbol: Symbol
    span: Span
    event: str
    payload: TypedExpr
    said: Type


@dataclass(slots=True)
class TypedPush:
    """`output` is a record of the machine's output."""

    symbol: Symbol
    span: Span
    output: TypedExpr
