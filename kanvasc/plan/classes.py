"""Records as classes: one for each record type that a module uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

from kanvasc.plan.identifiers import Names, attribute_name, class_name
from kanvasc.records import dataclass, field
from kanvasc.types import constants
from kanvasc.types.control import FAILURE
from kanvasc.types.program import Constraints, FieldSpec, RecordSpec
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NEVER,
    NULL,
    NUMBER,
    NUMERIC,
    TEXT,
    UUID,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
)

_WORD = re.compile(r"\w+")

ALIASES: dict[Type, str] = {
    TEXT: "Text",
    INTEGER: "Integer",
    NUMBER: "Number",
    DECIMAL: "Decimal",
    BOOLEAN: "Boolean",
    UUID: "Uuid",
    DATE: "Date",
    DATETIME: "DateTime",
    ANY: "Json",
    NEVER: "Json",
    NULL: "None",
}


@dataclass(slots=True)
class ClassPlan:
    """A record class as it will stand: `fields` are (attribute, annotation, default or "")."""

    name: str
    fields: list[tuple[str, str, str]]

    @property
    def bases(self) -> str:
        """Only by keyword can a required field stand behind one that has a default."""
        optional = [_has_default(default) for _, _, default in self.fields]
        return "Record, kw_only=True" if sorted(optional) != optional else "Record"


def _has_default(text: str) -> bool:
    return bool(text) and not text.startswith("field(name=")


@dataclass
class Classes:
    """The record classes of one module. `shared`: those of declared types, in `records`; `words`:
    what a class is called after that only an expression makes."""

    names: Names
    shared: Classes | None = None
    plans: list[ClassPlan] = field(default_factory=list)
    by_type: dict[Record, str] = field(default_factory=lambda: {FAILURE: "Failure"})
    attributes: dict[Record, dict[str, str]] = field(
        default_factory=lambda: {FAILURE: {f.name: f.name for f in FAILURE.fields}}
    )
    declared: set[str] = field(default_factory=set)
    words: str = "value"
    specs: dict[Record, RecordSpec] = field(default_factory=dict)

    def declare_types(self, specs: Iterable[RecordSpec]) -> None:
        """Plans the classes of the declared types, each behind those that it refers to."""
        self.specs = {spec.type: spec for spec in specs}
        for record in self.specs:
            self.of(record)

    def declare(self, spec: RecordSpec, words: str) -> str:
        """Plans the class of a declared record, those inside it first; gives its name."""
        for inner in spec.nested:
            assert inner.type.name is not None
            path = inner.type.name.rpartition(" ")[2].split(".")
            tail = path[-2:] if path[-1] == "item" and len(path) > 2 else path[-1:]
            self.declare(inner, " ".join((words, *tail)))
        for f in spec.fields:
            self.annotation(f.type)
        name = self.names.take(class_name(words))
        self.declared.add(name)
        attributes = self._attributes([f.name for f in spec.fields])
        self.by_type[spec.type] = name
        self.attributes[spec.type] = attributes
        planned = [self._field(f, attributes[f.name]) for f in spec.fields]
        self.plans.append(ClassPlan(name, planned))
        return name

    def _attributes(self, fields: list[str]) -> dict[str, str]:
        """Field name → attribute: what a class body uses for itself gets a `_`."""
        names = Names(plan.name for plan in self.plans)
        return {name: names.take(attribute_name(name)) for name in fields}

    def _field(self, spec: FieldSpec, attribute: str) -> tuple[str, str, str]:
        default = ""
        if spec.default is not None:
            default = self.literal(spec.default)
            if not constants.is_constant(spec.default):
                default = f"lambda: {default}"
        elif not spec.required:
            default = "None"
        return attribute, self.constrained(spec), _default(spec.name, attribute, default)

    def borrow(self, name: str, record: Record, attributes: dict[str, str] | None = None) -> None:
        """A class that another module has, by its name there."""
        self.by_type[record] = name
        self.attributes[record] = attributes or {f.name: f.name for f in record.fields}

    def of_contract(self, *specs: RecordSpec) -> tuple[tuple[str, Record, dict[str, str]], ...]:
        """The classes of declared records and of those inside them, for `borrow`."""
        found = []
        for spec in specs:
            own = (self.by_type[spec.type], spec.type, self.attributes[spec.type])
            found += [*self.of_contract(*spec.nested), own]
        return tuple(found)

    def literal(self, value: Any) -> str:
        from kanvasc.plan.expressions import Expressions

        return ast.unparse(Expressions(self, self.names.copy()).of(value))

    def constrained(self, spec: FieldSpec) -> str:
        """The field's annotation, its modifiers included."""
        inner = spec.type.of if isinstance(spec.type, Nullable) else spec.type
        annotation = self.annotation(inner)
        marks = _marks(spec, inner)
        if marks:
            annotation = f"Annotated[{annotation}, {', '.join(marks)}]"
        return f"{annotation} | None" if isinstance(spec.type, Nullable) else annotation

    def annotation(self, type_: Type) -> str:
        match type_:
            case Enum(values):
                return f"Literal[{', '.join(map(literal, values))}]"
            case ListOf(item):
                return f"list[{self.annotation(item)}]"
            case MapOf(item):
                return f"dict[Text, {self.annotation(item)}]"
            case Nullable(of):
                return f"{self.annotation(of)} | None"
            case Record():
                return self.of(type_)
        return ALIASES[type_]

    def of(self, record: Record, words: str = "") -> str:
        """The class of a record type; one that only an expression made is planned here."""
        if record in self.by_type:
            return self.by_type[record]
        if self.shared is not None and record in self.shared.by_type:
            return f"records.{self.shared.by_type[record]}"
        if record in self.specs:
            return self.declare(self.specs[record], record.name or "")
        words = words or self.words
        for f in record.fields:
            self._inside(f.type, f"{words} {f.name}")
        name = self.names.take(class_name(words))
        attributes = self._attributes([f.name for f in record.fields])
        self.by_type[record] = name
        self.attributes[record] = attributes
        planned = [
            (
                attributes[f.name],
                self.annotation(f.type),
                _default(f.name, attributes[f.name], "" if f.required else "None"),
            )
            for f in record.fields
        ]
        self.plans.append(ClassPlan(name, planned))
        return name

    def needed(self, code: str) -> tuple[ClassPlan, ...]:
        """The classes of the program's contracts, and those that `code` refers to."""
        kept: list[ClassPlan] = []
        mentioned = set(_WORD.findall(code))
        for plan in reversed(self.plans):
            if plan.name in self.declared or plan.name in mentioned:
                kept.insert(0, plan)
                mentioned.update(_WORD.findall(" ".join(text for _, text, _ in plan.fields)))
        return tuple(kept)

    def _inside(self, type_: Type, words: str) -> None:
        match type_:
            case Record():
                self.of(type_, words)
            case ListOf(item) | MapOf(item):
                self._inside(item, f"{words} item")
            case Nullable(of):
                self._inside(of, words)

    def attribute(self, record: Record, name: str) -> str:
        self.of(record)
        own = self.attributes.get(record)
        if own is None and self.shared is not None:
            own = self.shared.attributes[record]
        assert own is not None
        return own[name]


def _default(name: str, attribute: str, default: str) -> str:
    """What stands behind `=`; a renamed field keeps its JSON name."""
    parts = []
    if default.startswith("lambda: "):
        parts.append(f"default_factory={default}")
    elif default[:1] in ("[", "{"):
        parts.append(f"default_factory=lambda: {default}")
    elif default and name != attribute:
        parts.append(f"default={default}")
    if name != attribute:
        parts.append(f"name={literal(name)}")
    return f"field({', '.join(parts)})" if parts else default


def _marks(spec: FieldSpec, type_: Type) -> list[str]:
    rules = spec.constraints
    meta: dict[str, Any] = {}
    marks: list[str] = []
    bounds = _bounds(rules)
    if bounds and type_ == INTEGER:
        meta.update({key: int(value) for key, value in bounds.items()})
    elif bounds and type_ in NUMERIC:
        shown = ", ".join(f"{key}={_number(value, type_)}" for key, value in bounds.items())
        marks.append(f"Bounds({shown})")
    if rules.min_length is not None:
        meta["min_length"] = rules.min_length
    if rules.max_length is not None:
        meta["max_length"] = rules.max_length
    if spec.description:
        meta["description"] = spec.description
    if meta:
        shown = ", ".join(f"{key}={literal(value)}" for key, value in meta.items())
        marks.insert(0, f"Meta({shown})")
    if rules.pattern is not None:
        marks.append(f"Pattern({literal(rules.pattern)})")
    if rules.format is not None:
        marks.append(f"Format({literal(rules.format)})")
    if rules.choices:
        marks.append(f"Choices({literal(rules.choices)})")
    if rules.subset:
        items = tuple(constants.evaluate(item) for item in rules.subset)
        marks.append(f"Subset({literal(items)})")
    if spec.secret:
        marks.append("Secret()")
    if spec.label:
        marks.append(f"Label({literal(spec.label)})")
    return marks


def _bounds(rules: Constraints) -> dict[str, Any]:
    found = {"ge": rules.min, "le": rules.max}
    return {key: constants.evaluate(value) for key, value in found.items() if value is not None}


def _number(value: Any, type_: Type) -> str:
    return f"ops.decimal({literal(str(value))})" if type_ == DECIMAL else literal(value)


def literal(value: Any) -> str:
    """A constant as Python writes it: the only way in which a program's text gets into code."""
    return ast.unparse(ast.Constant(value)) if not isinstance(value, tuple) else repr(value)
