"""Rules over a typed program: what each reports, and what it leaves alone."""

from __future__ import annotations

import pytest

from kanvasc.checks.naming import snake
from kanvasc.checks.walk import free_names, nodes
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.syntax import tree
from tests.diagnostics.programs import codes, findings

HEAD = (
    "machine m\n  accepts\n    n as integer is required\n    many as list of integer is required\n"
)
COMPUTE = f"{HEAD}  responds with\n    b as integer\n  implements\n    compute c\n      {{lets}}\n"


def computing(*lines: str) -> str:
    return COMPUTE.format(lets="\n      ".join(lines))


READ = {
    "in the value": ["let a = 1", "{b: a}"],
    "in the next let": ["let a = 1", "let c = a", "{b: c}"],
    "in a text": ["let a = 1", '{b: "${a}".length}'],
    "in a lambda": ["let a = 1", "{b: input.many.map(x => x + a).length}"],
    "in an index": ["let a = 0", "{b: input.many[a]}"],
    "kept on purpose": ["let _a = 1", "{b: 1}"],
}
UNREAD = {
    "nowhere": ["let a = 1", "{b: 1}"],
    "only as a member": ["let n = 1", "{b: input.n}"],
    "only as a key": ["let b = 1", "{b: 2}"],
    "only as a parameter": ["let x = 1", "{b: input.many.map(x => x + 1).length}"],
}


@pytest.mark.parametrize("lines", READ.values(), ids=READ)
def test_a_let_that_is_read_is_left_alone(lines: list[str]) -> None:
    assert codes(computing(*lines)) == []


@pytest.mark.parametrize("lines", UNREAD.values(), ids=UNREAD)
def test_a_let_that_nothing_reads_is_reported(lines: list[str]) -> None:
    assert codes(computing(*lines)) == ["K1014"]


def test_a_let_before_itself_reads_nothing_of_its_own() -> None:
    assert codes(computing("let a = 1", "let c = a", "{b: 1}")) == ["K1014"]


def test_a_faulty_step_has_no_unused_lets() -> None:
    assert codes(computing("let total = 1", "{b: totl}")) == ["K1001"]


def asking(permissions: str, steps: str = "") -> str:
    return (
        "machine m\n  ensures\n    permissions\n" + permissions + "  implements\n" + steps
        if steps
        else "machine m\n  ensures\n    permissions\n" + permissions
    )


ASK = '    ask judge, using: "anthropic:claude-haiku-4-5"\n      with task "Judge"\n'
NESTED = (
    "    decide d\n      when 1 is 1\n"
    '        ask judge, using: "anthropic:claude-haiku-4-5"\n          with task "Judge"\n'
    '      otherwise\n        compute c\n          {text: "x"}\n'
)


@pytest.mark.parametrize("steps", [ASK, NESTED], ids=["step", "inside an arm"])
def test_a_permission_that_a_step_uses_is_left_alone(steps: str) -> None:
    assert codes(asking("      allowed to\n        reason\n", steps)) == []


def test_a_permission_that_no_step_uses_is_reported() -> None:
    assert codes(asking("      allowed to\n        reason\n")) == ["K4006"]
    assert codes(asking("      allowed to\n        reason, memory\n", ASK)) == ["K4006"]
    assert codes(asking("      not allowed to\n        reason\n")) == []


def test_what_could_not_be_read_may_use_a_permission() -> None:
    broken = asking("      allowed to\n        reason\n", "    ask judge, using\n")
    assert "K4006" not in codes(broken)


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("unitPrice", "unit_price"),
        ("UnitPrice", "unit_price"),
        ("HTTPServer", "http_server"),
        ("price2Net", "price2_net"),
        ("A", "a"),
        ("a__b", "a_b"),
    ],
)
def test_snake_case(written: str, better: str) -> None:
    assert snake(written) == better
    (found,) = findings(f"machine m\n  accepts\n    {written} as text\n")
    assert (found.code, found.help) == ("K1006", f"write `{better}`")


@pytest.mark.parametrize("name", ["a", "a1", "unit_price", "_private", "a_", "x_1_y"])
def test_names_that_are_left_alone(name: str) -> None:
    assert codes(f"machine m\n  accepts\n    {name} as text\n") == []


def test_names_are_kept_apart_by_more_than_capitals() -> None:
    fields = "    unit as text\n    Unit as text\n"
    assert codes(f"machine m\n  accepts\n{fields}") == ["K1013"]
    apart = "    unit as text\n    place as object {Unit as text}\n"
    assert codes(f"machine m\n  accepts\n{apart}") == ["K1006"]


def test_free_names_are_those_from_around() -> None:
    text = computing("let a = input.many.reduce((x, y) => x + y + outer, start)", "{b: a}")
    parsed = Compilation(Source("a.kanvas", text)).parsed.tree
    (let,) = [node for node in nodes(parsed) if isinstance(node, tree.Let)]
    assert free_names(let.value) == {"input", "outer", "start"}


def test_what_could_not_be_read_may_run_a_flow() -> None:
    head = "machine m\n  implements\n    compute one\n      1\n"
    flow = "    flow two\n      compute three\n        3\n"
    assert codes(f"{head}{flow}") == ["K1023"]
    assert codes(f"{head}    run ) flow(two)\n{flow}") == ["K0005"]
