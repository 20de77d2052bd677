"""GitLab's code quality report: a JSON array that merge requests show beside their lines."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from kanvasc.diagnostics.diagnostic import Diagnostic, Severity
from kanvasc.diagnostics.run import Run, fingerprint, numbered, prose, relative
from kanvasc.source import Position, Source

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.HINT: "info"}


def document(run: Run) -> str:
    """One array, ended by a line end."""
    prints = numbered(fingerprint(source, found, run.base) for source, found in run.findings())
    whole = [
        _issue(run, source, found, *print_)
        for (source, found), print_ in zip(run.findings(), prints, strict=True)
    ]
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _issue(run: Run, source: Source, found: Diagnostic, print_: str, number: int) -> dict[str, Any]:
    return {
        "check_name": found.code,
        "description": found.title,
        "content": {"body": prose(found)},
        "categories": ["Bug Risk" if found.severity is Severity.ERROR else "Style"],
        "severity": _SEVERITIES[found.severity],
        # GitLab takes two issues with one fingerprint for one.
        "fingerprint": sha256(f"{print_}:{number}".encode()).hexdigest()[:32],
        "location": {
            "path": relative(source.path, run.base),
            "positions": {
                "begin": _place(source.position(found.span.start)),
                "end": _place(source.position(found.span.end)),
            },
        },
    }


def _place(position: Position) -> dict[str, int]:
    return {"line": position.line, "column": position.column}
