"""`verifies` and `assuming`: literal records against the contracts that they stand for."""

from __future__ import annotations

import pytest

from tests.diagnostics.programs import codes, findings

MACHINE = (
    "machine m\n  accepts\n    passage as text is required, max_length: 9\n"
    "    size as integer, min: 1\n    day as date\n"
    "  responds with\n    tone as text\n    at as datetime\n    place as object {city as text}\n"
    "    extra as map of integer\n    many as list of text\n"
    "  ensures\n    permissions\n      allowed to\n        reason\n  implements\n"
    '    ask judge, using: "anthropic:claude-haiku-4-5"\n'
    '      with task "Judge ${input.passage}"\n      returns\n        tone as text\n'
    "        score as number, min: 0, max: 1\n        note as text is optional\n"
    "    compute answer\n"
    '      {tone: steps.judge.tone, at: now(), place: {city: "Bern"}, extra: {a: 1}, many: ["x"]}\n'
    '  verifies\n    test "one"\n'
)

SOUND = {
    "an output": ['given {passage: "x"}', 'expect {tone: "warm"}'],
    "a date and a datetime": [
        'given {passage: "x", day: "2026-01-01"}',
        'expect {at: "2026-01-01T00:00:00Z"}',
    ],
    "an assumed answer": [
        'given {passage: "x"}',
        'assuming judge {tone: "warm", score: 0.5}',
        'expect {tone: "warm"}',
    ],
    "an assumed answer with what is optional": [
        'given {passage: "x"}',
        'assuming judge {tone: "warm", score: 1, note: "n"}',
        'expect {tone: "warm"}',
    ],
    "a clock": [
        'given {passage: "x"}',
        'assuming now "2026-01-01T00:00:00Z"',
        'expect {at: "2026-01-01T00:00:00Z"}',
    ],
    "clauses in another order": ['expect {tone: "x"}', 'given {passage: "x"}'],
    "several expectations": ['given {passage: "x"}', 'expect {tone: "x"}', "expect {many: []}"],
    "a part of a record": ['given {passage: "x"}', 'expect {place: {city: "Bern"}}'],
    "a map": ['given {passage: "x"}', "expect {extra: {a: 1}}"],
    "a failure": ['given {passage: "x"}', 'expect error "timeout"'],
    "an input that is refused": ["given {passage: 5}", 'expect error "invalid_input"'],
    "an input that is not there": ["given {}", 'expect error "invalid_input"'],
    "no input at all": ['expect error "invalid_input"'],
    "an unknown field": ['given {passage: "x", more: 1}', 'expect error "unknown_field"'],
}

FAULTY = {
    "nothing expected": (['given {passage: "x"}'], "K6001"),
    "no input": (['expect {tone: "x"}'], "K3004"),
    "an input that lacks a field": (["given {size: 1}", 'expect {tone: "x"}'], "K3004"),
    "an input with a field too many": (
        ['given {passage: "x", sise: 1}', 'expect {tone: "x"}'],
        "K3004",
    ),
    "an input of another type": (["given {passage: 5}", 'expect {tone: "x"}'], "K2001"),
    "an input that breaks a rule": (
        ['given {passage: "0123456789"}', 'expect {tone: "x"}'],
        "K3004",
    ),
    "a number that breaks a rule": (
        ['given {passage: "x", size: 0}', 'expect {tone: "x"}'],
        "K3004",
    ),
    "a date that there is not": (
        ['given {passage: "x", day: "2026-02-30"}', 'expect {tone: "x"}'],
        "K2001",
    ),
    "a computed input": (['given {passage: "x" + "y"}', 'expect {tone: "x"}'], "K3004"),
    "an input of the run": (["given {passage: input.passage}", 'expect {tone: "x"}'], "K1001"),
    "an output that there is not": (['given {passage: "x"}', 'expect {tune: "x"}'], "K6002"),
    "an inner output that there is not": (
        ['given {passage: "x"}', 'expect {place: {town: "x"}}'],
        "K6002",
    ),
    "an output of another type": (['given {passage: "x"}', "expect {tone: 1}"], "K2001"),
    "an error that there is not": (['given {passage: "x"}', 'expect error "late"'], "K6001"),
    "a failure with an output": (
        ['given {passage: "x"}', 'expect {tone: "x"}', 'expect error "timeout"'],
        "K6001",
    ),
    "an assumed answer that lacks a field": (
        ['given {passage: "x"}', 'assuming judge {tone: "x"}', 'expect {tone: "x"}'],
        "K3004",
    ),
    "an assumed answer that breaks a rule": (
        ['given {passage: "x"}', 'assuming judge {tone: "x", score: 2}', 'expect {tone: "x"}'],
        "K3004",
    ),
    "an answer for no step": (
        ['given {passage: "x"}', 'assuming juge {tone: "x"}', 'expect {tone: "x"}'],
        "K1002",
    ),
    "an answer twice": (
        [
            'given {passage: "x"}',
            'assuming judge {tone: "x", score: 1}',
            'assuming judge {tone: "y", score: 1}',
            'expect {tone: "x"}',
        ],
        "K1004",
    ),
    "a clock without an offset": (
        ['given {passage: "x"}', 'assuming now "2026-01-01T00:00:00"', 'expect {tone: "x"}'],
        "K6001",
    ),
}


def program(clauses: list[str]) -> str:
    return MACHINE + "".join(f"      {clause}\n" for clause in clauses)


@pytest.mark.parametrize("clauses", SOUND.values(), ids=SOUND)
def test_a_test_is_sound(clauses: list[str]) -> None:
    assert codes(program(clauses)) == []


@pytest.mark.parametrize(("clauses", "code"), FAULTY.values(), ids=FAULTY)
def test_a_test_is_faulty(clauses: list[str], code: str) -> None:
    assert codes(program(clauses)) == [code]


def test_a_missing_input_is_offered_as_it_is_written() -> None:
    (found,) = findings(program(['expect {tone: "x"}']))
    assert found.help == 'add `given {passage: ""}`'


ASSUMED = {
    "a as integer, min: 1": ("1", "0", "K3004"),
    "a as decimal, max: 0.5": ("0.50", "0.51", "K3004"),
    "a as number, range: [0, 1]": ("0.5", "1.5", "K3004"),
    "a as text, min_length: 2": ('"ab"', '"a"', "K3004"),
    "a as text, max_length: 2": ('"ab"', '"abc"', "K3004"),
    'a as text, pattern: "[a-z]+"': ('"ab"', '"AB"', "K3004"),
    'a as text, choices: ["x", "y"]': ('"y"', '"z"', "K3004"),
    'a as list of text, subset: ["x"]': ('["x"]', '["y"]', "K3004"),
    "a as list of integer, max_length: 1": ("[1]", "[1, 2]", "K3004"),
    'a as enum("x", "y")': ('"x"', '"z"', "K2001"),
    "a as date": ('"2026-01-01"', '"1 January"', "K2001"),
    "a as datetime": ('"2026-01-01T00:00:00Z"', '"2026-01-01"', "K2001"),
    "a as uuid": ('"0190b5a2-7c3e-7d4f-8a1b-2c3d4e5f6a7b"', '"x"', "K2001"),
    "a as text is optional": ("null", "1", "K2001"),
    "a as text": ('"x"', "null", "K2003"),
    "a as object {x as integer}": ("{x: 1}", '{x: "1"}', "K2001"),
    "a as map of integer": ("{k: 1}", '{k: "1"}', "K2001"),
    "a as boolean": ("true", "1", "K2001"),
}


def asking(field: str, value: str) -> str:
    return (
        "machine m\n  ensures\n    permissions\n      allowed to\n        reason\n  implements\n"
        '    ask judge, using: "anthropic:claude-haiku-4-5"\n      with task "Judge"\n'
        f"      returns\n        {field}\n      assuming\n        a: {value}\n"
    )


@pytest.mark.parametrize(("field", "row"), ASSUMED.items(), ids=ASSUMED)
def test_an_assumed_answer_fits_what_the_step_returns(
    field: str, row: tuple[str, str, str]
) -> None:
    right, wrong, code = row
    assert codes(asking(field, right)) == []
    assert codes(asking(field, wrong)) == [code]


def test_an_answer_without_fields_is_a_text() -> None:
    plain = asking("a as text", '"x"').replace("      returns\n        a as text\n", "")
    assert codes(plain.replace("a: ", "text: ")) == []
    assert codes(plain) == ["K3004", "K3004"]


FETCHING = """machine m
  responds with
    rate as decimal
    status as integer
  ensures
    permissions
      allowed to http "api.example.com"
  implements
    ask rates, from: "@std/http/get"
      url: "https://api.example.com/rates"
      returns
        rate as decimal, min: 0
    action ping http
      url: "https://api.example.com/"
    compute answer
      {rate: steps.rates.body.rate, status: steps.ping.status}
  verifies
    test "one"
      assuming rates {rate: 0.95}
      assuming ping {status: 204}
      expect {rate: 0.95, status: 204}
"""


def test_the_answer_of_a_request_is_assumed_as_its_step_says() -> None:
    """Its body where that is declared, the whole answer elsewhere."""
    assert findings(FETCHING) == ()
    assert codes(FETCHING.replace("{rate: 0.95}\n", "{rates: 0.95}\n", 1)) == ["K3004"]
    assert codes(FETCHING.replace("rates {rate: 0.95}", "rates {rate: -1}")) == ["K3004"]
    assert codes(FETCHING.replace("{status: 204}", '{status: "ok"}', 1)) == ["K2001"]
    assert codes(FETCHING.replace("ping {status: 204}", "ping 204")) == ["K6001"]
    assert codes(FETCHING.replace("assuming ping", "assuming pong")) == ["K1002"]
