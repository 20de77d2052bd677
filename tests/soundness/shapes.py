"""Types of generated programs: how they are written, and JSON values that fit them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.soundness.choosing import Chooser


@dataclass(frozen=True)
class Shape:
    """`word` is the language's; `of` the item type of `list` and `map`."""

    word: str
    of: Shape | None = None
    fields: tuple[tuple[str, Shape], ...] = ()
    values: tuple[str, ...] = ()
    nullable: bool = False

    @property
    def present(self) -> Shape:
        return replace(self, nullable=False)

    @property
    def or_null(self) -> Shape:
        return self if self.word == "any" else replace(self, nullable=True)


TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, UUID, DATE, DATETIME, ANY = map(
    Shape, ["text", "integer", "number", "decimal", "boolean", "uuid", "date", "datetime", "any"]
)
SCALARS = (TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, UUID, DATE, DATETIME)
MAPPED = (NUMBER, TEXT)
"""Values of maps: an expression makes few maps, so that every program has one of each."""
SORTABLE = (TEXT, INTEGER, NUMBER, DECIMAL, DATE, DATETIME)
ENUM_TEXTS = ("warm", "cold", "a b", 'qu"ote', "ü")
FIELD_NAMES = ("count", "id", "name", "class", "total", "keys", "run", "self", "items", "as")


def list_of(item: Shape) -> Shape:
    return Shape("list", of=item)


def map_of(item: Shape) -> Shape:
    return Shape("map", of=item)


def shape(choose: Chooser, depth: int = 2, *, declared: bool = False) -> Shape:
    """Any shape; scalars at the bottom. A list of an enum has to be `declared`: in an expression
    it is a list of texts."""
    kind = choose.number(0, 9 if depth else 5)
    if kind <= 4:
        return choose.pick(SCALARS)
    if kind == 5:
        if not declared:
            return TEXT
        start = choose.number(0, 2)
        return Shape("enum", values=ENUM_TEXTS[start : start + choose.number(1, 3)])
    if kind <= 7:
        return list_of(shape(choose, depth - 1, declared=declared))
    if kind == 8:
        return map_of(choose.pick(MAPPED))
    return object_of(choose, depth, declared)


def object_of(choose: Chooser, depth: int, declared: bool) -> Shape:
    start = choose.number(0, len(FIELD_NAMES) - 3)
    names = FIELD_NAMES[start : start + choose.number(1, 3)]
    fields = []
    for name in names:
        inner = shape(choose, depth - 1, declared=declared)
        fields.append((name, inner.or_null if choose.number(0, 3) == 0 else inner))
    return Shape("object", fields=tuple(fields))


def written(of: Shape) -> str:
    """The type as a field declares it, without whether it may be absent."""
    match of.word:
        case "enum":
            return f"enum({', '.join(map(text_literal, of.values))})"
        case "list" | "map":
            assert of.of is not None
            return of.word if of.of == ANY else f"{of.word} of {written(of.of)}"
        case "object":
            parts = [
                f"{name} as {written(inner)}{' is optional' if inner.nullable else ''}"
                for name, inner in of.fields
            ]
            return f"object {{{', '.join(parts)}}}"
    return of.word


def text_literal(value: str) -> str:
    """A text as the language writes it."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "$": "\\$"}
    parts = []
    for character in value:
        if character in escapes:
            parts.append(escapes[character])
        elif character.isprintable() or character == " ":
            parts.append(character)
        else:
            parts.append(f"\\u{{{ord(character):x}}}")
    return f'"{"".join(parts)}"'


TEXTS = (
    "",
    "a",
    "Warm",
    "straße",
    "naïve 😀",
    "a,b,,c",
    "  x ",
    "12",
    "-3.5",
    "1e3",
    "ǅ",
    "\u2028",
)
INTEGERS = (0, 1, -1, 2, 3, 7, -10, 255, 2**31, 2**53 - 1, -(2**53 - 1))
NUMBERS: tuple[int | float, ...] = (0, 1, -2.5, 0.1, 1e-7, 1e21, 123456.789, -0.0, 2.5, 3.5)
DECIMALS = ("0", "1.50", "-0.1", "1234567890123456789012345678901234", "0.000000001", "2.5", "3")
UUIDS = ("123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000")
DATES = ("2026-01-31", "2024-02-29", "1999-12-31")
DATETIMES = ("2026-01-31T12:00:00Z", "2024-02-29T23:59:59.5+02:00", "1970-01-01T00:00:00Z")
ANYS: tuple[Any, ...] = (None, 1, 2.5, "x", True, [1, "a"], {"a": {"b": 1}}, [])
_VALUES: dict[str, tuple[Any, ...]] = {
    "text": TEXTS,
    "integer": INTEGERS,
    "number": NUMBERS,
    "decimal": DECIMALS,
    "boolean": (True, False),
    "uuid": UUIDS,
    "date": DATES,
    "datetime": DATETIMES,
    "any": ANYS,
}


def value(choose: Chooser, of: Shape) -> Any:
    """A JSON value that fits the shape."""
    if of.nullable and choose.number(0, 2) == 0:
        return None
    match of.word:
        case "enum":
            return choose.pick(of.values)
        case "list":
            assert of.of is not None
            return [value(choose, of.of) for _ in range(choose.number(0, 3))]
        case "map":
            assert of.of is not None
            return {key: value(choose, of.of) for key in ("a", "b", "ü")[: choose.number(0, 3)]}
        case "object":
            return {name: value(choose, inner) for name, inner in of.fields}
    return choose.pick(_VALUES[of.word])
