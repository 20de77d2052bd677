"""What a person reads about a test."""

from __future__ import annotations

from typing import Any

from kanvasc.diagnostics.text import Style
from kanvasc.testing import report
from kanvasc.testing.cases import Case
from kanvasc.testing.report import Totals
from kanvasc.testing.results import Difference, Result

CASE = Case("m", "it", "a.kanvas", 7, {})
PLAIN = Style()


def shown(expected: Any, got: Any) -> list[str]:
    """The two lines of values."""
    result = Result(CASE, 0.1, (Difference("x", expected, got, absent=False),))
    return report.failure(result, PLAIN).splitlines()[2:]


def test_short_values_are_shown_whole() -> None:
    assert shown({"a": [1, None]}, "é") == [
        '    expected  {"a": [1, null]}',
        '    got       "é"',
    ]


def test_long_values_are_shown_where_they_part() -> None:
    expected, got = shown("a" * 500 + "b" + "c" * 500, "a" * 500 + "x" + "c" * 500)
    assert expected == f"    expected  …{'a' * 40}b{'c' * 79}…"
    assert got == f"    got       …{'a' * 40}x{'c' * 79}…"


def test_a_long_value_that_goes_on_is_shown_at_its_end() -> None:
    expected, got = shown("a" * 200, "a" * 200 + "tail")
    assert expected.endswith(f'{"a" * 40}"')
    assert got.endswith(f'{"a" * 40}tail"')


def test_lists_of_different_lengths_are_counted() -> None:
    assert shown([1], [1, 2]) == [
        "    expected  [1]  (1 item)",
        "    got       [1, 2]  (2 items)",
    ]


def test_a_value_that_is_not_there_is_not_null() -> None:
    result = Result(CASE, 0.1, (Difference("x", None, None, absent=True),))
    assert report.failure(result, PLAIN).splitlines()[2:] == [
        "    expected  null",
        "    got       nothing: it is not there",
    ]


def test_colour_only_where_it_is_asked_for() -> None:
    passed, failed = Result(CASE, 0.0012), Result(CASE, 1.5, problem="no")
    assert report.line(passed, PLAIN) == "  ok       1.2 ms  m: it"
    assert report.line(failed, PLAIN) == "  failed   1.50 s  m: it"
    assert report.line(passed, Style(colour=True)).startswith("  \x1b[32mok    \x1b[0m")
    assert report.line(failed, Style(colour=True)).startswith("  \x1b[1;31mfailed\x1b[0m")


def test_a_summary_names_what_there_is() -> None:
    passed, failed = Result(CASE, 0.1), Result(CASE, 0.1, problem="no")
    assert report.summary([passed], Totals(1, 0, 0, 0.25)) == (
        "1 test in 1 file: 1 passed (0.25 s)"
    )
    assert report.summary([passed, failed, failed], Totals(3, 1, 2, 1.0)) == (
        "3 tests in 3 files: 2 failed, 1 passed, 2 left out, 1 file with errors (1.00 s)"
    )
    assert report.summary([], Totals(2, 0, 0, 0.0)) == "0 tests in 2 files (0.00 s)"
