"""What a contract says, read from the annotations of its record classes.

`fields(Record)` is the one reading of a contract: converters, forms and schemas are made from it.

    FieldInfo(name, attribute, type, required, default, label, description, secret)
    TypeInfo(kind, nullable, item, record, choices, subset, min, max, min_length, max_length,
             pattern, format, native)

`kind` is the language's word for the type. `item` is the type of the items of a list or of the
values of a map; `record` is the class of an object, and `.fields` its fields (a class may hold
itself, so they are looked up when asked for). `choices` are the texts of an enum, or of a text
with choices. `default` is None where there is none; `required` says which is meant.
`name` is the field's in the language and in JSON; where Python has taken the word, `attribute`
is another. `native` is for the decoder: msgspec alone judges a value of this kind and its
modifiers.
"""

from __future__ import annotations

import datetime
import decimal
import functools
import types
import typing
import uuid
from typing import Annotated, Any, Literal, TypeAlias, Union

import msgspec
from msgspec import Struct

from kanvas_runtime.contract import (
    LARGEST_INTEGER,
    Bounds,
    Choices,
    Format,
    Label,
    Pattern,
    Record,
    Secret,
    Subset,
)

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
]
Limit: TypeAlias = int | float | decimal.Decimal


class TypeInfo(Struct, frozen=True):
    """A type of the language with its modifiers. `min` and `max` are inclusive."""

    kind: Kind
    nullable: bool = False
    item: TypeInfo | None = None
    record: type[Record] | None = None
    choices: tuple[str, ...] = ()
    subset: tuple[object, ...] = ()
    min: Limit | None = None
    max: Limit | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None
    native: bool = False

    @property
    def fields(self) -> tuple[FieldInfo, ...]:
        """The fields of an object; none for any other kind."""
        return () if self.record is None else fields(self.record)


class FieldInfo(Struct, frozen=True):
    """A field of a record. Without `required` it may be absent and is then `default`."""

    name: str
    attribute: str
    type: TypeInfo
    required: bool
    default: object
    label: str | None
    description: str | None
    secret: bool


@functools.cache
def fields(record: type[Record]) -> tuple[FieldInfo, ...]:
    """The fields of a record, in the order of the program.

    Raises:
        TypeError: an annotation is not a type of the language.
    """
    return tuple(_field(field) for field in msgspec.structs.fields(record))


def type_info(annotation: Any) -> TypeInfo:
    """The type that an annotation stands for.

    Raises:
        TypeError: it is not a type of the language.
    """
    bare, nullable, extras = _unwrap(annotation)
    return _typed(bare, nullable, extras)


def _field(field: msgspec.structs.FieldInfo) -> FieldInfo:
    bare, nullable, extras = _unwrap(field.type)
    return FieldInfo(
        name=field.encode_name,
        attribute=field.name,
        type=_typed(bare, nullable, extras),
        required=field.required,
        default=_default(field),
        label=next((extra.text for extra in extras if isinstance(extra, Label)), None),
        description=next((meta.description for meta in _metas(extras) if meta.description), None),
        secret=any(isinstance(extra, Secret) for extra in extras),
    )


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return None if field.default is msgspec.NODEFAULT else field.default


def _unwrap(annotation: Any) -> tuple[Any, bool, list[object]]:
    """The bare type, whether it may be null, and the metadata that stood around it."""
    nullable, extras = False, []
    while True:
        origin = typing.get_origin(annotation)
        if origin is Annotated:
            extras += annotation.__metadata__
            annotation = annotation.__origin__
        elif origin in (Union, types.UnionType):
            arms = typing.get_args(annotation)
            rest = [arm for arm in arms if arm is not types.NoneType]
            nullable = nullable or len(rest) < len(arms)
            if len(rest) > 1:
                return float, nullable, extras + _number(rest, annotation)
            annotation = rest[0]
        else:
            return annotation, nullable, extras


def _number(arms: list[Any], annotation: object) -> list[object]:
    """The metadata in `int | float`, the one union besides null."""
    unwrapped = [_unwrap(arm) for arm in arms]
    if {bare for bare, _, _ in unwrapped} != {int, float}:
        raise TypeError(f"{annotation} is not a type of a contract")
    return [extra for _, _, extras in unwrapped for extra in extras]


def _typed(bare: Any, nullable: bool, extras: list[object]) -> TypeInfo:
    kind = _kind(bare)
    metas = _metas(extras)
    return TypeInfo(
        kind=kind,
        nullable=nullable,
        item=_item(kind, bare),
        record=bare if kind == "object" else None,
        choices=_choices(kind, bare, extras),
        subset=next((extra.values for extra in extras if isinstance(extra, Subset)), ()),
        min=_tightest(max, [meta.ge for meta in metas] + [b.ge for b in _bounds(extras)]),
        max=_tightest(min, [meta.le for meta in metas] + [b.le for b in _bounds(extras)]),
        min_length=_tightest(max, [meta.min_length for meta in metas]),
        max_length=_tightest(min, [meta.max_length for meta in metas]),
        pattern=next((extra.regex for extra in extras if isinstance(extra, Pattern)), None),
        format=next((extra.name for extra in extras if isinstance(extra, Format)), None),
        native=_native(kind, extras, metas),
    )


_FOREIGN = frozenset({"decimal", "uuid", "datetime"})
_MARKERS = (Bounds, Choices, Format, Pattern, Subset)


def _native(kind: Kind, extras: list[object], metas: list[msgspec.Meta]) -> bool:
    """msgspec reads some types in spellings of its own, and knows no modifier but `Meta`."""
    if kind in _FOREIGN or any(isinstance(extra, _MARKERS) for extra in extras):
        return False
    if kind == "integer":
        return _bounded(metas)
    if kind == "number":
        return _bounded(metas) and len(metas) == 1
    return True


def _bounded(metas: list[msgspec.Meta]) -> bool:
    return any(
        meta.ge is not None
        and meta.le is not None
        and -LARGEST_INTEGER <= meta.ge <= meta.le <= LARGEST_INTEGER
        for meta in metas
    )


_SCALARS: dict[Any, Kind] = {
    str: "text",
    int: "integer",
    float: "number",
    decimal.Decimal: "decimal",
    bool: "boolean",
    uuid.UUID: "uuid",
    datetime.date: "date",
    datetime.datetime: "datetime",
    list: "list",
    dict: "map",
    object: "any",
    Any: "any",
}


def _kind(bare: Any) -> Kind:
    origin = typing.get_origin(bare)
    if origin is Literal:
        return "enum"
    if isinstance(bare, type) and issubclass(bare, Record):
        return "object"
    kind = _SCALARS.get(origin or bare)
    if kind is None:
        raise TypeError(f"{bare!r} is not a type of a contract")
    return kind


def _item(kind: Kind, bare: Any) -> TypeInfo | None:
    arguments = typing.get_args(bare)
    if kind == "list":
        return type_info(arguments[0] if arguments else object)
    if kind == "map":
        return type_info(arguments[1] if arguments else object)
    return None


def _choices(kind: Kind, bare: Any, extras: list[object]) -> tuple[str, ...]:
    if kind == "enum":
        return typing.get_args(bare)
    return next((extra.values for extra in extras if isinstance(extra, Choices)), ())


def _bounds(extras: list[object]) -> list[Bounds]:
    return [extra for extra in extras if isinstance(extra, Bounds)]


def _metas(extras: list[object]) -> list[msgspec.Meta]:
    metas = [extra for extra in extras if isinstance(extra, msgspec.Meta)]
    for meta in metas:
        if any(rule is not None for rule in (meta.gt, meta.lt, meta.multiple_of, meta.pattern)):
            raise TypeError(f"{meta} is not a modifier of the language")
    return metas


def _tightest(choose: Any, limits: list[Any]) -> Any:
    """The limit that counts. The limits of every integer are no modifier of this one."""
    given = [limit for limit in limits if limit is not None and abs(limit) != LARGEST_INTEGER]
    return choose(given) if given else None
