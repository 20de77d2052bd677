"""`kanvasc test` as a user starts it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.e2e.apps import kanvasc

DOUBLE = """machine double
  accepts
    n as integer is required, range: [0, 100]
  responds with
    twice as integer
    half as decimal
    words as list of object {text as text, size as integer}
  implements
    compute both
      {twice: input.n * 2, half: toDecimal(input.n) / 2, words: [{text: "one", size: 3}]}
"""
"""A program without tests: each test adds its own."""

JUDGE = """machine judge
  accepts
    passage as text is required
  responds with
    tone as text
    score as decimal
  ensures
    permissions
      allowed to reason
  implements
    ask look, using: "anthropic:claude-opus-4-8"
      with task "How does ${input.passage} sound?"
      returns
        tone as text
        score as decimal
"""


def write(folder: Path, text: str, name: str = "app.kanvas") -> Path:
    """A program."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def verifies(*tests: str) -> str:
    """The section of the tests, each a title and its clauses, one a line."""
    lines = ["  verifies\n"]
    for test in tests:
        title, *clauses = test.splitlines()
        lines += [f'    test "{title}"\n', *(f"      {clause.strip()}\n" for clause in clauses)]
    return "".join(lines)


def run(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The real command."""
    return kanvasc("test", *map(str, arguments), cwd=cwd)


def outcomes(output: str) -> dict[str, str]:
    """Name of a test → `ok` or `failed`."""
    words = [line.split(maxsplit=3) for line in output.splitlines() if line.startswith("  ")]
    return {each[3]: each[0] for each in words if each[0] in ("ok", "failed") and len(each) == 4}
