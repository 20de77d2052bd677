"""What `kanvasc check` does: every diagnostic of every file.

It knows nothing of options, so that a plain `kanvasc check` need not load what parses them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from kanvasc.cli.exits import Exit
from kanvasc.cli.progress import shown
from kanvasc.cli.reading import STDIN, compilations, programs, read
from kanvasc.cli.terminal import style_of
from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.diagnostics.run import ERRORS, Run
from kanvasc.pipeline import Compilation
from kanvasc.records import dataclass
from kanvasc.source import Source

if TYPE_CHECKING:
    from kanvasc.fixing import Fixed

Found = Sequence[tuple[Source, tuple[Diagnostic, ...]]]


class Format(StrEnum):
    """Each is a module of `kanvasc.diagnostics` with a function `document`."""

    text = "text"
    concise = "concise"
    json = "json"
    github = "github"
    gitlab = "gitlab"
    sarif = "sarif"
    junit = "junit"


FOR_PEOPLE = frozenset({Format.text, Format.concise, Format.github})
"""Formats that end in a log, where a count below them helps; others are documents."""


class Deny(StrEnum):
    warnings = "warnings"
    hints = "hints"


FATAL = {
    None: ERRORS,
    Deny.warnings: ERRORS | {Severity.WARNING},
    Deny.hints: frozenset(Severity),
}


@dataclass(frozen=True, slots=True)
class Check:
    """All programs, once."""

    paths: list[str]
    format: Format = Format.text
    fatal: frozenset[Severity] = ERRORS
    stdin_filename: str = STDIN

    def print(self) -> int:
        return self._conclude(_found(self._sources()), sys.stdout)

    def fix(self) -> int:
        """Standard input goes to standard output as it is when it is fixed."""
        from kanvasc.cli.fixing import write

        fixed = self._fixed()
        for path, (source, after) in zip(programs(self.paths), fixed, strict=True):
            if path == "-":
                sys.stdout.write(after.source.text)
            elif after.source.text != source.text:
                write(source, after)
        sys.stdout.flush()
        stream = sys.stderr if "-" in self.paths else sys.stdout
        code = self._conclude(_found([after.source for _, after in fixed]), stream)
        self._say_fixes(fixed, "fixed")
        return code

    def print_difference(self) -> int:
        """What is left to do by hand is only counted: `check` alone shows it."""
        from kanvasc.cli.fixing import difference

        fixed = self._fixed()
        changes = [difference(source, after.source) for source, after in fixed]
        sys.stdout.write("".join(changes))
        sys.stdout.flush()
        run = self._run(_found([after.source for _, after in fixed]))
        self._say_fixes(fixed, "would be fixed")
        _print_counts(run, "after that: " if any(changes) else "")
        return Exit.PROBLEMS if run.failed or any(changes) else Exit.CLEAN

    def _sources(self) -> list[Source]:
        return [read(path, stdin_filename=self.stdin_filename) for path in programs(self.paths)]

    def _fixed(self) -> list[tuple[Source, Fixed]]:
        from kanvasc.fixing import fix_all

        return [
            (source, fix_all(source, lambda each: Compilation(each).diagnostics))
            for source in self._sources()
        ]

    def _run(self, found: Found) -> Run:
        return Run(tuple(found), Path.cwd(), self.fatal)

    def _conclude(self, found: Found, stream: TextIO) -> int:
        run = self._run(found)
        _print(run, self.format, stream)
        if self.format in FOR_PEOPLE:
            _print_counts(run)
        return Exit.PROBLEMS if run.failed else Exit.CLEAN

    def _say_fixes(self, fixed: list[tuple[Source, Fixed]], done: str) -> None:
        from kanvasc.diagnostics.text import plural

        count = sum(len(after.titles) for _, after in fixed)
        files = sum(bool(after.titles) for _, after in fixed)
        if count and self.format in FOR_PEOPLE:
            said = f"{plural(count, 'problem')} {done} in {plural(files, 'file')}"
            sys.stderr.write(f"{said}\n")


def _print(run: Run, format: Format, stream: TextIO) -> None:
    if format is Format.text:
        from kanvasc.diagnostics import text

        written = text.document(run, style_of(stream))
    else:
        written = import_module(f"kanvasc.diagnostics.{format}").document(run)
    stream.write(written)
    stream.flush()


def _print_counts(run: Run, when: str = "") -> None:
    from kanvasc.diagnostics.text import summary

    sys.stderr.write(f"{when}{summary(run.counts, len(run.programs))}\n")


def _found(sources: Sequence[Source]) -> Found:
    return by_file(compilations(sources), sources)


def by_file(programs: Sequence[Compilation], named: Sequence[Source] = ()) -> Found:
    """The findings of several programs, those in a file that several of them use once. The files
    that were named come first, in their order."""
    found: dict[int, tuple[Source, dict[Diagnostic, None]]] = {
        id(source): (source, {}) for source in named
    }
    for program in shown(programs, "checking"):
        for source, diagnostics in program.findings:
            _, there = found.setdefault(id(source), (source, {}))
            there.update(dict.fromkeys(diagnostics))
    return [
        (source, tuple(sorted(there, key=lambda one: one.span))) for source, there in found.values()
    ]


def print_text(found: Found, *, to_stdout: bool) -> None:
    """Findings as text; the count goes to standard error."""
    run = Run(tuple(found), Path.cwd())
    _print(run, Format.text, sys.stdout if to_stdout else sys.stderr)
    _print_counts(run)
