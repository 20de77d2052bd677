"""GitHub's workflow commands: a log that holds them annotates the lines of a pull request."""

from __future__ import annotations

from kanvasc.diagnostics.diagnostic import Diagnostic, Severity
from kanvasc.diagnostics.run import Run, prose, relative
from kanvasc.source import Source

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "notice"}
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"},
)
"""Whoever writes a program can write what it says, and must not write a command."""


def document(run: Run) -> str:
    """`::error file=…,line=…,col=…,endColumn=…,title=…::…`, a line each."""
    return "".join(_command(run, source, found) for source, found in run.findings())


def _command(run: Run, source: Source, found: Diagnostic) -> str:
    start, end = source.position(found.span.start), source.position(found.span.end)
    properties = {
        "file": relative(source.path, run.base),
        "line": start.line,
        # Only where it differs: columns are shown for places within one line.
        **({"endLine": end.line} if end.line != start.line else {}),
        "col": start.column,
        "endColumn": end.column,
        "title": f"{found.code} {found.title}",
    }
    listed = ",".join(
        f"{name}={str(value).translate(_IN_PROPERTIES)}" for name, value in properties.items()
    )
    return f"::{_COMMANDS[found.severity]} {listed}::{prose(found).translate(_IN_DATA)}\n"
