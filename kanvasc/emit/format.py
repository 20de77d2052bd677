"""Python text laid out by ruff, all files in one call."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from ruff import find_ruff_bin


def format_python(modules: dict[str, str]) -> dict[str, str]:
    """Each module's text, formatted; keys are relative paths.

    Raises RuntimeError when a text is not Python: that is our bug, never the program's.
    """
    with tempfile.TemporaryDirectory(prefix="kanvasc-") as folder:
        for path, text in modules.items():
            target = Path(folder, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        command = [find_ruff_bin(), "format", "--isolated", "--no-cache", "--quiet", "."]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"generated code is not Python: {done.stderr.strip()}")
        return {path: Path(folder, path).read_text(encoding="utf-8") for path in modules}
