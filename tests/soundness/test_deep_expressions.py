"""However deep an expression is: it runs, or there is one clear finding."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.soundness.running import compilation, errors

KINDS: dict[str, Callable[[int], str]] = {
    "sum": lambda n: " + ".join(["input.a"] * n),
    "text": lambda n: " + ".join(['"a"'] * n),
    "and": lambda n: " and ".join(["input.b"] * n),
    "coalesce": lambda n: " ?? ".join(["input.c"] * n),
    "brackets": lambda n: "(" * n + "input.a" + ")" * n,
    "lists": lambda n: "[" * n + "1" + "]" * n,
    "maps": lambda n: "{a: " * n + "1" + "}" * n,
    "not": lambda n: "not " * n + "input.b",
    "minus": lambda n: "-(" * n + "input.a" + ")" * n,
    "else": lambda n: "input.b ? 1 : " * n + "2",
    "then": lambda n: "input.b ? " * n + "2" + " : 1" * n,
    "calls": lambda n: "Math.abs(" * n + "input.a" + ")" * n,
    "methods": lambda n: '"a"' + ".trim()" * n,
    "members": lambda n: "input.d" + ".a" * n,
    "interpolation": lambda n: '"${' * n + "input.a" + '}"' * n,
}


def written(expression: str) -> str:
    return (
        "machine deep\n  accepts\n    a as integer is required\n    b as boolean is required\n"
        "    c as integer\n    d as any\n  responds with\n    out as any is optional\n"
        f"  implements\n    compute answer\n      {{out: {expression}}}\n"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [10, 20])
def test_what_a_person_writes_is_compiled(kind: str, depth: int) -> None:
    compiled = compilation(written(KINDS[kind](depth)))
    assert not errors(compiled)
    compile(compiled.files["machines/deep.py"], "deep.py", "exec")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [100, 150, 200, 1000, 5000])
def test_what_nobody_can_read_is_compiled_or_refused(kind: str, depth: int) -> None:
    compiled = compilation(written(KINDS[kind](depth)))
    if not errors(compiled):
        compile(compiled.files["machines/deep.py"], "deep.py", "exec")
        return
    assert "K0017" in {found.code for found in errors(compiled)}
