"""What `ensures` says beside permissions: guards, secrets that are needed, limits."""

from __future__ import annotations

from typing import Literal

from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.types.typed import Symbol, TypedExpr

Over = Literal["input", "output"]
Action = Literal["block", "redact", "record"]


@dataclass(slots=True)
class TypedGuard:
    """`check` is true of what may pass; `output` stands in it for the machine's output.

    `fields` lose their values when it is not, each to what stands beside it: null or a text.
    `reads`: the fields that the check looks at.
    """

    name: str
    span: Span
    over: Over
    check: TypedExpr
    action: Action
    output: Symbol
    fields: tuple[tuple[str, str | None], ...]
    reads: frozenset[str]


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """A secret under `needs`."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Limits:
    """Costs in millionths of a US dollar, `approval_timeout` in seconds; None: no limit, or the
    usual one."""

    cost_per_run: int | None = None
    cost_per_day: int | None = None
    runs_per_minute: int | None = None
    approval_timeout: float | None = None
    approval_self: bool = False
