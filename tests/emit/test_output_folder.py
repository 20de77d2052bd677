"""`kanvasc build` on folders as they are: old ones, foreign ones, broken ones."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

ONE = 'machine one\n  expresses\n    websocket\n      path: "/ws/one"\n'
TWO = ONE.replace("one", "two")


def build(folder: Path, *options: str, under: Sequence[str] = ()) -> CompletedProcess[str]:
    command = [*under, sys.executable, "-m", "kanvasc", "build", "app.kanvas", "-o", "out"]
    command += options
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fresh")
    (folder / "app.kanvas").write_text(ONE, encoding="utf-8")
    assert build(folder).returncode == 0
    return folder


@pytest.fixture
def folder(fresh: Path, tmp_path: Path) -> Path:
    """A folder with a program that was built into `out`."""
    return shutil.copytree(fresh, tmp_path / "copy")


def times(folder: Path) -> dict[str, int]:
    out = folder / "out"
    return {str(p.relative_to(out)): p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file()}


def test_only_what_changed_is_written(folder: Path) -> None:
    before = times(folder)
    again = build(folder)
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to write" in again.stderr
    assert times(folder) == before
    (folder / "app.kanvas").write_text(ONE.replace("/ws/one", "/ws/other"), encoding="utf-8")
    assert build(folder).returncode == 0
    after = times(folder)
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {"README.md", "app.py", "contract/asyncapi.json", "manifest.json"}


def test_the_manifest_lists_what_is_ours(folder: Path) -> None:
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert set(manifest["files"]) == set(times(folder)) - {"manifest.json"}


def test_stale_files_of_ours_go_and_foreign_ones_stay(folder: Path) -> None:
    (folder / "out" / "machines" / "mine.py").write_text("x = 1\n")
    (folder / "out" / "notes.txt").write_text("mine")
    (folder / "app.kanvas").write_text(TWO, encoding="utf-8")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    there = set(times(folder))
    assert "machines/two.py" in there
    assert not {"machines/one.py", "contract/one.schema.json"} & there
    assert {"machines/mine.py", "notes.txt"} <= there


def test_check_writes_nothing_and_tells(folder: Path) -> None:
    assert build(folder, "--check").returncode == 0
    (folder / "app.kanvas").write_text(TWO, encoding="utf-8")
    before = times(folder)
    done = build(folder, "--check")
    assert done.returncode == 1
    assert "machines/two.py is not current" in done.stderr
    assert "machines/one.py is not current" in done.stderr
    assert times(folder) == before


def test_check_of_a_folder_that_is_not_there(folder: Path) -> None:
    done = build(folder, "--check", "-o", "nowhere")
    assert done.returncode == 1
    assert not (folder / "nowhere").exists()


@pytest.mark.parametrize("program", [ONE, ONE + "// a comment\n", TWO])
def test_a_file_that_was_edited_stops_the_build(folder: Path, program: str) -> None:
    edited = folder / "out" / "machines" / "one.py"
    edited.write_text(edited.read_text() + "# by hand\n")
    (folder / "app.kanvas").write_text(program, encoding="utf-8")
    before = times(folder)
    done = build(folder)
    assert done.returncode == 2
    assert "one.py" in done.stderr
    assert "--force" in done.stderr
    assert times(folder) == before
    assert build(folder, "--force").returncode == 0
    assert not edited.exists() or "by hand" not in edited.read_text()


def test_a_foreign_file_in_the_way_stops_the_build(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "app.py").write_text("mine\n")
    assert build(folder, "-o", "other").returncode == 2
    assert os.listdir(folder / "other") == ["app.py"]
    assert build(folder, "-o", "other", "--force").returncode == 0
    assert "Service" in (folder / "other" / "app.py").read_text()


def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    (folder / "taken").write_text("mine")
    for options in ((), ("--force",), ("--check",)):
        done = build(folder, "-o", "taken", *options)
        assert done.returncode == 2
        assert "is a file, not a folder" in done.stderr
    assert (folder / "taken").read_text() == "mine"


def test_a_folder_where_a_file_should_be(folder: Path) -> None:
    (folder / "out" / "app.py").unlink()
    (folder / "out" / "app.py").mkdir()
    (folder / "out" / "app.py" / "mine").touch()
    done = build(folder, "--force")
    assert done.returncode == 2
    assert "app.py" in done.stderr
    assert (folder / "out" / "app.py" / "mine").exists()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"files": []}', '{"files": 1}', '{"schema": 1}', "\xff"]
)
def test_a_damaged_manifest_is_told(folder: Path, content: str) -> None:
    (folder / "out" / "manifest.json").write_bytes(content.encode("latin-1"))
    (folder / "app.kanvas").write_text(TWO, encoding="utf-8")
    done = build(folder)
    assert done.returncode == 2
    assert "manifest.json is damaged" in done.stderr
    assert (folder / "out" / "machines" / "one.py").exists()
    forced = build(folder, "--force")
    assert forced.returncode == 0, forced.stderr
    assert (folder / "out" / "machines" / "two.py").exists()


@pytest.mark.parametrize("path", ["../victim", "/victim", "machines/../../victim", "link/victim"])
def test_a_hostile_manifest_deletes_nothing_outside(folder: Path, path: str) -> None:
    victim = folder / "victim"
    victim.write_text("precious")
    (folder / "out" / "link").symlink_to(folder)
    manifest = folder / "out" / "manifest.json"
    content = json.loads(manifest.read_text())
    listed = str(victim) if path == "/victim" else path
    content["files"][listed] = hashlib.sha256(b"precious").hexdigest()
    manifest.write_text(json.dumps(content))
    (folder / "app.kanvas").write_text(TWO, encoding="utf-8")
    for options in ((), ("--force",)):
        build(folder, *options)
        assert victim.read_text() == "precious"


def bound_by_modes() -> Sequence[str]:
    """A prefix for commands that a file's mode stops; root is stopped by none otherwise."""
    return () if os.geteuid() else ("setpriv", "--bounding-set", "-dac_override")


def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    (folder / "out").chmod(0o500)
    (folder / "app.kanvas").write_text(TWO, encoding="utf-8")
    done = build(folder, under=bound_by_modes())
    (folder / "out").chmod(0o700)
    assert done.returncode == 2
    assert "cannot write" in done.stderr


def test_a_program_with_errors_leaves_the_folder_alone(folder: Path) -> None:
    before = times(folder)
    (folder / "app.kanvas").write_text("machine one\n  accepts\n    a as nothing\n")
    assert build(folder).returncode == 1
    assert times(folder) == before


def test_nothing_is_left_behind_by_a_failed_write(folder: Path) -> None:
    (folder / "out" / "machines").rename(folder / "kept")
    (folder / "out" / "machines").write_text("mine")
    done = build(folder)
    assert done.returncode == 2
    assert not [path for path in times(folder) if path.endswith(".new")]
