"""A test to begin with: plain values that fit the contract of a machine."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from kanvasc.types import constants
from kanvasc.types.assumptions import assumable
from kanvasc.types.inside import every, outermost
from kanvasc.types.program import FieldSpec, RecordSpec, TypedAsk, TypedHttp, TypedMachine
from kanvasc.types.types import (
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NUMBER,
    NUMERIC,
    TEXT,
    UUID,
    ListOf,
    MapOf,
    Record,
    Type,
    without_null,
)
from kanvasc.types.wording import default_of

_TEXTS: dict[Type, str] = {
    DATE: '"2026-01-31"',
    DATETIME: '"2026-01-31T12:00:00Z"',
    UUID: '"2f1c7e0a-51a4-4d4c-9a51-7b1a86f0b0aa"',
}
_FORMATS = {
    "email": '"ada@example.com"',
    "url": '"https://example.com"',
    "uuid": _TEXTS[UUID],
    "ipv4": '"192.0.2.1"',
    "ipv6": '"2001:db8::1"',
    "date-time": _TEXTS[DATETIME],
}


def sample_test(machine: TypedMachine, title: str) -> tuple[str, ...]:
    """The lines of a test, from `test "…"` on. Its values are to be replaced by real ones."""
    given = _object(field for field in machine.input.fields if field.required)
    lines = [f'test "{title}"']
    if given != "{}":
        lines.append(f"  given {given}")
    for step in every(outermost(machine.steps, machine.flows)):
        if isinstance(step, TypedAsk | TypedHttp) and step.assuming is None:
            lines.append(f"  assuming {step.symbol.name} {_record(assumable(step))}")
    lines.append(f"  expect {_object(field for field in machine.output.fields if field.required)}")
    return tuple(lines)


def _object(fields: Iterable[FieldSpec]) -> str:
    return "{" + ", ".join(f"{field.name}: {_value(field)}" for field in fields) + "}"


def _record(spec: RecordSpec) -> str:
    return _object(field for field in spec.fields if field.required)


def _value(field: FieldSpec) -> str:
    type_, rules = without_null(field.type), field.constraints
    if rules.choices:
        return f'"{rules.choices[0]}"'
    if rules.format in _FORMATS:
        return _FORMATS[rules.format]
    if type_ == TEXT:
        return f'"{_sized("…", rules.min_length or 0, rules.max_length)}"'
    if type_ in NUMERIC and (rules.min is not None or rules.max is not None):
        return _number(type_, field)
    return of_type(type_)


def _sized(text: str, least: int, most: int | None) -> str:
    sized = text * max(least, 1)
    return sized if most is None else sized[:most]


def _number(type_: Type, field: FieldSpec) -> str:
    bound = field.constraints.min or field.constraints.max
    value = constants.evaluate(bound) if bound is not None else 0
    whole = isinstance(value, int | float | Decimal) and type_ in (INTEGER, NUMBER, DECIMAL)
    return str(value) if whole else "0"


def of_type(type_: Type) -> str:
    """A plain value of a type, as it is written."""
    inner = without_null(type_)
    match inner:
        case Record(fields=fields):
            listed = (f"{one.name}: {of_type(one.type)}" for one in fields if one.required)
            return "{" + ", ".join(listed) + "}"
        case ListOf():
            return "[]"
        case MapOf():
            return "{}"
    if inner == TEXT:
        return '"…"'
    written = _TEXTS.get(inner) or default_of(inner)
    return "null" if written == "…" else written
