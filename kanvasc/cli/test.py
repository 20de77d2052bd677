"""`kanvasc test`: the tests and examples of programs, offline."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanvasc.cli.checking import Found, by_file, print_text
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.reading import compilations, programs, read
from kanvasc.cli.terminal import has_colour
from kanvasc.cli.watching import again
from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.records import dataclass, field

if TYPE_CHECKING:
    from kanvasc.diagnostics.text import Style
    from kanvasc.testing.cases import Suite
    from kanvasc.testing.results import Result
    from kanvasc.testing.selection import Chosen


def run_tests(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, or - for standard input.")
    ] = None,
    k: Annotated[
        str,
        typer.Option(
            "-k",
            metavar="EXPR",
            help="Only tests whose file, machine or title contain this; and, or, not, ( ).",
        ),
    ] = "",
    watch: Annotated[bool, typer.Option("--watch", help="Run again after each change.")] = False,
    junit: Annotated[
        Path | None, typer.Option(metavar="F", help="Write the results as JUnit XML, too.")
    ] = None,
) -> int:
    """Run the tests of programs, offline."""
    from kanvasc.testing import selection

    try:
        chosen = selection.parse(k) if k.strip() else selection.everything
    except selection.SelectionError as wrong:
        raise UsageError(str(wrong)) from None
    paths = files or ["."]
    if watch:
        return again(paths, lambda: _Round(paths, chosen, junit).run())
    return _Round(paths, chosen, junit).run()


@dataclass
class _Round:
    """All tests of all programs, once."""

    paths: list[str]
    chosen: Chosen
    junit: Path | None
    started: float = field(default_factory=time.perf_counter)

    def run(self) -> int:
        from kanvasc.testing.cases import Suite, cases, each_once
        from kanvasc.testing.runner import CannotBuild

        made = compilations([read(path) for path in programs(self.paths)])
        wrong = by_file([each for each in made if not each.ok])
        # Why programs have no tests that could run.
        if wrong:
            print_text(wrong, to_stdout=False)
        listed = each_once((each, cases(each)) for each in made if each.ok)
        suites = [Suite(each, tuple(filter(self.chosen, found))) for each, found in listed]
        left = sum(len(found) for _, found in listed) - sum(len(s.cases) for s in suites)
        if left and not any(suite.cases for suite in suites):
            raise UsageError(f"-k means none of the {left} tests")
        try:
            results = self._results(suites)
        except CannotBuild as wrong_place:
            raise UsageError(str(wrong_place)) from None
        faulty = [(source, found) for source, found in wrong if _has_errors(found)]
        files = {id(source) for each in made for source, _ in each.findings}
        self._conclude(results, faulty, left, len(files))
        if any(result.ours for result in results):
            return Exit.BUG
        failed = wrong or not all(result.passed for result in results)
        return Exit.PROBLEMS if failed else Exit.CLEAN

    def _results(self, suites: list[Suite]) -> list[Result]:
        """Each is printed as it comes, which is also all the progress that there is to show."""
        from kanvasc.testing import report, runner

        style = _style()
        results: list[Result] = []
        path = None
        for result in runner.run(suites):
            if result.case.path != path:
                path = result.case.path
                typer.echo(report.heading(path, style))
            typer.echo(report.line(result, style))
            results.append(result)
        return results

    def _conclude(self, results: list[Result], wrong: Found, left: int, files: int) -> None:
        from kanvasc.testing import report

        seconds = time.perf_counter() - self.started
        for result in results:
            if not result.passed:
                typer.echo(f"\n{report.failure(result, _style())}")
        totals = report.Totals(files, len(wrong), left, seconds)
        typer.echo(
            f"\n{report.summary(results, totals)}" if results else report.summary((), totals)
        )
        if self.junit is not None:
            self._write_junit(self.junit, results, wrong, seconds)

    def _write_junit(self, path: Path, results: list[Result], wrong: Found, seconds: float) -> None:
        from kanvasc.testing.junit import document

        try:
            path.write_bytes(document(results, wrong, seconds))
        except OSError as fault:
            raise UsageError(f"cannot write {path}: {fault.strerror}") from None


def _style() -> Style:
    from kanvasc.diagnostics.text import Style

    return Style(colour=has_colour(sys.stdout))


def _has_errors(found: Sequence[Diagnostic]) -> bool:
    return any(one.severity is Severity.ERROR for one in found)
