"""`check --fix` and `check --diff`: what is written, what is left alone, and what is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kanvasc.cli.fixing import with_line_ends
from tests.checks.test_check_command import check, write

OLDER = "machine m\n  accepts\n    a as string\n    b as text, default nil\n"
OLDER_AND_WRONG = OLDER.replace(", default nil", "") + "    c as txt\n"
NEWER = "machine m\n  accepts\n    a as text\n    b as text\n"


def test_fix_makes_safe_fixes_and_says_what_is_left(tmp_path: Path) -> None:
    path = write(tmp_path, "app.kanvas", OLDER_AND_WRONG)
    ended = check("app.kanvas", "--fix", cwd=tmp_path)
    assert path.read_text() == OLDER_AND_WRONG.replace("string", "text")
    assert ended.returncode == 1
    assert ended.stdout.startswith(b"error[K1007]: There is no type `txt`\n")
    assert b"hint" not in ended.stdout
    assert ended.stderr == b"1 error in 1 file\n1 problem fixed in 1 file\n"


def test_fix_writes_only_what_changes(tmp_path: Path) -> None:
    right = write(tmp_path, "right.kanvas", NEWER)
    wrong = write(tmp_path, "wrong.kanvas", OLDER_AND_WRONG.replace("    c as txt\n", ""))
    right.chmod(0o444)
    before = right.stat().st_mtime_ns
    ended = check(".", "--fix", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert right.stat().st_mtime_ns == before
    assert wrong.read_text() == NEWER


def test_diff_shows_the_change_and_makes_none(tmp_path: Path) -> None:
    path = write(tmp_path, "app.kanvas", OLDER_AND_WRONG)
    ended = check("app.kanvas", "--diff", cwd=tmp_path)
    assert path.read_text() == OLDER_AND_WRONG
    assert ended.returncode == 1
    assert b"-    a as string\n+    a as text\n" in ended.stdout
    assert ended.stdout.startswith(b"--- app.kanvas\n+++ app.kanvas\n")
    said = b"1 problem would be fixed in 1 file\nafter that: 1 error in 1 file\n"
    assert ended.stderr == said


def test_diff_can_be_applied_as_a_patch(tmp_path: Path) -> None:
    path = write(tmp_path, "app.kanvas", OLDER_AND_WRONG.rstrip("\n"))
    patch = check("app.kanvas", "--diff", cwd=tmp_path).stdout
    assert b"\\ No newline at end of file\n" in patch
    subprocess.run(["patch", "-p0", "-s"], cwd=tmp_path, input=patch, check=True)
    assert path.read_text() == OLDER_AND_WRONG.rstrip("\n").replace("string", "text")


def test_diff_of_a_sound_program_is_empty_and_exits_with_0(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", NEWER)
    ended = check("app.kanvas", "--diff", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert ended.stderr == b"no problems in 1 file\n"


def test_standard_input_comes_out_fixed(tmp_path: Path) -> None:
    given = OLDER_AND_WRONG.encode()
    ended = check("-", "--fix", "--stdin-filename", "a.kanvas", cwd=tmp_path, given=given)
    assert ended.stdout == given.replace(b"string", b"text")
    assert ended.returncode == 1
    assert "╭─ a.kanvas:5:10" in ended.stderr.decode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_a_byte_order_mark_stay(tmp_path: Path, ends: str, mark: str) -> None:
    before = mark + OLDER_AND_WRONG.replace("\n", ends)
    path = write(tmp_path, "app.kanvas", before.encode())
    check("app.kanvas", "--fix", cwd=tmp_path)
    assert path.read_bytes() == before.replace("string", "text").encode()


@pytest.mark.parametrize(
    ("written", "text", "result"),
    [
        ("a\r\nb\nc\r\n", "a\nB\nc\n", "a\r\nB\r\nc\r\n"),
        ("a\r\nb\nc\n", "a\nb\nC\n", "a\r\nb\nC\n"),
        ("a\r\nb", "a\nB", "a\r\nB"),
        ("a\r\nb\r\n", "a\n", "a\r\n"),
        ("a\nb\n", "x\nb\n", "x\nb\n"),
    ],
)
def test_lines_keep_their_own_ends(written: str, text: str, result: str) -> None:
    assert with_line_ends(written, text) == result


def test_a_file_that_is_no_utf_8_is_left_alone(tmp_path: Path) -> None:
    content = OLDER_AND_WRONG.encode() + b"// caf\xe9\n"
    path = write(tmp_path, "app.kanvas", content)
    ended = check("app.kanvas", "--fix", cwd=tmp_path)
    assert path.read_bytes() == content
    assert ended.returncode == 2
    assert ended.stderr == b"kanvasc: app.kanvas is not written in UTF-8, so it is not changed\n"


def test_watching_only_looks(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", OLDER)
    for option in ("--fix", "--diff"):
        ended = check("app.kanvas", "--watch", option, cwd=tmp_path)
        assert ended.returncode == 2
        assert b"--watch only looks" in ended.stderr
