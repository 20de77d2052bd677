"""K0xxx, syntax and layout."""

from __future__ import annotations

from typing import Literal

from kanvasc.diagnostics.registry import Code

_HEAD = "machine m\n  accepts\n    a as text is required\n  responds with\n    b as text\n"
_STEPS = _HEAD + "  implements\n"
_RIGHT = _STEPS + "    compute b_step\n      {b: input.a}\n"
_DECIDED = (
    _STEPS
    + '    decide kind\n      when input.a == "x"\n        "first"\n      otherwise\n'
    + '        "other"\n    compute b_step\n      {b: steps.kind}\n'
)


def _code(
    code: str,
    title: str,
    why: str,
    wrong: str,
    right: str = _RIGHT,
    severity: Literal["error", "warning", "hint"] = "error",
) -> Code:
    return Code(code, severity, title, why, wrong, right)


def _computing(value: str) -> str:
    return f"{_STEPS}    compute b_step\n      {value}\n"


CODES: tuple[Code, ...] = (
    _code(
        "K0001",
        "Something does not fit here",
        "Words have their places: sections in a machine, fields and steps in their sections.",
        _RIGHT.replace("machine m", "hello\nmachine m"),
    ),
    _code(
        "K0002",
        "A sign or a joining word is missing",
        "Fields are written `name as type`, options `name: value`, lists with commas; "
        "the sign tells the one from the other.",
        _RIGHT.replace("b as text", "b text"),
    ),
    _code(
        "K0003",
        "A name or a type is missing",
        "Every step has a name, by which later steps find its value; every field has a type.",
        _RIGHT.replace("compute b_step", "compute"),
    ),
    _code(
        "K0004",
        "A value is missing",
        "An operator, a `let`, an option and a `compute` each need a value behind them.",
        _computing("{b: input.a + }"),
    ),
    _code(
        "K0005",
        "A bracket has no partner",
        "Inside brackets line ends do not count, so an open one would swallow what follows.",
        _computing("{b: input.a"),
    ),
    _code(
        "K0006",
        "A text is not closed",
        'A text between `"` ends on its line; one over several lines stands between `"""`.',
        _computing('{b: "none}'),
        _computing('{b: "none"}'),
    ),
    _code(
        "K0007",
        "A character that the language does not know",
        "Programs pasted from mail or a web page often bring other quotes and spaces with them.",
        _computing("{b: “none”}"),
        _computing('{b: "none"}'),
    ),
    _code(
        "K0008",
        "An unknown escape in a text",
        'In a text, `\\` begins one of `\\n` `\\t` `\\r` `\\"` `\\\\` `\\$` `\\u{…}`.',
        _computing('{b: "a\\qb"}'),
        _computing('{b: "a\\\\qb"}'),
    ),
    _code(
        "K0009",
        "A number is written in an unknown way",
        'Numbers are decimal; durations and sizes are texts, such as `"30s"` and `"64KB"`.',
        _computing("{b: toText(1_000)}"),
        _computing("{b: toText(1000)}"),
    ),
    _code(
        "K0010",
        "An operator or a comment of another language",
        "Each operation has one spelling, so that programs read alike.",
        _computing('{b: input.a === "x" ? "y" : "z"}'),
        _computing('{b: input.a == "x" ? "y" : "z"}'),
    ),
    _code(
        "K0011",
        "A tab in the indentation",
        "Indentation decides where a body ends, and a tab is as wide as each editor likes.",
        _RIGHT.replace("    compute", "\t\tcompute"),
    ),
    _code(
        "K0012",
        "A step on the line of its opener",
        "What belongs to such a step would be hard to tell from what follows it.",
        _DECIDED.replace('"x"\n        "first"', '"x" compute first_one\n          "first"'),
        _DECIDED,
    ),
    _code(
        "K0013",
        "A body is missing",
        "Behind `when`, `otherwise`, `for each` and their like stands what is to be done.",
        _DECIDED.replace('        "first"\n', ""),
        _DECIDED,
    ),
    _code(
        "K0014",
        "A second body",
        "A body stands on the line of its opener or below it, never in both places.",
        _DECIDED.replace('"x"\n        "first"', '"x" "first"\n        "second"'),
        _DECIDED,
    ),
    _code(
        "K0015",
        "A second value in a body",
        "A body's value is its last line; a value before it would be lost silently.",
        _DECIDED.replace('        "first"\n', '        "first"\n        "second"\n'),
        _DECIDED,
    ),
    _code(
        "K0023",
        "An `on failure` that is not at the end",
        "It speaks of the whole body that it ends: in the middle, it could be read as meant for "
        "the steps before it, or for one.",
        _STEPS + "    compute b_step\n      {b: input.a}\n    on failure\n"
        '      {b: "none"}\n    compute c_step\n      {b: input.a}\n',
        _STEPS + "    compute b_step\n      {b: input.a}\n    compute c_step\n"
        '      {b: input.a}\n    on failure\n      {b: "none"}\n',
    ),
    _code(
        "K0016",
        "A word of the language as a name",
        "Such a name would be read as the beginning of something else.",
        _STEPS + "    compute b_step\n      let when = input.a\n      {b: input.a}\n",
    ),
    _code(
        "K0017",
        "Nested too deeply",
        "Beyond a certain depth neither people nor tools can follow.",
        _computing("{b: " + "(" * 160 + "input.a" + ")" * 160 + "}"),
    ),
    _code(
        "K0018",
        "Indentation that contradicts the words",
        "Where a line belongs is told by its words; indentation that tells otherwise misleads.",
        _RIGHT.replace("    b as text", "  b as text"),
        severity="warning",
    ),
    _code(
        "K0019",
        "An older spelling",
        "It is understood, but one spelling for one thing makes programs easier to read.",
        _RIGHT.replace("b as text", "b as string"),
        severity="hint",
    ),
    _code(
        "K0020",
        "A misspelt word of the language",
        "Only the exact word begins a section, a step or an arm.",
        _RIGHT.replace("compute", "compte"),
    ),
    _code(
        "K0022",
        "An unknown kind of action",
        "An action reaches outside, so only kinds that can be governed exist.",
        _STEPS
        + '    action fetched htp\n      url: "https://example.com"\n'
        + "    compute b_step\n      {b: input.a}\n",
    ),
    _code(
        "K0021",
        "An expression in a text that cannot be read",
        "`${` and `}` hold one expression, whose value becomes part of the text.",
        _computing('{b: "a ${} b"}'),
        _computing('{b: "a ${input.a} b"}'),
    ),
)
