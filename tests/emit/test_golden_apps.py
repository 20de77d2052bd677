"""The output for whole programs, file by file, as it was read and found good.

`python -m tests.emit.test_golden_apps` writes the files anew; what changed is then to be read.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnostics.programs import compiled as compile_folder
from tests.soundness.running import errors
from tests.soundness.test_generated_python import check

APPS = Path(__file__).parents[1] / "golden" / "apps"
NAMES = sorted(path.parent.name for path in APPS.glob("*/app.kanvas"))
KEPT = ("app.py", "machines/")


def fresh(name: str) -> dict[str, str]:
    """The Python of an app."""
    compiled = compile_folder(APPS / name)
    assert not errors(compiled), errors(compiled)
    files = compiled.files.items()
    return {path: content.decode() for path, content in files if path.startswith(KEPT)}


@pytest.mark.parametrize("name", NAMES)
def test_the_output_is_the_one_that_was_read(name: str) -> None:
    golden = {
        path.relative_to(APPS / name).as_posix(): path.read_text(encoding="utf-8")
        for path in (APPS / name).rglob("*.py")
    }
    assert fresh(name) == golden


@pytest.mark.parametrize("name", NAMES)
def test_the_tools_take_it(name: str, tmp_path: Path) -> None:
    for path, text in fresh(name).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    check(tmp_path, "machines", "app.py")


def rewrite() -> None:
    for name in NAMES:
        for old in (APPS / name).rglob("*.py"):
            old.unlink()
        for path, text in fresh(name).items():
            target = APPS / name / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    rewrite()
