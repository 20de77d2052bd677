"""Each promise of governance names tests that there are."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.governed.promises import (
    approval,
    declaring,
    fuel,
    ledger,
    postgres,
    reaching,
    state,
)
from tests.governed.promises.promise import Promise

ROOT = Path(__file__).parents[2]
WRONG = Path("tests/corpus/wrong")
AREAS = (declaring, reaching, approval, state, ledger, postgres, fuel)
PROMISES: list[Promise] = [each for area in AREAS for each in area.PROMISES]


@cache
def collected(path: str) -> frozenset[str]:
    """The names of the functions in a file that pytest collects; none when it collects no file of
    this name."""
    file = ROOT / path
    if not (file.is_file() and file.name.startswith("test_") and file.suffix == ".py"):
        return frozenset()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = (
        each for each in ast.parse(file.read_text("utf-8")).body if isinstance(each, functions)
    )
    return frozenset(each.name for each in found if each.name.startswith("test_"))


def holds(node: str) -> bool:
    path, _, function = node.partition("::")
    if function:
        return function in collected(path)
    program = Path(path)
    return program.parent == WRONG and program.suffix == ".kanvas" and (ROOT / program).is_file()


def test_each_promise_is_held_by_tests_that_there_are() -> None:
    lost = [f"{each.says} {node}" for each in PROMISES for node in each.held_by if not holds(node)]
    assert not lost, "\n".join(["promises whose tests are gone:", *lost])


def test_no_promise_stands_alone() -> None:
    assert [each.says for each in PROMISES if not each.held_by] == []


def test_a_promise_is_a_sentence_that_is_said_once() -> None:
    said = Counter(each.says for each in PROMISES)
    assert [says for says, times in said.items() if times > 1] == []
    assert [says for says in said if says[:1].islower() or not says.endswith(".")] == []


@pytest.mark.parametrize(
    "node",
    [
        "tests/governed/test_promises.py::test_that_is_not_there",
        "tests/governed/test_promises.py::holds",
        "tests/governed/conftest.py::test_no_promise_stands_alone",
        "tests/nowhere/test_nothing.py::test_it",
        "tests/corpus/wrong/K0000.kanvas",
        "README.md",
    ],
)
def test_what_holds_nothing_is_seen(node: str) -> None:
    assert not holds(node)
