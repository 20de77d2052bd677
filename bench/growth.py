"""How what the compiler takes grows with a program: longer, wider, deeper than anybody writes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.compiling import command, program
from bench.scale import MACHINE

ROUNDS = 3
LEVELS = 200
FIELDS = (2_500, 5_000, 10_000)
MACHINES = (100, 300, 1_000)
UNITS = (30, 300, 3_000)


def lines() -> Iterator[str]:
    """What was found, a line each: processor time, the median of a few rounds."""
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        for units in UNITS:
            text = program(units)
            count = text.count("\n")
            took = _took(folder, text, "check")
            yield f"check of {count:>7,} lines: {took:6.2f} s, {took / count * 1e6:4.0f} µs a line"
        for count in MACHINES:
            text = "\n".join(MACHINE.format(number=number) for number in range(count))
            took = _took(folder, text, "build", "-o", "out")
            yield f"build of {count:>7,} machines: {took:6.2f} s, {took / count * 1e3:.1f} ms each"
        for count in FIELDS:
            took = _took(folder, wide(count), "check")
            yield f"check of {count:>7,} fields: {took:6.2f} s, {took / count * 1e6:4.0f} µs each"
        took = _took(folder, deep(LEVELS), "check")
        yield f"check of lists in each other, {LEVELS} levels: {took:.2f} s"


def wide(fields: int) -> str:
    """A machine that accepts so many fields."""
    names = "".join(f"    field_{number} as text\n" for number in range(fields))
    return f"machine wide\n  accepts\n{names}{_REST}"


def deep(levels: int) -> str:
    """A machine that accepts lists of lists."""
    return f"machine deep\n  accepts\n    a as {'list of ' * levels}text\n{_REST}"


_REST = """\
  responds with
    n as integer
  implements
    compute answer
      {n: 1}
"""


def _took(folder: Path, text: str, *arguments: str) -> float:
    (folder / "grown.kanvas").write_text(text, encoding="utf-8")
    verb, *options = arguments
    run = command(folder, verb, "grown.kanvas", *options)
    return median(run().cpu for _ in range(ROUNDS))
