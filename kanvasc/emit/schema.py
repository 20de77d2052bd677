"""JSON Schema (2020-12) of each machine's contract, as a client meets it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kanvasc.types import constants
from kanvasc.types.program import Constraints, FieldSpec, RecordSpec, TypedProgram
from kanvasc.types.typed import TypedExpr
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NUMBER,
    TEXT,
    UUID,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
)

LARGEST_INTEGER = 2**53 - 1
LARGEST_DECIMAL = 10**34 - 1
_DECIMAL_NUMBER = {"type": "number", "minimum": -LARGEST_DECIMAL, "maximum": LARGEST_DECIMAL}
_DECIMAL_TEXT = {
    "type": "string",
    "pattern": r"^-?(0|[1-9]\d*)((\.\d+)?|(\.\d{1,17})?[eE][+-]?(\d|1[0-7]))$",
    "maxLength": 34,
}
"""What comes in for a decimal has up to 34 digits, and an exponent within ±34 once the point is
moved behind the last one. No pattern says that: this one allows nothing more."""
_SCALARS: dict[Type, dict[str, Any]] = {
    TEXT: {"type": "string"},
    INTEGER: {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
    NUMBER: {"type": "number"},
    BOOLEAN: {"type": "boolean"},
    UUID: {"type": "string", "format": "uuid"},
    DATE: {"type": "string", "format": "date"},
    DATETIME: {"type": "string", "format": "date-time"},
    ANY: {},
}


def schemas(program: TypedProgram) -> dict[str, dict[str, Any]]:
    """Machine → its schema, with `input` and `output` under `$defs`."""
    return {
        machine.name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": machine.title or machine.name,
            "$defs": {
                "input": _Side(program, "input").record(machine.input),
                "output": _Side(program, "output").record(machine.output),
            },
        }
        for machine in program.machines
    }


def plain_value(value: TypedExpr) -> Any:
    """A constant as JSON holds it: decimals as text."""
    return _jsonable(constants.evaluate(value))


class _Side:
    """One direction: a decimal goes in as number or text and comes out as text; what comes in may
    leave out what is optional, what goes out always has every field."""

    def __init__(self, program: TypedProgram, direction: str) -> None:
        self.input = direction == "input"
        self.declared = {spec.type: spec for spec in program.types}

    def record(self, spec: RecordSpec) -> dict[str, Any]:
        known = {inner.type: inner for inner in spec.nested}
        self.declared.update(known)
        required = [f.name for f in spec.fields if f.required or not self.input]
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {f.name: self.field(f) for f in spec.fields},
            "additionalProperties": False,
        }
        if required:
            schema["required"] = required
        return schema

    def field(self, spec: FieldSpec) -> dict[str, Any]:
        inner = spec.type.of if isinstance(spec.type, Nullable) else spec.type
        schema = self.ruled(inner, spec.constraints)
        if isinstance(spec.type, Nullable):
            schema = {"anyOf": [schema, {"type": "null"}]}
        if spec.secret:
            schema |= _hidden(inner, schema, comes_in=self.input)
        if spec.label:
            schema["title"] = spec.label
        if spec.description:
            schema["description"] = spec.description
        if spec.default is not None and constants.is_constant(spec.default):
            schema["default"] = plain_value(spec.default)
        return schema

    def ruled(self, type_: Type, rules: Constraints) -> dict[str, Any]:
        """The type with its modifiers. Those of a decimal cannot be said of a text."""
        if type_ == DECIMAL:
            limits = _limits(rules)
            kinds = self.type(type_).get("anyOf", [self.type(type_)])
            return {"anyOf": [{**k, **(limits if k["type"] == "number" else {})} for k in kinds]}
        if isinstance(type_, ListOf) and rules.subset:
            allowed = [plain_value(item) for item in rules.subset]
            return {"type": "array", "items": {"enum": allowed}, **_rules(rules, type_)}
        return {**self.type(type_), **_rules(rules, type_)}

    def type(self, type_: Type) -> dict[str, Any]:
        match type_:
            case Enum(values):
                return {"type": "string", "enum": list(values)}
            case ListOf(item):
                return {"type": "array", **({} if item == ANY else {"items": self.type(item)})}
            case MapOf(item):
                extra = {} if item == ANY else {"additionalProperties": self.type(item)}
                return {"type": "object", **extra}
            case Nullable(of):
                return {"anyOf": [self.type(of), {"type": "null"}]}
            case Record():
                return self.record(self.declared[type_])
        if type_ == DECIMAL:
            if self.input:
                return {"anyOf": [dict(_DECIMAL_NUMBER), dict(_DECIMAL_TEXT)]}
            return {"type": "string", "pattern": r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$"}
        return dict(_SCALARS[type_])


def _hidden(type_: Type, schema: dict[str, Any], *, comes_in: bool) -> dict[str, Any]:
    """What forms and documentation hide: text is typed unseen, unless it has another format."""
    found: dict[str, Any] = {"writeOnly": True} if comes_in else {}
    if type_ == TEXT and not any("format" in one for one in (schema, *schema.get("anyOf", ()))):
        found["format"] = "password"
    return found


def _limits(rules: Constraints) -> dict[str, Any]:
    limits = {"minimum": rules.min, "maximum": rules.max}
    known = {name: constants.evaluate(limit) for name, limit in limits.items() if limit is not None}
    return {name: float(v) if isinstance(v, Decimal) else v for name, v in known.items()}


def _rules(rules: Constraints, type_: Type) -> dict[str, Any]:
    found: dict[str, Any] = _limits(rules) if type_ in (INTEGER, NUMBER) else {}
    of = "Items" if isinstance(type_, ListOf) else "Length"
    found[f"min{of}"] = rules.min_length
    found[f"max{of}"] = rules.max_length
    found["pattern"] = None if rules.pattern is None else f"^(?:{rules.pattern})$"
    found["format"] = {"url": "uri"}.get(rules.format or "", rules.format)
    found["enum"] = list(rules.choices) or None
    return {name: value for name, value in found.items() if value is not None}


def _jsonable(value: Any) -> Any:
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, dict):
        return {name: _jsonable(item) for name, item in value.items()}
    return value if isinstance(value, str | int | float | bool | None) else str(value)
