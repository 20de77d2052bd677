"""What an editor wants to know beside the typed program: the type and the scope of every place.

A faulty step leaves nothing in the typed program, but its expressions were typed before the fault
was found. Whoever watches sees them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from kanvasc.source import Source
from kanvasc.syntax import tree

if TYPE_CHECKING:
    from kanvasc.types.program import RecordSpec, TypedStep
    from kanvasc.types.scope import Scope
    from kanvasc.types.typed import TypedExpr
    from kanvasc.types.types import Type


class Watch(Protocol):
    """Told of everything as it is typed; something that is typed again is told again."""

    def value(self, expr: tree.Expr, scope: Scope, hint: Type | None, typed: TypedExpr) -> None:
        """An expression, what it sees, and the type that its place asks for."""

    def step(self, step: tree.Step, scope: Scope, made: TypedStep | None) -> None:
        """A step, what it sees, and what became of it (None: it is faulty)."""

    def record(self, source: Source, spec: RecordSpec) -> None:
        """A record that `source` declares."""

    def part(self) -> Watch:
        """What sees a part of the program alone."""

    def absorb(self, part: Watch, source: Source) -> None:
        """As if it had seen what `part` saw; where that stands is in `source` now."""
