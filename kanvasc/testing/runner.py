"""Builds programs into a folder of their own, and has the runtime run their tests there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from kanvasc.testing.cases import Suite
from kanvasc.testing.results import Result, place, result

TESTS = "tests.json"


class CannotBuild(Exception):
    """There is no room or no right to write where temporary files go; the text says which."""


class RuntimeEnded(Exception):
    """The runtime ended before it had said what became of every test."""


def run(suites: Sequence[Suite]) -> Iterator[Result]:
    """Runs all tests in one process of the runtime; each result as soon as it is there.

    The folder is a temporary one: two runs at once never meet, and nothing is left behind.
    Raises CannotBuild and RuntimeEnded.
    """
    filled = [suite for suite in suites if suite.cases]
    if not filled:
        return
    with ExitStack() as stack:
        try:
            home = Path(stack.enter_context(TemporaryDirectory(prefix="kanvasc-test-")))
            folders = [_write(suite, home / str(number)) for number, suite in enumerate(filled)]
        except OSError as fault:
            raise CannotBuild(f"cannot build the tests: {fault.strerror or fault}") from None
        yield from _results(filled, folders)


def _write(suite: Suite, folder: Path) -> Path:
    """The machines alone: nothing is served here. The tests are data beside them."""
    files = suite.compilation.files
    machines = {path: text for path, text in files.items() if path.startswith("machines/")}
    tests = {"tests": [case.data for case in suite.cases]}
    # A decimal travels as text, as in every answer; everything else is JSON's own.
    machines[TESTS] = json.dumps(tests, default=str, allow_nan=False).encode()
    for path, content in machines.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def _results(suites: list[Suite], folders: list[Path]) -> Iterator[Result]:
    # -P: a file beside the program must not be taken for a module of the same name.
    command = [sys.executable, "-P", "-m", "kanvas_runtime", "test", *map(str, folders)]
    due = [
        (number, index) for number, suite in enumerate(suites) for index in range(len(suite.cases))
    ]
    said = 0
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                number, index = due[said]
                if place(line) != (number, index):
                    raise RuntimeEnded(f"the runtime speaks of another test: {line}")
                said += 1
                yield result(line, suites[number].cases[index])
        finally:
            if said < len(due):
                process.kill()
    if said < len(due):
        raise RuntimeEnded(f"the runtime ended with {process.returncode} after {said} tests")
