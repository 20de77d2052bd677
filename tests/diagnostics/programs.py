"""Wrong programs of the corpus, and what the compiler says to any program."""

from __future__ import annotations

from pathlib import Path

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.diagnostics.run import ERRORS, Run
from kanvasc.pipeline import Compilation
from kanvasc.source import Source

TESTS = Path(__file__).parents[1]
WRONG = sorted((TESTS / "corpus" / "wrong").glob("*.kanvas"))
GOLDEN = TESTS / "golden" / "messages"


def findings(text: str, path: str = "app.kanvas") -> tuple[Diagnostic, ...]:
    """All findings of a program."""
    return Compilation(Source(path, text)).diagnostics


def codes(text: str) -> list[str]:
    return [found.code for found in findings(text)]


def of(path: Path) -> Source:
    return Source(path.name, path.read_text(encoding="utf-8"))


def checked(*sources: Source, fatal: frozenset[Severity] = ERRORS) -> Run:
    """What `check` finds in programs that lie in the folder `/work` and below."""
    found = tuple((source, Compilation(source).diagnostics) for source in sources)
    return Run(found, Path("/work"), fatal)
