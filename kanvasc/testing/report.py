"""What became of the tests, for people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from kanvasc.diagnostics.text import Style, clean, plural
from kanvasc.records import dataclass
from kanvasc.testing.results import Difference, Result

_WIDEST = 120
"""Characters of a value that are shown; of a longer one, those around the first departure."""
_BEFORE = 40


@dataclass(frozen=True, slots=True)
class Totals:
    """`wrong`: programs with errors, whose tests could not run; `left`: tests that -k left out."""

    files: int
    wrong: int
    left: int
    seconds: float


def line(result: Result, style: Style) -> str:
    """One test: how it ended, the time it took, its name."""
    word = style.paint("ok    ", "32") if result.passed else style.paint("failed", "1;31")
    return f"  {word} {_time(result.seconds):>8}  {clean(result.case.name)}"


def heading(path: str, style: Style) -> str:
    """Before the tests of a file."""
    return style.paint(clean(path), "1")


def failure(result: Result, style: Style) -> str:
    """Where a failed test stands, and what came instead of what it expects."""
    case = result.case
    lines = [style.paint(f"{clean(case.path)}:{case.line}: {clean(case.name)}", "1")]
    if result.problem is not None:
        lines.append(f"  {clean(result.problem)}")
    for difference in result.differences:
        lines += _difference(difference, style)
    return "\n".join(lines)


def reason(result: Result) -> str:
    """The first thing that is wrong, on one line."""
    if result.problem is not None:
        return clean(result.problem)
    first = result.differences[0]
    expected, got = _pair(first)
    return f"{clean(first.path)}: expected {expected}, got {got}"


def summary(results: Sequence[Result], totals: Totals) -> str:
    """`3 tests in 1 file: 1 failed, 2 passed (0.42 s)`."""
    failed = sum(not result.passed for result in results)
    parts = [f"{failed} failed"] if failed else []
    parts += [f"{len(results) - failed} passed"] if len(results) > failed else []
    parts += [f"{totals.left} left out"] if totals.left else []
    parts += [f"{plural(totals.wrong, 'file')} with errors"] if totals.wrong else []
    counted = f"{plural(len(results), 'test')} in {plural(totals.files, 'file')}"
    return f"{counted}{': ' if parts else ''}{', '.join(parts)} ({totals.seconds:.2f} s)"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _difference(difference: Difference, style: Style) -> list[str]:
    expected, got = _pair(difference)
    return [
        f"  {clean(difference.path)}",
        f"    expected  {style.paint(expected, '32')}",
        f"    got       {style.paint(got, '31')}",
    ]


def _pair(difference: Difference) -> tuple[str, str]:
    """Both values on a line each, long ones from shortly before the place where they part."""
    expected = _json(difference.expected)
    if difference.absent:
        return expected[:_WIDEST], "nothing: it is not there"
    got = _json(difference.got)
    parted = next(
        (at for at, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b),
        min(len(expected), len(got)),
    )
    start = max(0, parted - _BEFORE) if max(len(expected), len(got)) > _WIDEST else 0
    counted = isinstance(difference.expected, list) and isinstance(difference.got, list)
    return (
        _window(expected, start) + (_items(difference.expected) if counted else ""),
        _window(got, start) + (_items(difference.got) if counted else ""),
    )


def _items(value: Any) -> str:
    """Only lists of different lengths are compared as a whole."""
    return f"  ({plural(len(value), 'item')})"


def _json(value: Any) -> str:
    return clean(json.dumps(value, ensure_ascii=False))


def _window(text: str, start: int) -> str:
    part = text[start : start + _WIDEST]
    return f"{'…' if start else ''}{part}{'…' if len(text) > start + _WIDEST else ''}"
