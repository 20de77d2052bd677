"""Types and modifiers of fields: what each takes, and what it refuses."""

from __future__ import annotations

import pytest

from tests.diagnostics.programs import codes, findings


def accepting(field: str) -> str:
    return f"type reading\n  value as number\n\nmachine m\n  accepts\n    {field}\n"


TYPES = {
    "text": ('a as text, default: "x"', "a as text, default: 1", "K2001"),
    "integer": ("a as integer, default: 3", "a as integer, default: 3.5", "K2001"),
    "integer, written with an exponent": (
        "a as integer, default: 1e3",
        "a as integer, default: 1e-3",
        "K2001",
    ),
    "integer, the largest": (
        "a as integer, default: 9007199254740991",
        "a as integer, default: 9007199254740992",
        "K2011",
    ),
    "number": ("a as number, default: -0.5", 'a as number, default: "0.5"', "K2001"),
    "number, whole": ("a as number, default: 42", "a as number, default: true", "K2001"),
    "decimal": ("a as decimal, default: 0.10", 'a as decimal, default: "0.10"', "K2001"),
    "decimal, with many digits": (
        "a as decimal, default: 1234567890123456789012345678901234",
        "a as decimal, default: 12345678901234567890123456789012345",
        "K2011",
    ),
    "boolean": ("a as boolean, default: false", 'a as boolean, default: "no"', "K2001"),
    "uuid": (
        'a as uuid, default: "0190b5a2-7c3e-7d4f-8a1b-2c3d4e5f6a7b"',
        'a as uuid, default: "0190b5a2"',
        "K2001",
    ),
    "date": ('a as date, default: "2024-02-29"', 'a as date, default: "2023-02-29"', "K2001"),
    "datetime": (
        'a as datetime, default: "2026-01-01T00:00:00.123456789+05:30"',
        'a as datetime, default: "2026-01-01T00:00:00"',
        "K2001",
    ),
    "datetime, in its year": (
        'a as datetime, default: "0001-01-01T00:00:00Z"',
        'a as datetime, default: "0001-01-01T00:00:00+01:00"',
        "K2001",
    ),
    "list": ('a as list, default: [1, "x"]', "a as list, default: 1", "K2001"),
    "list of": (
        "a as list of integer, default: [1, 2]",
        'a as list of integer, default: ["1"]',
        "K2001",
    ),
    "list of list": (
        "a as list of list of text, default: [[]]",
        'a as list of list of text, default: ["x"]',
        "K2001",
    ),
    "map": ("a as map, default: {k: 1}", "a as map, default: []", "K2001"),
    "map of": (
        'a as map of text, default: {"k 2": "x"}',
        "a as map of text, default: {k: 1}",
        "K2001",
    ),
    "object": (
        'a as object {x as text, y as integer is optional}, default: {x: "1"}',
        "a as object {x as text}, default: {y: 1}",
        "K2001",
    ),
    "a declared type": ("a as reading, default: {value: 1}", "a as reading, default: {}", "K2001"),
    "enum": ('a as enum("x", "y"), default: "x"', 'a as enum("x", "y"), default: "z"', "K2001"),
    "any": ("a as any, default: [null, {k: 1}]", "a as anything", "K1007"),
}

MODIFIERS = {
    "is required": ("a as text is required", "a as text is requird", "K3003"),
    "default": ("a as integer, default: 60 * 60", "a as integer, default: other", "K1001"),
    "min": ("a as decimal, min: 0.1", "a as text, min: 1", "K3003"),
    "min, of its type": ("a as number, min: 0.5", "a as integer, min: 0.5", "K2001"),
    "max": ("a as integer, max: 10", "a as boolean, max: 1", "K3003"),
    "range": ("a as number, range: [0, 1.5]", "a as number, range: [0]", "K3003"),
    "range, in order": ("a as number, range: [1, 1]", "a as number, range: [2, 1]", "K3008"),
    "min_length": ("a as list of any, min_length: 1", "a as map, min_length: 1", "K3003"),
    "max_length": ("a as text, max_length: 0", "a as text, max_length: -1", "K3003"),
    "max_length, whole": ("a as text, max_length: 5", "a as text, max_length: 5.5", "K2001"),
    "pattern": ('a as text, pattern: "^[a-z]{2,3}$"', 'a as text, pattern: "(?<!a)b"', "K3009"),
    "format": ('a as text, format: "date-time"', 'a as text, format: "date"', "K3003"),
    "choices": ('a as text, choices: ["x", "y"]', "a as text, choices: [1]", "K2001"),
    "subset": (
        "a as list of integer, subset: [1, 2]",
        'a as list of integer, subset: ["1"]',
        "K2001",
    ),
    "description": ('a as text description "A word"', "a as text, description: 5", "K2001"),
    "label": ('a as text label "Word"', "a as text, label: 5", "K2001"),
    "several": (
        'a as text is required, min_length: 1, max_length: 9, pattern: "x*", format: "email"',
        "a as text is required, min_length: 9, max_length: 1",
        "K3008",
    ),
    "from": ("a as text", "a as text from somewhere", "K3003"),
    "is secret": ("a as text is required is secret", "a as text is secrt", "K3003"),
    "is optional": ("a as text", "a as text is optional", "K3003"),
}

ROWS = {**TYPES, **MODIFIERS}
rows = pytest.mark.parametrize(("right", "wrong", "code"), ROWS.values(), ids=ROWS)


@rows
def test_what_is_right_shows_nothing(right: str, wrong: str, code: str) -> None:
    assert codes(accepting(right)) == []


@rows
def test_its_counterpart_shows_one_finding(right: str, wrong: str, code: str) -> None:
    assert codes(accepting(wrong)) == [code]


FORMATS = ("email", "url", "uuid", "ipv4", "ipv6", "date-time")


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_known(name: str) -> None:
    assert codes(accepting(f'a as text, format: "{name}"')) == []


BOUNDS = {
    "min: 5": ("5", "4"),
    "max: 5": ("5", "6"),
    "range: [1, 2]": ("2", "3"),
    "min: -5": ("-5", "-6"),
}


@pytest.mark.parametrize(("rule", "values"), BOUNDS.items(), ids=BOUNDS)
@pytest.mark.parametrize("type_", ["integer", "number", "decimal"])
def test_a_default_keeps_the_bounds_of_its_field(
    type_: str, rule: str, values: tuple[str, str]
) -> None:
    inside, outside = values
    assert codes(accepting(f"a as {type_}, {rule}, default: {inside}")) == []
    assert codes(accepting(f"a as {type_}, {rule}, default: {outside}")) == ["K3008"]


TEXT_RULES = {
    "min_length: 2": ("ab", "a"),
    "max_length: 2": ("ab", "abc"),
    "max_length: 1": ("😀", "e\u0301"),
    'pattern: "[a-z]+"': ("ab", "ab1"),
    'choices: ["ab", "cd"]': ("cd", "ef"),
}


@pytest.mark.parametrize(("rule", "values"), TEXT_RULES.items(), ids=TEXT_RULES)
def test_a_default_keeps_the_rules_of_a_text(rule: str, values: tuple[str, str]) -> None:
    """Lengths count code points, patterns hold for the whole text."""
    inside, outside = values
    assert codes(accepting(f'a as text, {rule}, default: "{inside}"')) == []
    assert codes(accepting(f'a as text, {rule}, default: "{outside}"')) == ["K3008"]


MISSPELT = {
    "a as strng": "text",
    "a as Integer": "integer",
    "a as BOOL": "boolean",
    "a as lst of text": "list",
    "a as Reading": "reading",
    "a as varchar": "text",
    "a as money": "decimal",
}


@pytest.mark.parametrize(("field", "meant"), MISSPELT.items(), ids=MISSPELT)
def test_a_misspelt_type_is_offered_the_type_that_was_meant(field: str, meant: str) -> None:
    (found,) = findings(accepting(field))
    assert found.code == "K1007"
    assert found.help == f"did you mean `{meant}`?"


def test_a_type_is_read_once_however_often_it_is_named() -> None:
    program = (
        "type bad\n  a as txt\n\nmachine m\n  accepts\n    x as bad\n    y as list of bad\n"
        "  responds with\n    z as bad is optional\n"
    )
    assert codes(program + "  implements\n    compute c\n      {}\n") == ["K1007"]


@pytest.mark.parametrize("place", ["is optional", 'default: "x"'])
def test_an_output_that_need_not_be_there_is_not_asked_for(place: str) -> None:
    field = f"b as text{' ' if place.startswith('is') else ', '}{place}"
    program = f"machine m\n  responds with\n    {field}\n  implements\n    compute c\n      {{}}\n"
    assert codes(program) == []
