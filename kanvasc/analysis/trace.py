"""The types, scopes and records that the checker came across, by the place in the tree."""

from __future__ import annotations

from typing import NamedTuple

from kanvasc.records import dataclass, field
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.types.program import FieldSpec, RecordSpec, TypedStep
from kanvasc.types.scope import Scope
from kanvasc.types.typed import TypedExpr
from kanvasc.types.types import Record, Type
from kanvasc.types.watch import Watch


class Value(NamedTuple):
    """An expression as it was typed; `hint` is what its place asks for."""

    expr: tree.Expr
    scope: Scope
    hint: Type | None
    typed: TypedExpr


class Made(NamedTuple):
    """A step, what it sees, and what became of it."""

    step: tree.Step
    scope: Scope
    made: TypedStep | None


class Declared(NamedTuple):
    """A declared record and the program text that its spans are in."""

    source: Source
    spec: RecordSpec


@dataclass
class Trace:
    """Watches the checker. Keys are ids of nodes, which the values keep alive."""

    values: dict[int, Value] = field(default_factory=dict)
    steps: dict[int, Made] = field(default_factory=dict)
    records: dict[int, Declared] = field(default_factory=dict)
    alike: dict[Record, Declared] = field(default_factory=dict)
    fields: dict[tuple[str, Span], FieldSpec] = field(default_factory=dict)

    def value(self, expr: tree.Expr, scope: Scope, hint: Type | None, typed: TypedExpr) -> None:
        self.values[id(expr)] = Value(expr, scope, hint, typed)

    def step(self, step: tree.Step, scope: Scope, made: TypedStep | None) -> None:
        self.steps[id(step)] = Made(step, scope, made)

    def record(self, source: Source, spec: RecordSpec) -> None:
        declared = Declared(source, spec)
        self.records[id(spec.type)] = declared
        self.alike.setdefault(spec.type, declared)
        for declared_field in spec.fields:
            self.fields[source.path, declared_field.span] = declared_field

    def part(self) -> Trace:
        return Trace()

    def absorb(self, part: Watch, source: Source) -> None:
        assert isinstance(part, Trace)
        self.values.update(part.values)
        self.steps.update(part.steps)
        for declared in part.records.values():
            self.record(source, declared.spec)

    # --- questions

    def type_of(self, expr: tree.Node) -> Type | None:
        """The expression's own type, None where it was never typed."""
        found = self.values.get(id(expr))
        return None if found is None else found.typed.type

    def scope_of(self, expr: tree.Node) -> Scope | None:
        found = self.values.get(id(expr))
        return None if found is None else found.scope

    def hint_of(self, expr: tree.Node) -> Type | None:
        found = self.values.get(id(expr))
        return None if found is None else found.hint

    def declared(self, record: Record) -> Declared | None:
        """Where a record was declared; None for one that an expression made."""
        return self.records.get(id(record)) or self.alike.get(record)
