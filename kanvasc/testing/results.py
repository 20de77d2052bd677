"""What became of tests, as the runtime says it: one line of JSON for each."""

from __future__ import annotations

import json
from typing import Any

from kanvasc.records import dataclass
from kanvasc.testing.cases import Case


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an answer departs from what was expected. `absent`: there was no value at all."""

    path: str
    expected: Any
    got: Any
    absent: bool


@dataclass(frozen=True, slots=True)
class Result:
    """`problem` is a sentence; `ours`: the fault is neither the program's nor the test's."""

    case: Case
    seconds: float
    differences: tuple[Difference, ...] = ()
    problem: str | None = None
    ours: bool = False

    @property
    def passed(self) -> bool:
        return not self.differences and self.problem is None


def place(line: str) -> tuple[int, int]:
    """Which test a line is about: its folder and its place there, from 0."""
    said = json.loads(line)
    return said["folder"], said["test"]


def result(line: str, case: Case) -> Result:
    """What a line says about the test that it is about."""
    said = json.loads(line)
    differences = tuple(
        Difference(each["path"], each["expected"], each.get("got"), "got" not in each)
        for each in said["differences"]
    )
    return Result(case, said["seconds"], differences, said["problem"], said["ours"])
