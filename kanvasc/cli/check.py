"""`kanvasc check`: every diagnostic of every file."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from kanvasc.cli.exits import Exit
from kanvasc.cli.reading import programs, read
from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.pipeline import Compilation
from kanvasc.source import Source

Found = Sequence[tuple[Source, tuple[Diagnostic, ...]]]


class Format(StrEnum):
    text = "text"
    json = "json"


class Deny(StrEnum):
    warnings = "warnings"


def check(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, or - for standard input.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How findings are printed.")] = Format.text,
    deny: Annotated[Deny | None, typer.Option(help="Let warnings fail the check, too.")] = None,
    stdin_filename: Annotated[str, typer.Option(help="What to call standard input.")] = "<stdin>",
) -> int:
    """Check programs and print what is wrong with them."""
    sources = [read(path, stdin_filename=stdin_filename) for path in programs(files or ["."])]
    found = [(source, Compilation(source).diagnostics) for source in sources]
    if format is Format.json:
        from kanvasc.diagnostics.json import document

        sys.stdout.write(document(found))
    else:
        print_text(found, to_stdout=True)
    fatal = {Severity.ERROR, Severity.WARNING} if deny else {Severity.ERROR}
    bad = any(d.severity in fatal for _, diagnostics in found for d in diagnostics)
    return Exit.PROBLEMS if bad else Exit.CLEAN


def print_text(found: Found, *, to_stdout: bool) -> None:
    """Findings as text; the count goes to standard error."""
    from kanvasc.diagnostics.text import Style, render, summary

    stream = sys.stdout if to_stdout else sys.stderr
    terminal = stream.isatty()
    width = min(shutil.get_terminal_size().columns, 100) if terminal else 80
    for source, diagnostics in found:
        stream.write(render(source, diagnostics, Style(terminal, width)))
    stream.flush()
    counts = Counter(d.severity for _, diagnostics in found for d in diagnostics)
    totals = {severity: counts[severity] for severity in Severity}
    sys.stderr.write(f"{summary(totals, len(found))}\n")
