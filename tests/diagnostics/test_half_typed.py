"""A line that is half written says nothing about the rest of the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kanvasc.diagnostics import Severity
from kanvasc.source import Source
from tests.diagnostics.programs import findings

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    path
    for path in sorted(ROOT.glob("examples/*/app.kanvas"))
    if "\nuses " not in f"\n{path.read_text(encoding='utf-8')}"
]
PLACES = 250
FLOOR = 0.85
"""Of all places of the cursor. At the others, what is written so far is sound and means something
else: a field without `is required` yet, a shorter name."""


def half_typed(text: str) -> Iterator[tuple[int, str]]:
    """For each place inside of a line: the line (from 1), and the program with it cut there."""
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        margin = len(line) - len(line.lstrip())
        for column in range(margin + 1, len(line)):
            yield number, text[: start + column] + text[start + len(line) :]
        start += len(line) + 1


def far(text: str, line: int) -> list[str]:
    """The errors that are not about the line or one of its neighbours."""
    source = Source("app.kanvas", text)
    return [
        f"{line}: {found.code} {found.title}"
        for found in findings(text)
        if found.severity is Severity.ERROR and abs(source.line_of(found.span.start) - line) > 1
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_errors_stay_near_the_cursor(path: Path) -> None:
    """At some hundred places of each example."""
    places = list(half_typed(path.read_text(encoding="utf-8")))
    stay_near(places[:: len(places) // PLACES + 1])


@pytest.mark.soak
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_errors_stay_near_the_cursor_anywhere(path: Path) -> None:
    stay_near(list(half_typed(path.read_text(encoding="utf-8"))))


def stay_near(places: list[tuple[int, str]]) -> None:
    told = [errors for line, text in places if (errors := far(text, line))]
    assert len(told) <= (1 - FLOOR) * len(places), "\n".join(errors[0] for errors in told[:10])


def test_other_faults_are_still_told() -> None:
    text = EXAMPLES[-1].read_text(encoding="utf-8") + "\nmachine other\n  accepts\n    a as txt\n"
    for line, cut in list(half_typed(text))[::25]:
        if line < text.count("\n") - 4:
            assert "There is no type `txt`" in [found.title for found in findings(cut)], cut
