"""Which machines a build says are long: those whose work the program does not bound."""

from __future__ import annotations

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source

MACHINE = """machine told
  accepts
    n as list of integer is required
  responds with
    n as integer
{ensures}  implements
{steps}
"""
CALLER = """
machine {name}
  accepts
    n as list of integer is required
  responds with
    n as integer
  ensures
    permissions
      allowed to
        call
  implements
    ask answer, from: "{callee}"
      n: input.n
"""
ANSWER = "    compute answer\n      {n: %s}"
GUARD = """  ensures
    guards
      few
        check: input.n.every(n => n > 0)
        on_violation: "block"
"""


def long(steps: str, ensures: str = "", *callers: tuple[str, str]) -> list[str]:
    """The names of the machines of the program that are."""
    text = MACHINE.format(steps=steps, ensures=ensures)
    text += "".join(CALLER.format(name=name, callee=callee) for name, callee in callers)
    compilation = Compilation(Source("app.kanvas", text))
    assert compilation.diagnostics == ()
    names = ["told", *(name for name, _ in callers)]
    files = {name: compilation.files[f"machines/{name}.py"].decode() for name in names}
    return [name for name, file in files.items() if "    long=True,\n" in file]


@pytest.mark.parametrize(
    "steps",
    [
        ANSWER % "input.n.length + input.n.sort().reverse().unique().sum()",
        ANSWER % '"input.n.map(n => n)".length',
        "    run flow(one)\n    run flow(one)\n    flow one\n" + ANSWER.replace("  ", "   ") % "1",
    ],
)
def test_what_is_done_once_is_not_long(steps: str) -> None:
    assert long(steps) == []


@pytest.mark.parametrize(
    "steps",
    [
        ANSWER % "input.n.filter(n => n > 0).length",
        "    for each n in input.n\n      compute sum\n        {m: n}\n" + ANSWER % "1",
        "    run flow(one)\n    flow one\n      compute answer\n"
        "        {n: input.n.count(n => n > 0)}",
        "    run flow(one)\n    flow one\n      run flow(two)\n      run flow(two)\n"
        "    flow two\n      compute answer\n        {n: 1}",
    ],
)
def test_what_is_done_for_each_of_many_is_long(steps: str) -> None:
    assert long(steps) == ["told"]


def test_a_guard_that_looks_at_each_of_many_makes_its_machine_long() -> None:
    assert long(ANSWER % "1", GUARD) == ["told"]


def test_who_calls_a_long_machine_is_long_itself() -> None:
    steps = ANSWER % "input.n.filter(n => n > 0).length"
    assert long(steps, "", ("caller", "told")) == ["told", "caller"]


def test_calls_of_what_calls_may_double_with_each_level() -> None:
    callers = ("one", "told"), ("two", "one"), ("three", "two")
    assert long(ANSWER % "1", "", *callers) == ["two", "three"]


def test_flows_that_run_flows_twice_are_compiled_once() -> None:
    """The work of the compiler does not double with each level."""
    levels = "".join(f"    flow f{n}\n" + f"      run flow(f{n + 1})\n" * 2 for n in range(60))
    last = "    flow f60\n      compute answer\n        {n: 1}"
    assert long("    run flow(f0)\n" + levels + last) == ["told"]
