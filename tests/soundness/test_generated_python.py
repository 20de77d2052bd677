"""The output passes ruff and `mypy --strict`, whatever the program is."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ruff import find_ruff_bin

from tests.soundness.choosing import Seeded
from tests.soundness.programs import program
from tests.soundness.running import compilation, errors

RULES = "E4,E7,E9,F,I,UP,B,SIM"


def build(folder: Path, seeds: range) -> None:
    """One app of a machine for each seed; those that test for null in vain are left out."""
    (folder / "machines").mkdir()
    (folder / "machines" / "__init__.py").touch()
    for seed in seeds:
        compiled = compilation(program(Seeded(seed), f"m{seed}").text)
        if not errors(compiled):
            path = f"machines/m{seed}.py"
            (folder / path).write_bytes(compiled.files[path])


@cache
def _cache() -> TemporaryDirectory[str]:
    """What mypy knows of the runtime and of libraries, for all apps that this process checks."""
    return TemporaryDirectory(prefix="mypy-")


def check(folder: Path, *targets: str) -> None:
    """Raises AssertionError with what a tool said."""
    config = folder / "mypy.ini"
    config.write_text(f"[mypy]\nstrict = True\ncache_dir = {_cache().name}\n")
    mypy = [sys.executable, "-m", "mypy", "--config-file", str(config)]
    ruff = [find_ruff_bin(), "check", "--isolated", "--no-cache", "--select", RULES, "."]
    layout = [find_ruff_bin(), "format", "--isolated", "--no-cache", "--check", "."]
    for command in (ruff, layout, [*mypy, *(targets or ("machines",))]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_generated_programs_pass_the_tools(tmp_path: Path) -> None:
    build(tmp_path, range(1000, 1100))
    check(tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_many_generated_programs_pass_the_tools(tmp_path: Path) -> None:
    build(tmp_path, range(2000, 4000))
    check(tmp_path)
