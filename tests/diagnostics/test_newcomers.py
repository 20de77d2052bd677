"""Of one mistake there is one finding, at its place, that says what to write."""

from __future__ import annotations

from functools import cache

from kanvasc.diagnostics import Diagnostic
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.diagnostics.newcomers import MISTAKES, PROGRAM

SHARE = 0.9
"""Of the mistakes; the others show in two places, or far from where they are."""


def place(written: str) -> int:
    """The line of the first difference."""
    lines = zip(PROGRAM.split("\n"), written.split("\n"), strict=False)
    return next(number for number, (one, other) in enumerate(lines, 1) if one != other)


@cache
def findings(written: str) -> tuple[Diagnostic, ...]:
    return Compilation(Source("app.kanvas", written)).diagnostics


def is_told(written: str) -> bool:
    """By one finding, on its line or the next one to it, with what to write."""
    found = findings(written)
    if len(found) != 1:
        return False
    source = Source("app.kanvas", written)
    near = abs(source.line_of(found[0].span.start) - place(written)) <= 1
    return near and bool(found[0].help or found[0].fixes)


def test_the_program_is_right() -> None:
    assert findings(PROGRAM) == ()


def test_each_mistake_is_found() -> None:
    for ours, theirs in MISTAKES:
        assert ours in PROGRAM
        assert findings(PROGRAM.replace(ours, theirs, 1)), theirs


def test_most_are_told_once_where_they_are() -> None:
    written = [PROGRAM.replace(ours, theirs, 1) for ours, theirs in MISTAKES]
    told = sum(map(is_told, written))
    assert told >= SHARE * len(MISTAKES), f"{told} of {len(MISTAKES)}"
