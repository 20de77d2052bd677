"""From names to what they stand for: one walk over the tree.

Steps, flows, machines, types and events are found by their names, locals by where they stand, and
fields by the type of what they are taken from.
"""

from __future__ import annotations

from functools import cached_property

from kanvasc.analysis.declared import Declared, Fields, Members, declared
from kanvasc.analysis.entities import Entity, Key, Kind, Occurrence, Place, Role
from kanvasc.analysis.index import Index
from kanvasc.analysis.literals import Origins
from kanvasc.analysis.trace import Trace
from kanvasc.link import Unit
from kanvasc.records import dataclass, field, replace
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import children, nodes
from kanvasc.types.types import Record, Type, without_null


def index_of(unit: Unit, trace: Trace) -> Index:
    """All names of a file and what they stand for."""
    return Resolver(unit, trace).run()


@dataclass(frozen=True)
class Here:
    """What a place sees: its machine and its locals."""

    members: Members | None = None
    locals: dict[str, Entity] = field(default_factory=dict)

    @property
    def machine(self) -> str:
        return self.members.name if self.members is not None else ""

    def with_local(self, entity: Entity) -> Here:
        return replace(self, locals={**self.locals, entity.name: entity})

    def origins(self) -> Origins | None:
        if self.members is None:
            return None
        lets = {
            name: entity.node
            for name, entity in self.locals.items()
            if isinstance(entity.node, tree.Let)
        }
        return Origins(self.members, lets)


class Resolver:
    """`same`: entries that turned out to be one, by the key of the first."""

    def __init__(self, unit: Unit, trace: Trace) -> None:
        self.source = unit.source
        self.file = unit.file
        self.trace = trace
        self.declared: Declared = declared(unit.file)
        self.others = {
            use.unit.source: declared(use.unit.file)
            for use in unit.uses
            if use.unit is not None and use.unit is not unit
        }
        for other in self.others.values():
            self.declared.seen.update(other.types)
        self.entities: dict[Key, Entity] = {}
        self.found: dict[Span, Occurrence] = {}
        self.same: dict[Key, Key] = {}

    def run(self) -> Index:
        for declaration in self.file.types:
            self.visit(declaration, Here())
        for machine in self.file.machines:
            self.visit(machine, Here(self.declared.machines[machine.name.text]))
        occurrences = sorted(map(self._merged, self.found.values()), key=lambda one: one.span)
        return Index(tuple(occurrences), self.entities)

    def _merged(self, occurrence: Occurrence) -> Occurrence:
        key = self._first(occurrence.entity.key)
        return occurrence._replace(entity=self.entities[key])

    def _first(self, key: Key) -> Key:
        while key in self.same:
            key = self.same[key]
        return key

    # --- entities

    def entity(
        self, key: Key, kind: Kind, name: str, container: str = "", node: tree.Node | None = None
    ) -> Entity:
        known = self.entities.get(key)
        if known is None:
            known = self.entities[key] = Entity(key, kind, name, container)
        if node is not None and known.node is None:
            known.node = node
        return known

    def define(
        self, name: tree.Name, key: Key, kind: Kind, container: str, node: tree.Node
    ) -> Entity:
        entity = self.entity(key, kind, name.text, container, node)
        if name.text:
            entity.definitions.append(Place(self.source, name.span))
            self.found[name.span] = Occurrence(name.span, entity, "definition")
        return entity

    def mention(self, span: Span, entity: Entity, role: Role = "read") -> None:
        if entity.name and span.end > span.start:
            self.found.setdefault(span, Occurrence(span, entity, role))

    def step(self, here: Here, name: str) -> Entity | None:
        if here.members is None or name not in here.members.steps:
            return None
        key = ("step", self.source.path, here.machine, name)
        return self.entity(key, Kind.step, name, here.machine)

    def flow(self, here: Here, name: str) -> Entity | None:
        if here.members is None or name not in here.members.flows:
            return None
        key = ("flow", self.source.path, here.machine, name)
        return self.entity(key, Kind.flow, name, here.machine)

    def machine(self, name: str) -> Entity | None:
        if name in self.declared.machines:
            return self.entity(("machine", self.source.path, name), Kind.machine, name)
        for source, other in self.others.items():
            if name in other.machines:
                return self._elsewhere(
                    source, "machine", Kind.machine, other.machines[name].machine
                )
        return None

    def called(self, name: str) -> Members | None:
        """The machine of that name, in this file or in one that it uses."""
        every = (self.declared, *self.others.values())
        return next((one.machines[name] for one in every if name in one.machines), None)

    def type(self, name: str) -> Entity | None:
        if name in self.declared.types:
            return self.entity(("type", self.source.path, name), Kind.type, name)
        for source, other in self.others.items():
            if name in other.types:
                return self._elsewhere(source, "type", Kind.type, other.types[name])
        return None

    def _elsewhere(
        self, source: Source, word: str, kind: Kind, node: tree.Machine | tree.TypeDecl
    ) -> Entity:
        entity = self.entity((word, source.path, node.name.text), kind, node.name.text, "", node)
        if not entity.definitions:
            entity.definitions.append(Place(source, node.name.span))
        return entity

    def field_named(self, declared_: tree.Field) -> Entity:
        """The entity of a declared field, wherever it is declared."""
        source = self.homes.get(id(declared_), self.source)
        entity = self.field(source.path, declared_.name.span, declared_.name.text)
        if source is not self.source and not entity.definitions:
            entity.node = declared_
            entity.definitions.append(Place(source, declared_.name.span))
        return entity

    @cached_property
    def homes(self) -> dict[int, Source]:
        """The files of the fields that other files declare."""
        return {
            id(node): source
            for source, other in self.others.items()
            for top in (*other.types.values(), *(one.machine for one in other.machines.values()))
            for node in nodes(top)
            if isinstance(node, tree.Field)
        }

    def event(self, name: str) -> Entity:
        return self.entity(("event", name), Kind.event, name)

    def field(self, path: str, span: Span, name: str) -> Entity:
        return self.entity(("field", path, span.start), Kind.field, name)

    def field_of(self, fields: Fields, name: str) -> tree.Field | None:
        return next((one for one in fields if one.name.text == name), None)

    # --- the walk

    def visit(self, node: tree.Node, here: Here) -> None:
        handler = HANDLERS.get(type(node))
        if handler is not None:
            handler(self, node, here)
        else:
            self.inside(node, here)

    def inside(self, node: tree.Node, here: Here) -> None:
        for child in children(node):
            self.visit(child, here)

    # --- types of expressions

    def type_of(self, expr: tree.Expr, here: Here) -> Type | None:
        """The checker's type, or what names alone say."""
        known = self.trace.type_of(expr)
        inner = without_null(known) if known is not None else None
        if isinstance(inner, Record):
            return inner
        match expr:
            case tree.NameRef(text="input"):
                return self._contract(f"{here.machine} input")
            case tree.Member(object=tree.NameRef(text="steps"), name=name):
                return self._type_of_step(name.text, here) or known
            case tree.Member(object=object_, name=name):
                owner = self.type_of(object_, here)
                found = owner.get(name.text) if isinstance(owner, Record) else None
                return without_null(found.type) if found is not None else known
        return known

    def _contract(self, name: str) -> Record | None:
        specs = (one.spec.type for one in self.trace.records.values())
        return next((record for record in specs if record.name == name), None)

    def _type_of_step(self, name: str, here: Here) -> Type | None:
        for step in here.members.steps.get(name, ()) if here.members is not None else ():
            made = self.trace.steps.get(id(step))
            if made is not None and made.made is not None:
                return without_null(made.made.symbol.type)
        return None

    def member_of(self, owner: tree.Expr, name: str, here: Here) -> Entity | None:
        """The field or key that `owner.name` takes."""
        type_ = self.type_of(owner, here)
        found = self.field_in(type_, name)
        if found is not None:
            return found
        origins = here.origins()
        return None if origins is None else self._entry(origins, owner, name)

    def field_in(self, type_: Type | None, name: str) -> Entity | None:
        """The declared field of a record type."""
        if not isinstance(type_, Record):
            return None
        declared_ = self.trace.declared(type_)
        if declared_ is None:
            return None
        spec = next((one for one in declared_.spec.fields if one.name == name), None)
        if spec is None:
            return None
        source = declared_.source
        if source.text[spec.span.start : spec.span.end] != name:
            return None  # made up by the checker, as `text` of a step without `returns`
        entity = self.field(source.path, spec.span, name)
        if source.path != self.source.path and not entity.definitions:
            entity.definitions.append(Place(source, spec.span))
        return entity

    def _entry(self, origins: Origins, owner: tree.Expr, name: str) -> Entity | None:
        entries = [
            entry
            for literal in origins.of(owner)
            for entry in literal.entries
            if entry.key.text == name
        ]
        if not entries:
            return None
        keys = list(dict.fromkeys(self._first(self._entry_key(entry)) for entry in entries))
        for key in keys[1:]:
            self.same[key] = keys[0]
        return self.entity(keys[0], Kind.entry, name)

    def _entry_key(self, entry: tree.MapEntry) -> Key:
        known = self.found.get(entry.key.span)
        if known is not None:
            return known.entity.key
        return ("entry", self.source.path, entry.key.span.start)


from kanvasc.analysis.visits import HANDLERS  # noqa: E402  they call back into Resolver
