"""Each fix, applied to the program that it is offered for, removes the finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from kanvasc.diagnostics import CODES, Diagnostic, Fix, Severity
from kanvasc.link import Sources
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.diagnostics.programs import FOLDERS, WRONG, Inside, compiled

PROGRAMS = {path.stem: compiled(path).source.text for path in [*WRONG, *FOLDERS]} | {
    f"{entry.code}-registered": entry.wrong
    for entry in CODES.values()
    if not entry.code.startswith("K0")
}


FOLDER_OF = {path.stem: path for path in FOLDERS}


def findings(name: str, text: str) -> tuple[Diagnostic, ...]:
    """What is said of a program's first file, once it reads so."""
    folder = FOLDER_OF.get(name)
    sources = None if folder is None else Sources(Inside(folder))
    return Compilation(Source("app.kanvas", text), sources).diagnostics


def offered() -> Iterator[tuple[str, Diagnostic, Fix]]:
    for name, text in PROGRAMS.items():
        for found in findings(name, text):
            for fix in found.fixes:
                yield name, found, fix


FIXES = list(offered())
fixes = pytest.mark.parametrize(
    ("name", "found", "fix"),
    FIXES,
    ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(FIXES)],
)


def applied(text: str, fix: Fix) -> str:
    """The program with the fix's edits made, from the last to the first."""
    for edit in sorted(fix.edits, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def summary(found: Diagnostic) -> tuple[str, str]:
    return found.code, found.title


@fixes
def test_a_fix_removes_its_finding(name: str, found: Diagnostic, fix: Fix) -> None:
    before = Counter(map(summary, findings(name, PROGRAMS[name])))
    after = Counter(map(summary, findings(name, applied(PROGRAMS[name], fix))))
    assert after[summary(found)] == before[summary(found)] - 1


@fixes
def test_a_safe_fix_adds_no_finding(name: str, found: Diagnostic, fix: Fix) -> None:
    if fix.safe:
        before = Counter(map(summary, findings(name, PROGRAMS[name])))
        after = Counter(map(summary, findings(name, applied(PROGRAMS[name], fix))))
        assert after <= before


@fixes
def test_no_fix_breaks_the_syntax(name: str, found: Diagnostic, fix: Fix) -> None:
    before = findings(name, PROGRAMS[name])
    after = findings(name, applied(PROGRAMS[name], fix))
    assert _unreadable(after) <= _unreadable(before)


def _unreadable(found: tuple[Diagnostic, ...]) -> Counter[str]:
    return Counter(
        one.title for one in found if one.code.startswith("K0") and one.severity is Severity.ERROR
    )


def test_fixes_are_titled_and_do_something() -> None:
    assert len(FIXES) > 60
    for name, _, fix in FIXES:
        assert fix.title.strip()
        assert fix.edits
        assert applied(PROGRAMS[name], fix) != PROGRAMS[name]
