"""Declared fields: their types, their modifiers, and the record type that they make."""

from __future__ import annotations

import re
from typing import Literal

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.records import dataclass, field
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.modifiers import Modifiers
from kanvasc.types.program import FieldSpec, RecordSpec
from kanvasc.types.types import (
    ANY,
    SCALARS,
    UNKNOWN,
    Enum,
    ListOf,
    MapOf,
    Record,
    RecordField,
    Type,
    nullable,
)

Place = Literal["accepts", "responds with", "returns", "type", "state", "schema"]

STRUCTURED = ("list", "map", "object", "enum")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a machine's callers see of it."""

    name: str
    input: RecordSpec
    output: RecordSpec


@dataclass
class Declarations:
    """Resolves the declared types and machines that one file sees, each once.

    `seen`: those of the files that it uses. `hidden`: names of files that it does not use, and
    where those are. `place`: the end of its last `uses` line. `lost`: a file that it uses was not
    found; `broken`: texts of those that could be read only in part. `open`, shared by all files,
    holds the types being resolved. `asked`: the machines that somebody looked for, and found.
    """

    at: Elaborator
    types: dict[str, tree.TypeDecl]
    machines: dict[str, tree.Machine] = field(default_factory=dict)
    seen: dict[str, Declarations] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, RecordSpec] = field(default_factory=dict)
    signatures: dict[int, Signature] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    place: int | None = None
    lost: bool = False
    broken: tuple[str, ...] = ()
    asked: dict[str, Signature | None] = field(default_factory=dict)

    def own_names(self) -> list[str]:
        """What the file itself declares."""
        return [*self.types, *self.machines]

    def may_exist(self, name: str) -> bool:
        """Whether a name that is not known may stand in a used file that could not be read: that
        was reported there, and nothing follows from it here."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        return self.lost or any(word.search(text) for text in self.broken)

    def named(self, name: str, span: Span) -> Type | None:
        """The record type of a declared type, UNKNOWN when it contains itself, None if unknown."""
        owner = self if name in self.types else self.seen.get(name, self)
        declaration = owner.types.get(name)
        if declaration is None:
            return None
        if name in self.open:
            self.at.report(
                "K1012",
                span,
                f"The type `{name}` contains itself",
                label=" → ".join(f"`{one}`" for one in (*self.open[self.open.index(name) :], name)),
                help=f"keep only what tells which `{name}` it is, such as its id",
            )
            return UNKNOWN
        return owner.spec(declaration).type

    def machine(self, name: str) -> Signature | None:
        """The contract of a machine that the file sees; None if there is no such one."""
        owner = self if name in self.machines else self.seen.get(name, self)
        machine = owner.machines.get(name)
        found = self.asked[name] = None if machine is None else owner.signature(machine)
        return found

    def signature(self, machine: tree.Machine) -> Signature:
        """The contract of a machine of this file."""
        if id(machine) not in self.signatures:
            name = machine.name.text
            accepts = next((s for s in machine.sections if isinstance(s, tree.Accepts)), None)
            responds = next((s for s in machine.sections if isinstance(s, tree.RespondsWith)), None)
            given = accepts.fields if accepts is not None else ()
            gives = responds.fields if responds is not None else ()
            self.signatures[id(machine)] = Signature(
                name,
                self.record(given, f"{name} input", "accepts"),
                self.record(gives, f"{name} output", "responds with"),
            )
        return self.signatures[id(machine)]

    def machine_names(self) -> list[str]:
        """The machines that the file sees."""
        used = [name for name, owner in self.seen.items() if name in owner.machines]
        return [*self.machines, *used]

    def elsewhere(self, name: str) -> tuple[str, tuple[Fix, ...]]:
        """Help and fix for a name that only a file has which is not used; else nothing."""
        path = self.hidden.get(name)
        if path is None:
            return "", ()
        line = f'uses "{path}"'
        if self.place is None:
            edit = Edit(Span(0, 0), f"{line}\n\n")
        else:
            edit = Edit(Span(self.place, self.place), f"\n{line}")
        fix = Fix(f"Add `{line}`", (edit,), safe=False)
        return f"add `{line}` at the top: `{name}` stands there", (fix,)

    def spec(self, declaration: tree.TypeDecl) -> RecordSpec:
        name = declaration.name.text
        if name not in self.resolved:
            self.open.append(name)
            self.resolved[name] = self.record(declaration.fields, name, "type", shown=name)
            self.open.pop()
        return self.resolved[name]

    def record(
        self, fields: tuple[tree.Field, ...], name: str, place: Place, *, shown: str = ""
    ) -> RecordSpec:
        """The record that `fields` declare; `name` keeps it apart from every other record."""
        nested: list[RecordSpec] = []
        specs: list[FieldSpec] = []
        seen: dict[str, tree.Field] = {}
        for declared in fields:
            first = seen.setdefault(declared.name.text, declared)
            if first is not declared:
                self._twice(declared, first)
                continue
            specs.append(self._field(declared, f"{name}.{declared.name.text}", place, nested))
        made = tuple(RecordField(spec.name, spec.type, spec.required) for spec in specs)
        spec = RecordSpec(Record(made, name, shown), tuple(specs), tuple(nested))
        self.at.records[name] = spec
        self.at.made.append(spec)
        if self.at.watch is not None:
            self.at.watch.record(self.at.source, spec)
        return spec

    def _twice(self, declared: tree.Field, first: tree.Field) -> None:
        self.at.report(
            "K1004",
            declared.name.span,
            f"The field `{declared.name.text}` is declared twice",
            related=(Related(first.name.span, "first declared here"),),
            help="rename one of them, or remove it",
        )

    def _field(
        self, declared: tree.Field, name: str, place: Place, nested: list[RecordSpec]
    ) -> FieldSpec:
        base = UNKNOWN if declared.type is None else self.type_of(declared.type, name, nested)
        modifiers = Modifiers(self.at, declared, base, place)
        modifiers.read()
        absent = modifiers.optional
        if place in ("accepts", "state"):
            absent = not modifiers.required
        has_default = modifiers.default is not None
        return FieldSpec(
            name=declared.name.text,
            span=declared.name.span,
            type=nullable(base) if absent and not has_default else base,
            required=not absent and not has_default,
            default=modifiers.default,
            constraints=modifiers.constraints(),
            secret=modifiers.secret,
            label=modifiers.texts.get("label", ""),
            description=modifiers.texts.get("description", ""),
            source=self.at.source,
        )

    def type_of(self, written: tree.TypeExpr, name: str, nested: list[RecordSpec]) -> Type:
        word = written.word.text
        match word:
            case "list":
                return ListOf(self._item(written, name, nested))
            case "map":
                return MapOf(self._item(written, name, nested))
            case "object":
                spec = self.record(written.fields or (), name, "type")
                nested.append(spec)
                return spec.type
            case "enum":
                return self._enum(written)
            case "":
                return UNKNOWN
        if word in SCALARS:
            return SCALARS[word]
        declared = self.named(word, written.word.span)
        return declared if declared is not None else self._unknown(written)

    def _item(self, written: tree.TypeExpr, name: str, nested: list[RecordSpec]) -> Type:
        return ANY if written.of is None else self.type_of(written.of, f"{name}.item", nested)

    def _enum(self, written: tree.TypeExpr) -> Type:
        values: dict[str, Span] = {}
        for value in written.values or ():
            text = value.plain if isinstance(value, tree.TextLit) else None
            if text is None:
                self._no_texts(written)
                return UNKNOWN
            first = values.setdefault(text, value.span)
            if first is not value.span:
                self._value_twice(text, value.span, first)
        if not values:
            self.at.report(
                "K3008",
                written.span,
                "No value fits an enum without values",
                help='name them: `enum("small", "large")`',
            )
        return Enum(tuple(values)) if values else UNKNOWN

    def _no_texts(self, written: tree.TypeExpr) -> None:
        """Values that are no texts: one finding for all of them."""
        faulty = [
            value
            for value in written.values or ()
            if not isinstance(value, tree.Missing) and getattr(value, "plain", None) is None
        ]
        if not faulty:
            return
        bare = [value for value in faulty if not isinstance(value, tree.TextLit)]
        edits = tuple(Edit(value.span, f'"{self.at.text(value.span)}"') for value in bare)
        self.at.report(
            "K2001",
            faulty[0].span,
            "The values of an enum are plain texts",
            help=f"write `{edits[0].text}`" if edits else "write the text out, without `${…}`",
            fixes=(Fix("Put them between quotation marks", edits, safe=False),) if edits else (),
        )

    def _value_twice(self, text: str, span: Span, first: Span) -> None:
        edit = removal(self.at.source.text, span)
        self.at.report(
            "K1004",
            span,
            f'"{text}" stands twice in this enum',
            related=(Related(first, "the first one"),),
            help="leave it out here",
            fixes=(Fix("Remove it", (edit,)),),
        )

    def _unknown(self, written: tree.TypeExpr) -> Type:
        word, span = written.word.text, written.word.span
        if self.may_exist(word):
            return UNKNOWN
        used = [name for name, owner in self.seen.items() if name in owner.types]
        known = [*SCALARS, *STRUCTURED, *self.types, *used]
        alias = closest(word, ALIASES)
        meant = ALIASES.get(word.lower()) or closest(word, known) or (alias and ALIASES[alias])
        help_, fixes = self.elsewhere(word)
        if not fixes and meant and meant not in ("object", "enum"):
            fixes = (Fix(f"Write `{meant}`", (Edit(span, meant),), safe=False),)
        self.at.report(
            "K1007",
            span,
            f"There is no type `{word}`",
            help=help_
            or (f"did you mean `{meant}`?" if meant else did_you_mean(word, known, "types")),
            fixes=fixes,
        )
        return UNKNOWN


ALIASES = {
    "str": "text",
    "string": "text",
    "varchar": "text",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "num": "number",
    "money": "decimal",
    "bool": "boolean",
    "array": "list",
    "dict": "map",
    "record": "object",
    "struct": "object",
    "json": "any",
    "timestamp": "datetime",
    "time": "datetime",
}
"""What people write who come from other languages."""
