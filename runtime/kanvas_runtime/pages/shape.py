"""What a page has to know of a contract: for each field a kind, a label and its limits.

The same shape lays out the server's first view and, as JSON, what the script draws from pushes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from kanvas_runtime.codec import FieldInfo, TypeInfo, decode_json, encode_json, fields, public
from kanvas_runtime.contract import Record

Kind: TypeAlias = Literal[
    "text",
    "integer",
    "number",
    "decimal",
    "boolean",
    "uuid",
    "date",
    "datetime",
    "list",
    "map",
    "object",
    "enum",
    "any",
    "secret",
]


@dataclass(frozen=True, slots=True)
class Shape:
    """A type as a page sees it. `item` is what a list or a map holds, `fields` those of an object.

    `type` has the modifiers; it is None for shapes guessed from a value. `form` is how the program
    wants it to be shown, if it says so.
    """

    kind: Kind
    item: Shape | None = None
    fields: tuple[Field, ...] = ()
    type: TypeInfo | None = None
    form: str | None = None

    @property
    def numeric(self) -> bool:
        """True for what a metric or a chart can show."""
        return self.kind in ("integer", "number", "decimal")

    @property
    def confidential(self) -> bool:
        """True for a secret and for whatever holds one."""
        parts = [entry.shape for entry in self.fields] + ([self.item] if self.item else [])
        return self.kind == "secret" or any(part.confidential for part in parts)

    def json(self) -> dict[str, object]:
        """The part that the script needs to lay out a value."""
        parts: dict[str, object] = {"kind": self.kind}
        if self.item is not None:
            parts["item"] = self.item.json()
        if self.form is not None:
            parts["as"] = self.form
        if self.kind == "object":
            parts["fields"] = [entry.json() for entry in self.fields]
        return parts


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record. `default` is JSON; None stands for no default."""

    name: str
    shape: Shape
    label: str
    description: str | None = None
    required: bool = False
    default: object = None

    def json(self) -> dict[str, object]:
        """The field's part of the shape that the script reads."""
        return {"name": self.name, "label": self.label, **self.shape.json()}


def _label_of(name: str) -> str:
    """A field's name in words."""
    words = name.replace("_", " ").strip() or name
    return words[:1].upper() + words[1:]


def record_shape(record: type[Record], forms: Mapping[str, str] | None = None) -> Shape:
    """The shape of a record; `forms`: how fields of it are to be shown, by their names."""
    shape = _record(record, ())
    return replace(shape, fields=tuple(_formed(entry, forms or {}) for entry in shape.fields))


def _formed(entry: Field, forms: Mapping[str, str]) -> Field:
    return replace(entry, shape=replace(entry.shape, form=forms.get(entry.name)))


def _record(record: type[Record], around: tuple[type[Record], ...]) -> Shape:
    inner = (*around, record)
    return Shape("object", fields=tuple(_field(info, inner) for info in fields(record)))


def _field(info: FieldInfo, around: tuple[type[Record], ...]) -> Field:
    return Field(
        name=info.name,
        shape=Shape("secret", type=info.type) if info.secret else _shape(info.type, around),
        label=info.label or _label_of(info.name),
        description=info.description,
        required=info.required,
        default=None if info.secret else decode_json(encode_json(public(info.default))),
    )


def _shape(info: TypeInfo, around: tuple[type[Record], ...]) -> Shape:
    if info.record in around:  # a type that holds itself is laid out by its values
        return Shape("any", type=info)
    if info.record is not None:
        return Shape("object", fields=_record(info.record, around).fields, type=info)
    item = None if info.item is None else _shape(info.item, around)
    return Shape(info.kind, item=item, type=info)
