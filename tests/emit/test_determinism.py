"""The same program gives the same bytes, wherever and whenever it is built."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.emit.test_hostile_texts import written

OTHER = """
machine second
  accepts
    a as integer
  responds with
    b as list of text
  implements
    compute one
      let words = ["x", "y"].map(w => {word: w, size: w.length})
      {b: words.filter(w => w.size > 0).map(w => w.word)}
"""


def built(folder: Path, seed: str) -> dict[str, bytes]:
    folder.mkdir(parents=True)
    (folder / "app.kanvas").write_text(written("x") + OTHER, encoding="utf-8")
    command = [sys.executable, "-m", "kanvasc", "build", "app.kanvas", "-o", "out"]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{seed}"}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    out = folder / "out"
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_two_builds_are_equal(tmp_path: Path) -> None:
    first = built(tmp_path / "one", "1")
    second = built(tmp_path / "a longer name" / "two", "2")
    assert first == second
    assert not any(str(tmp_path).encode() in content for content in first.values())
