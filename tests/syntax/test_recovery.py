"""What is said about a fault, how exactly, and that the rest of the program survives."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from kanvasc.diagnostics import CODES
from kanvasc.syntax import parse, tree
from tests.syntax.programs import HEAD, STEPS, errors, findings, fixed, shown, source

GOLDEN = Path(__file__).parents[1] / "golden" / "syntax"
UPDATE = os.environ.get("KANVAS_UPDATE_GOLDEN") == "1"

FAULTS = {
    "field_without_as": HEAD + "    b text\n    c as number\n",
    "field_alone": HEAD + "    b\n    c as number\n",
    "field_without_type": HEAD + "    b as\n    c as number\n",
    "field_with_colon": "machine m\n  accepts\n    a: text\n    b as number\n",
    "misspelt_section": "machine m\n  accpets\n    a as text\n",
    "misspelt_step": STEPS + "    compte x\n      1\n    compute y\n      2\n",
    "misspelt_arm": STEPS + "    decide d\n      when a 1\n      otherwis 2\n",
    "half_a_phrase": "machine m\n  ensures\n    permissions\n      allowed\n        reason\n",
    "option_without_colon": HEAD + '  expresses\n    websocket\n      path "/x"\n',
    "step_without_name": STEPS + "    compute\n      1\n    compute y\n      2\n",
    "step_without_value": STEPS + "    compute x\n    compute y\n      2\n",
    "let_without_sign": STEPS + "    compute x\n      let y 1\n      y\n",
    "let_without_compute": STEPS + "    let y = 1\n    compute x\n      2\n",
    "operator_without_value": STEPS + "    compute x\n      1 +\n    compute y\n      2\n",
    "open_bracket": STEPS + "    compute x\n      [1, 2\n    compute y\n      2\n",
    "open_expression": STEPS + '    compute x\n      f("a ${b c")\n    compute y\n      2\n',
    "open_text": STEPS + '    compute x\n      f("abc)\n    compute y\n      2\n',
    "equals_in_condition": STEPS + '    decide d\n      when a = "x" 1\n      otherwise 2\n',
    "step_on_openers_line": STEPS + "    decide d\n      when a compute y\n        1\n",
    "no_body": STEPS + "    decide d\n      when a\n      otherwise\n        2\n",
    "two_bodies": STEPS + "    decide d\n      when a 1\n        2\n      otherwise 3\n",
    "failure_in_the_middle": STEPS
    + "    compute b\n      1\n    on failure\n      2\n    compute c\n      3\n",
    "failure_in_the_middle_of_an_arm": STEPS
    + "    decide d\n      when input.a\n        compute b\n          1\n        on failure\n"
    "          2\n        on failure\n          3\n",
    "two_values": STEPS + "    decide d\n      when a\n        1\n        2\n",
    "no_decide": STEPS + "    if a\n      1\n",
    "no_machine": "accepts\n  a as text\n",
    "no_section": 'machine m\n  test "x"\n    given {}\n',
    "reserved_name": STEPS + "    compute accepts\n      1\n",
    "reserved_local": STEPS + "    compute x\n      let when = 1\n      2\n",
    "unknown_action": STEPS + '    action a htp\n      url: "x"\n    steps.a\n',
    "foreign_operators": STEPS + "    compute x\n      a === 1 & b?.c ; # hi\n",
    "pasted_quotes": STEPS + "    compute x\n      “abc” + 'def'\n",
    "text_from_a_mail": "machine m\n  accepts\n\u00a0\u00a0  a as text, label “The name”\n"
    "    b as number\u00a0is required, min: –1\n  implements\n    compute x\n"
    "      {a: ‘quoted’, b: input.b × 2, c: “it is ” + input.a}\n",
    "half_a_let": STEPS + "    compute x\n      let factor\n      {b: 1}\n    compute y\n      2\n",
    "half_a_clause": STEPS + '    compute x\n      {b: 1}\n  verifies\n    test "one"\n'
    '      expect\n    test "two"\n      given {a: "x"}\n      expect {b: 1}\n',
    "open_brace": STEPS + "    compute x\n      {a: [1, 2], b: f(3\n    compute y\n      2\n",
    "tabs": STEPS + "\t\tcompute x\n\t\t\t1\n",
    "five_faults": "machine m\n  accepts\n    a text\n  responds with\n    b as\n  ensures\n"
    "    permissions\n      allowd to\n        reason\n  implements\n    compute x\n"
    '      {b: 1 +}\n  expresses\n    websocket\n      path "/x"\n',
    "older_spellings": "machine m\n  accepts\n    a as string required\n    b as list(text)\n"
    "    c as object default nil\n  ensures\n    allowed to\n      llm_call, machine.call\n"
    '  implements\n    ask q using "a:b"\n      with task\n        "x"\n    decide d\n'
    "      if a\n        1\n      else if b\n        2\n      else\n        3\n"
    '  expresses\n    api\n      path: "/x"\n      authentication: "session"\n',
    "unsupported": STEPS + '    goto there\n    wait for "x"\n      a b c\n    compute y\n      1\n'
    '  stores\n    a b c\n  expresses\n    a2a\n      path: "/x"\n    publishes "x"\n',
}

CURED = [
    "older_spellings",
    "tabs",
    "field_with_colon",
    "misspelt_step",
    "option_without_colon",
    "half_a_phrase",
    "equals_in_condition",
    "foreign_operators",
    "pasted_quotes",
    "text_from_a_mail",
]


@pytest.mark.parametrize("name", FAULTS)
def test_message(name: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if UPDATE:
        path.write_text(shown(FAULTS[name]), "utf-8")
    assert shown(FAULTS[name]) == path.read_text("utf-8")


@pytest.mark.parametrize("name", FAULTS)
def test_messages_speak_of_the_program_alone(name: str) -> None:
    words = shown(FAULTS[name]).lower()
    for word in ("lark", "python", "token", "terminal", "dedent", "grammar", "parser"):
        assert word not in words


def test_five_faults_are_five_findings() -> None:
    assert [found.code for found in errors(FAULTS["five_faults"])] == [
        "K0002",
        "K0003",
        "K0020",
        "K0004",
        "K0002",
    ]


@pytest.mark.parametrize("name", CURED)
def test_the_fixes_cure(name: str) -> None:
    cured = fixed(FAULTS[name])
    assert findings(cured) == []
    assert parse(source(cured)).tree == parse(source(FAULTS[name])).tree


def test_every_fix_of_an_older_spelling_is_safe() -> None:
    hints = [f for f in findings(FAULTS["older_spellings"]) if f.code == "K0019"]
    assert len(hints) >= 12
    assert all(fix.safe for hint in hints for fix in hint.fixes)


def test_a_field_without_its_type_still_has_its_name() -> None:
    machine = parse(source(FAULTS["field_without_type"])).tree.machines[0]
    accepts = machine.sections[0]
    assert isinstance(accepts, tree.Accepts)
    assert [(f.name.text, f.type is None) for f in accepts.fields] == [
        ("a", False),
        ("b", True),
        ("c", False),
    ]


def test_what_follows_a_fault_is_read() -> None:
    machine = parse(source(FAULTS["operator_without_value"])).tree.machines[0]
    implements = machine.sections[1]
    assert isinstance(implements, tree.Implements)
    names = [step.name.text for step in implements.steps if isinstance(step, tree.Compute)]
    assert names == ["x", "y"]


@pytest.mark.parametrize("code", [c for c in CODES.values() if c.code.startswith("K00")])
def test_the_examples_of_the_registry(code: object) -> None:
    entry = CODES[code.code]  # type: ignore[attr-defined]  # parametrize erases the type
    assert [found.code for found in findings(entry.wrong)] == [entry.code]
    assert findings(entry.right) == []


def test_findings_come_in_order() -> None:
    found = findings(FAULTS["five_faults"])
    assert all(a.span <= b.span for a, b in pairwise(found))
