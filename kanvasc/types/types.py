"""The types of the language, as values. How they relate is in `relations.py`."""

from __future__ import annotations

from typing import TypeAlias

from kanvasc.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type without parts; the instances below are the only ones."""

    name: str


TEXT = Scalar("text")
INTEGER = Scalar("integer")
NUMBER = Scalar("number")
DECIMAL = Scalar("decimal")
BOOLEAN = Scalar("boolean")
UUID = Scalar("uuid")
DATE = Scalar("date")
DATETIME = Scalar("datetime")
ANY = Scalar("any")
NULL = Scalar("null")
NEVER = Scalar("nothing")
"""The item type of an empty list: it fits everywhere and nothing else has it."""
UNKNOWN = Scalar("unknown")
"""What a fault leaves behind: it fits everywhere, so that one mistake gives one finding."""

SCALARS = {
    scalar.name: scalar
    for scalar in (TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, UUID, DATE, DATETIME, ANY)
}
"""Those that a program can write."""

NUMERIC = (INTEGER, NUMBER, DECIMAL)
ORDERED = (*NUMERIC, TEXT, DATE, DATETIME)


@dataclass(frozen=True, slots=True)
class Enum:
    """Text out of a closed list. A text literal is one of one value; `literal` says that no
    declaration closed the list, so that a variable which holds the value may hold any text."""

    values: tuple[str, ...]
    literal: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ListOf:
    item: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    item: Type


@dataclass(frozen=True, slots=True)
class RecordField:
    """`required`: a value of the record must bring it. A field that may be null is `Nullable`."""

    name: str
    type: Type
    required: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """An object with known fields. `name` tells records apart that were declared apart
    (`Input`, a step's, a declared type's); None for one that an expression made."""

    fields: tuple[RecordField, ...]
    name: str | None = None
    shown: str = field(default="", compare=False)

    def get(self, name: str) -> RecordField | None:
        return next((field for field in self.fields if field.name == name), None)


@dataclass(frozen=True, slots=True)
class Nullable:
    """`of` or null; never a Nullable of a Nullable, of null or of any."""

    of: Type


@dataclass(frozen=True, slots=True)
class Function:
    """A lambda's type; only library functions take them."""

    parameters: tuple[Type, ...]
    result: Type


@dataclass(frozen=True, slots=True)
class Variable:
    """A type that a library signature leaves open (`T`, `U`)."""

    name: str


Type: TypeAlias = Scalar | Enum | ListOf | MapOf | Record | Nullable | Function | Variable


def nullable(type_: Type) -> Type:
    """`type_` or null, without nesting."""
    if isinstance(type_, Nullable) or type_ in (ANY, NULL, NEVER, UNKNOWN):
        return type_
    return Nullable(type_)


def without_null(type_: Type) -> Type:
    return type_.of if isinstance(type_, Nullable) else type_


def show(type_: Type) -> str:
    """The type as the user would write it."""
    match type_:
        case Scalar(name) | Variable(name):
            return name
        case Enum((only,)):
            return f'text "{_short(only)}"'
        case Enum(values):
            listed = ", ".join(f'"{_short(value)}"' for value in values[:4])
            return f"enum({listed}{', …' if len(values) > 4 else ''})"
        case ListOf(item):
            return "list" if item == ANY else f"list of {show(item)}"
        case MapOf(item):
            return "map" if item == ANY else f"map of {show(item)}"
        case Record():
            return type_.shown or _show_fields(type_)
        case Nullable(of):
            return f"{show(of)} or null"
        case Function(parameters, result):
            return f"({', '.join(map(show, parameters))}) => {show(result)}"


def _show_fields(record: Record) -> str:
    listed = ", ".join(f"{field.name} as {show(field.type)}" for field in record.fields[:5])
    return f"object {{{listed}{', …' if len(record.fields) > 5 else ''}}}"


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"
