"""The tests of a program as data: what the runtime is given, and what a report calls them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kanvasc.pipeline import Compilation
from kanvasc.records import dataclass
from kanvasc.types import constants
from kanvasc.types.program import TypedMachine, TypedTest

EXAMPLE = "for example"


@dataclass(frozen=True, slots=True)
class Case:
    """One test. `path` and `line` are where it stands; `data` is JSON for the runtime."""

    machine: str
    title: str
    path: str
    line: int
    data: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is called among the tests of its file."""
        return f"{self.machine}: {self.title}"


@dataclass(frozen=True, slots=True)
class Suite:
    """A program without errors, and those of its tests that are to run."""

    compilation: Compilation
    cases: tuple[Case, ...]

    @property
    def path(self) -> str:
        return self.compilation.source.path


def cases(compilation: Compilation) -> tuple[Case, ...]:
    """All tests of a program, machine by machine, in the order of the program.

    Raises ValueError for a program with errors.
    """
    planned = zip(compilation.program.machines, compilation.plan.machines, strict=True)
    return tuple(case for machine, plan in planned for case in _of(machine, plan.module))


def each_once(
    programs: Iterable[tuple[Compilation, tuple[Case, ...]]],
) -> list[tuple[Compilation, tuple[Case, ...]]]:
    """The tests of a file that several programs use belong to the first of those."""
    found: list[tuple[Compilation, tuple[Case, ...]]] = []
    seen: set[str] = set()
    for program, listed in programs:
        found.append((program, tuple(case for case in listed if case.path not in seen)))
        seen |= {unit.source.path for unit in program.units}
    return found


def _of(machine: TypedMachine, module: str) -> Iterator[Case]:
    source, examples = machine.source, 0
    for test in machine.tests:
        title = test.title
        if test.example:
            examples += 1
            title = EXAMPLE if examples == 1 else f"{EXAMPLE} {examples}"
        line = source.line_of(test.span.start)
        yield Case(machine.name, title, source.path, line, _data(test, module))


def _data(test: TypedTest, module: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "module": module,
        "assuming": {step: constants.evaluate(answer) for step, answer in test.assuming},
        "fails": dict(test.fails),
        "expect": [constants.evaluate(wanted) for wanted in test.expect],
        "error": test.expect_error,
        "now": test.now,
        "approval": test.approval or "approved",
    }
    if test.given is not None:
        data["given"] = constants.evaluate(test.given)
    if test.push is not None:
        data["push"] = constants.evaluate(test.push)
    return data
