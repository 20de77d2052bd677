"""The output contract: every field is supplied, on every path, with a type that fits."""

from __future__ import annotations

import pytest

from tests.diagnostics.programs import codes, findings

HEAD = (
    "machine m\n  accepts\n    n as integer is required\n    maybe as text\n"
    "  responds with\n    {output}\n  implements\n{steps}"
)
ARMS = "    decide d\n      when input.n > 1\n        {first}\n      otherwise\n        {second}\n"


def program(output: str, steps: str) -> str:
    return HEAD.format(output=output, steps=steps)


def compute(value: str) -> str:
    return f"    compute c\n      {value}\n"


SUPPLIED = {
    "by name": ("b as integer", compute("{b: input.n}")),
    "by name, with more beside it": ("b as integer", compute("{b: input.n, rest: true}")),
    "widened": ("b as number", compute("{b: input.n}")),
    "widened to decimal": ("b as decimal", compute("{b: input.n}")),
    "from a step": ("b as integer from c", compute("input.n")),
    "from a field of a step": ("b as integer from c.x", compute("{x: input.n}")),
    "from a step's field of the same name": ("b as integer from c", compute("{b: input.n}")),
    "on both paths": ("b as text", ARMS.format(first='{b: "x"}', second='{b: "y"}')),
    "on both paths, of one wider type": (
        "b as number",
        ARMS.format(first="{b: 1}", second="{b: 0.5}"),
    ),
    "on one path, being optional": (
        "b as text is optional",
        ARMS.format(first='{b: "x"}', second="{}"),
    ),
    "on one path, with a default": (
        'b as text, default: "z"',
        ARMS.format(first='{b: "x"}', second="{}"),
    ),
    "without an otherwise, being optional": (
        "b as integer is optional",
        "    decide d\n      when input.n > 1\n        {b: 1}\n",
    ),
    "without an otherwise, with a default": (
        "b as integer, default: 0",
        "    decide d\n      when input.n > 1\n        {b: 1}\n",
    ),
    "through the last step of an arm": (
        "b as integer",
        ARMS.format(first="compute x\n          {b: 1}", second="{b: 2}"),
    ),
    "null, being optional": ("b as text is optional", compute("{b: input.maybe}")),
    "narrowed by a condition": (
        "b as text",
        "    decide d\n      when input.maybe is not null\n        {b: input.maybe}\n"
        '      otherwise\n        {b: ""}\n',
    ),
    "as the machine's value": ("b as integer", "    {b: input.n}\n"),
}

LACKING = {
    "nowhere": ("b as integer", compute("{c: input.n}"), "K3001"),
    "a bare value": ("b as integer", compute("input.n"), "K3001"),
    "only in an earlier step": (
        "b as integer",
        "    compute first\n      {b: input.n}\n    compute second\n      {x: steps.first.b}\n",
        "K3001",
    ),
    "not on the first path": ("b as text", ARMS.format(first="{}", second='{b: "x"}'), "K3002"),
    "not on the last path": ("b as text", ARMS.format(first='{b: "x"}', second="{}"), "K3002"),
    "not where no arm is taken": (
        "b as integer",
        "    decide d\n      when input.n > 1\n        {b: 1}\n",
        "K3002",
    ),
    "of another type": ("b as text", compute("{b: input.n}"), "K3002"),
    "maybe null": ("b as text", compute("{b: input.maybe}"), "K2003"),
    "from a step that may not run": (
        "b as integer from x",
        "    decide d\n      when input.n > 1\n        compute x\n          1\n",
        "K3002",
    ),
    "from no step": ("b as integer from y", compute("{b: input.n}"), "K1002"),
    "narrower than it is": ("b as integer", compute("{b: input.n / 2}"), "K3002"),
}


@pytest.mark.parametrize(("output", "steps"), SUPPLIED.values(), ids=SUPPLIED)
def test_an_output_is_supplied(output: str, steps: str) -> None:
    assert codes(program(output, steps)) == []


@pytest.mark.parametrize(("output", "steps", "code"), LACKING.values(), ids=LACKING)
def test_an_output_is_not_supplied(output: str, steps: str, code: str) -> None:
    assert codes(program(output, steps)) == [code]


def test_the_finding_stands_where_the_value_is_written() -> None:
    text = program("b as text", compute("{b: input.n}"))
    (found,) = findings(text)
    assert text[found.span.start : found.span.end] == "input.n"
    (declared,) = found.related
    assert text[declared.span.start : declared.span.end] == "b"


def test_the_arm_that_lacks_an_output_is_shown() -> None:
    text = program("b as text", ARMS.format(first='{b: "x"}', second="{c: 1}"))
    (found,) = findings(text)
    assert text[found.related[0].span.start : found.related[0].span.end] == "{c: 1}"


def test_a_faulty_step_is_the_only_finding() -> None:
    """Outputs that it would have supplied are not missed as well."""
    assert codes(program("b as integer", compute("{b: input.nn}"))) == ["K1003"]
    assert codes(program("b as integer", compute("nothing_like_it"))) == ["K1001"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("compute one\n      {b: input.l [0]}\n", ["K0001"]),
        ("compute one\n      {b: 1}\n    compute two\n      {b: input.l [0]}\n", ["K0001"]),
        (
            "compute one\n      {b: input.l [0]}\n    compute two\n      {c: 1}\n",
            ["K0001"],
        ),
    ],
    ids=["the only step", "the last step", "a step before the last one"],
)
def test_nothing_is_said_of_outputs_where_a_step_could_not_be_read(
    step: str, expected: list[str]
) -> None:
    head = "machine m\n  accepts\n    l as list of integer is required\n  responds with\n"
    assert codes(f"{head}    b as integer\n  implements\n    {step}") == expected
