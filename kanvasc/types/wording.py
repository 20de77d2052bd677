"""Types and values as sentences name them, for messages."""

from __future__ import annotations

from collections.abc import Iterable

from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DATETIME,
    DECIMAL,
    INTEGER,
    NEVER,
    NULL,
    NUMERIC,
    TEXT,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Scalar,
    Type,
    show,
    without_null,
)

_SCALARS = {
    ANY: "any value",
    BOOLEAN: "true or false",
    INTEGER: "an integer",
    NULL: "null",
    TEXT: "text",
}
_MOST_LISTED = 6


def described(type_: Type) -> str:
    """The type in the middle of a sentence: "an integer", "a list of text", "one of …"."""
    match type_:
        case Scalar(name):
            return _SCALARS.get(type_, f"a {name}")
        case Enum((only,)):
            return f"the text {quoted([only])}"
        case Enum(values):
            return f"one of {quoted(values)}"
        case ListOf(item):
            return "an empty list" if item == NEVER else f"a {show(type_)}"
        case MapOf():
            return f"a {show(type_)}"
        case Record(shown=shown):
            return f"a `{shown}`" if shown else f"an {show(type_)}"
        case Nullable(of):
            return f"{described(of)} or null"
    return "a function"


def quoted(texts: Iterable[str]) -> str:
    """`"a", "b"`, as a program writes them, with an end."""
    listed = [f'"{text if len(text) <= 40 else f"{text[:39]}…"}"' for text in texts]
    more = ", …" if len(listed) > _MOST_LISTED else ""
    return ", ".join(listed[:_MOST_LISTED]) + more


def sentence(text: str) -> str:
    """`text` with a capital letter in front; the rest is left as it is."""
    return f"{text[:1].upper()}{text[1:]}"


def default_of(type_: Type) -> str:
    """The plainest value of a type, as it is written: what could stand behind `??`."""
    match without_null(type_):
        case Enum(values):
            return quoted(values[:1])
        case ListOf():
            return "[]"
        case MapOf():
            return "{}"
        case scalar if scalar in NUMERIC:
            return "0"
    return _DEFAULTS.get(without_null(type_), "…")


_DEFAULTS: dict[Type, str] = {TEXT: '""', BOOLEAN: "false", DATETIME: "now()", DECIMAL: "0"}


def comparison(type_: Type) -> str:
    """The comparison that makes a condition of a value, as it is written behind it, or ""."""
    if isinstance(type_, Nullable):
        return " is not null"
    match type_:
        case Enum(values):
            return f" is {quoted(values[:1])}"
        case ListOf() | MapOf():
            return ".length is greater than 0"
    if type_ == TEXT:
        return ' is not ""'
    return " is not 0" if type_ in NUMERIC else ""
