"""What a client has to know of a program, in no language yet: its machines and their objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kanvasc.plan.identifiers import class_name
from kanvasc.plan.streams import streams
from kanvasc.records import dataclass
from kanvasc.types.program import Constraints, FieldSpec, RecordSpec, TypedMachine, TypedProgram
from kanvasc.types.types import ANY, Enum, ListOf, MapOf, Nullable, Record, Type

SENT: Final = True
RECEIVED: Final = False


@dataclass(frozen=True, slots=True)
class Member:
    """A field. `type` has been narrowed by choices; `optional`: it may be left out."""

    name: str
    type: Type
    optional: bool
    note: str


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with known fields. `sent`: by clients; else they receive it."""

    name: str
    members: tuple[Member, ...]
    sent: bool


@dataclass(frozen=True, slots=True)
class Served:
    """A machine behind sockets. `name`: its class; `machine`: in the program; `texts`: fields of
    its output that are told while they grow."""

    name: str
    machine: str
    title: str
    goal: str
    takes: str
    gives: str
    paths: tuple[str, ...]
    texts: tuple[str, ...]


class Shapes:
    """Names for all that a program's clients see. What the language or our own code has taken, or
    the program has named twice, gets a number behind it."""

    def __init__(self, program: TypedProgram, reserved: Iterable[str], twin: str = "") -> None:
        """`twin`: what stands before the name of a machine's second class, if it has one."""
        self._taken = set(reserved)
        self._named: dict[tuple[Record, bool], str] = {}
        self._types = {spec.type for spec in program.types}
        self._declared = {spec.type: spec for spec in program.types}
        self.found: list[Shape] = []
        behind = [m for m in program.machines if any(s.kind == "websocket" for s in m.surfaces)]
        names = {machine.name: self._take(class_name(machine.name), twin) for machine in behind}
        self.machines = tuple(self._served(each, names[each.name]) for each in behind)

    def name(self, record: Record, sent: bool) -> str:
        """Of a record that a member's type holds."""
        return self._named[record, sent]

    @property
    def has_any(self) -> bool:
        """Whether something in them may hold any value."""
        return any(_holds_any(member.type) for shape in self.found for member in shape.members)

    def _take(self, wanted: str, twin: str = "") -> str:
        name, number = wanted, 1
        while {name, f"{twin}{name}"} & self._taken:
            number += 1
            name = f"{wanted}{number}"
        self._taken |= {name, f"{twin}{name}"}
        return name

    def _served(self, machine: TypedMachine, name: str) -> Served:
        texts = dict.fromkeys(to for pairs in streams(machine).values() for _, to in pairs)
        return Served(
            name,
            machine.name,
            machine.title or machine.name,
            machine.goal,
            self._record(machine.input, SENT, f"{name}Input"),
            self._record(machine.output, RECEIVED, f"{name}Output"),
            tuple(s.path for s in machine.surfaces if s.kind == "websocket"),
            tuple(texts),
        )

    def _record(self, spec: RecordSpec, sent: bool, wanted: str) -> str:
        known = self._named.get((spec.type, sent))
        if known is not None:
            return known
        name = self._named[spec.type, sent] = self._take(wanted)
        self._declared.update((inner.type, inner) for inner in spec.nested)
        members = tuple(self._member(name, field, sent) for field in spec.fields)
        self.found.append(Shape(name, members, sent))
        return name

    def _member(self, owner: str, field: FieldSpec, sent: bool) -> Member:
        for record in _records(field.type):
            # A declared type has a name of its own; whose fields stand here is called after it.
            wanted = f"{owner}{class_name(field.name)}"
            if record in self._types:
                wanted = class_name(record.shown) + ("Input" if sent else "")
            self._record(self._declared[record], sent, wanted)
        note = " ".join(part for part in (field.label, field.description) if part)
        return Member(field.name, narrowed(field), sent and not field.required, note)


def narrowed(field: FieldSpec) -> Type:
    """The field's type, where its modifiers leave only some texts."""
    rules = field.constraints
    if isinstance(field.type, Nullable):
        return Nullable(_chosen(field.type.of, rules))
    return _chosen(field.type, rules)


def _chosen(type_: Type, rules: Constraints) -> Type:
    return Enum(rules.choices) if rules.choices and not isinstance(type_, ListOf) else type_


def _holds_any(type_: Type) -> bool:
    match type_:
        case Nullable(inner) | ListOf(inner) | MapOf(inner):
            return _holds_any(inner)
    return type_ == ANY


def _records(type_: Type) -> list[Record]:
    match type_:
        case Record():
            return [type_]
        case Nullable(inner) | ListOf(inner) | MapOf(inner):
            return _records(inner)
    return []
