"""A finding a line, for people in a hurry and for `grep`."""

from __future__ import annotations

from kanvasc.diagnostics.run import Run
from kanvasc.diagnostics.text import clean


def document(run: Run) -> str:
    """`file:line:column: severity[code]: title`."""
    lines: list[str] = []
    for source, found in run.findings():
        place = source.position(found.span.start)
        head = f"{clean(source.path)}:{place.line}:{place.column}"
        lines.append(f"{head}: {found.severity}[{found.code}]: {clean(found.title)}\n")
    return "".join(lines)
