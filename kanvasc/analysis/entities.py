"""What has a name in a program, and where it is spoken of."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

from kanvasc.records import dataclass, field
from kanvasc.source import Source, Span
from kanvasc.syntax import tree


class Kind(StrEnum):
    machine = "machine"
    type = "type"
    field = "field"
    entry = "entry"
    """A key of a map literal that makes a record of its own."""
    step = "step"
    flow = "flow"
    let = "let"
    variable = "variable"
    """Of `for each`."""
    parameter = "parameter"
    event = "event"
    secret = "secret"


Key: TypeAlias = tuple[str | int, ...]
"""What tells entities apart, in all files of a program."""


class Place(NamedTuple):
    """A span and the program text that it is in."""

    source: Source
    span: Span


@dataclass(slots=True, eq=False)
class Entity:
    """`container`: the machine, type or step that it belongs to. `node` declares it; `whole` is
    the span of all of the declaration."""

    key: Key
    kind: Kind
    name: str
    container: str = ""
    node: tree.Node | None = None
    definitions: list[Place] = field(default_factory=list)

    @property
    def whole(self) -> Span:
        return self.node.span if self.node is not None else self.definitions[0].span


Role: TypeAlias = Literal["definition", "read", "write"]


class Occurrence(NamedTuple):
    """A place where an entity is named: the name alone, without quotes or what stands before."""

    span: Span
    entity: Entity
    role: Role
