"""Did-you-mean: near names, by kind, and silence where none is near."""

from __future__ import annotations

import pytest

from kanvasc.names import closest, did_you_mean
from tests.diagnostics.programs import findings


@pytest.mark.parametrize(
    ("word", "meant"),
    [("nmae", "name"), ("NAME", "name"), ("names", "name"), ("adress", "address"), ("zzz", None)],
)
def test_the_nearest_name(word: str, meant: str | None) -> None:
    assert closest(word, ["name", "address", "amount"]) == meant


def test_without_a_near_name_there_are_the_names_that_there_are() -> None:
    assert did_you_mean("zzz", ["a_b", "c_d"], "steps") == "the steps here: `a_b`, `c_d`"
    assert did_you_mean("zzz", [f"n{n}" for n in range(9)], "steps").endswith("`n5`, …")
    assert did_you_mean("zzz", [], "steps") == "there are no steps here"


PROGRAM = (
    "type reading\n  value as number\n\nmachine m\n  accepts\n    total as {type}\n"
    "    limit as integer is required\n  responds with\n    b as integer\n  implements\n"
    "    compute total_of\n      input.limit\n    compute c\n      {{b: {value}}}\n"
)


@pytest.mark.parametrize(
    ("type_", "value", "meant"),
    [
        ("readin", "1", "reading"),
        ("text", "steps.total", "total_of"),
        ("text", "input.limt", "limit"),
        ("text", "Math.max(input.limit, stepss.total_of)", "steps"),
        ("text", "Math.abss(input.limit)", "Math.abs"),
    ],
    ids=["a type", "a step", "a field", "a root", "a function"],
)
def test_each_kind_is_offered_its_own_kind(type_: str, value: str, meant: str) -> None:
    (found,) = findings(PROGRAM.format(type=type_, value=value))
    assert found.help == f"did you mean `{meant}`?"
