"""`kanvasc fmt` as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MESSY = "machine m\naccepts a   as text\n"
TIDY = "machine m\n  accepts\n    a as text\n"


def fmt(*arguments: str, given: bytes = b"", cwd: Path | None = None) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "kanvasc", "fmt", *arguments],
        input=given,
        capture_output=True,
        cwd=cwd,
        timeout=60,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "app.kanvas"
    path.write_text(MESSY, encoding="utf-8")
    return path


def test_a_file_is_laid_out_and_keeps_its_mode(program: Path) -> None:
    program.chmod(0o640)
    assert fmt(str(program)) == (0, "", "1 file formatted\n")
    assert program.read_text("utf-8") == TIDY
    assert program.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in program.parent.iterdir()] == ["app.kanvas"]


def test_a_file_that_is_right_is_not_written(program: Path) -> None:
    program.write_text(TIDY, encoding="utf-8")
    os.utime(program, (1, 1))
    assert fmt(str(program)) == (0, "", "1 file as it should be\n")
    assert program.stat().st_mtime == 1


def test_a_link_stays_a_link(program: Path) -> None:
    link = program.with_name("link.kanvas")
    link.symlink_to(program)
    assert fmt(str(link))[0] == 0
    assert link.is_symlink()
    assert program.read_text("utf-8") == TIDY


def test_check_names_what_would_change(program: Path) -> None:
    (program.parent / "tidy.kanvas").write_text(TIDY, encoding="utf-8")
    code, out, err = fmt("--check", ".", cwd=program.parent)
    assert (code, out) == (1, "app.kanvas\n")
    assert err == "1 file would change, 1 file as it should be\n"
    assert program.read_text("utf-8") == MESSY
    program.write_text(TIDY, encoding="utf-8")
    assert fmt("--check", ".", cwd=program.parent) == (0, "", "2 files as they should be\n")


def test_diff_shows_what_would_change(program: Path) -> None:
    code, out, _ = fmt("--diff", "app.kanvas", cwd=program.parent)
    assert code == 1
    assert out.splitlines() == [
        "--- app.kanvas",
        "+++ app.kanvas",
        "@@ -1,2 +1,3 @@",
        " machine m",
        "-accepts a   as text",
        "+  accepts",
        "+    a as text",
    ]
    assert program.read_text("utf-8") == MESSY


def test_standard_input_goes_to_standard_output() -> None:
    assert fmt("-", given=MESSY.encode()) == (0, TIDY, "")
    assert fmt("-", "--check", given=MESSY.encode())[:2] == (1, "<stdin>\n")
    assert fmt("-", "--check", "--stdin-filename", "a.kanvas", given=MESSY.encode())[1] == (
        "a.kanvas\n"
    )
    assert fmt("-", given=b"") == (0, "", "")


def test_other_line_ends_and_a_byte_order_mark_go(program: Path) -> None:
    program.write_bytes(b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode())
    assert fmt("--check", str(program))[0] == 1
    assert fmt(str(program))[0] == 0
    assert program.read_bytes() == TIDY.encode()


def test_errors_are_left_and_said(program: Path) -> None:
    text = MESSY + " responds with\n  b as as text 4\n"
    code, out, err = fmt("-", given=text.encode())
    assert code == 0
    assert out == TIDY + "\n responds with\n  b as as text 4\n"
    assert err == (
        "<stdin>: a part with errors left as written; `kanvasc check` says what is wrong\n"
    )


def test_what_cannot_be_read_is_wrong_use(tmp_path: Path, program: Path) -> None:
    assert fmt(str(tmp_path / "none.kanvas"))[0] == 2
    program.write_bytes(b"machine m\n\xff\n")
    code, _, err = fmt(str(program))
    assert (code, err) == (2, f"kanvasc: {program} is not UTF-8 (byte 10)\n")
    assert fmt("-", given=b"\xff")[0] == 2
    assert fmt("--wrong")[0] == 2
    (tmp_path / "empty").mkdir()
    assert fmt(str(tmp_path / "empty"))[0] == 2


def test_a_bug_of_ours_touches_nothing(program: Path, tmp_path: Path) -> None:
    """A printer that loses a comment: the net under it holds."""
    program.write_text("// lost\n" + MESSY, encoding="utf-8")
    other = tmp_path / "other.kanvas"
    other.write_text(MESSY, encoding="utf-8")
    script = (
        "import sys\nfrom kanvasc.format import api, printer\nfrom kanvasc.cli.main import main\n"
        "class Forgetful(printer.Printer):\n"
        "    def __init__(self, written, comments=()):\n"
        "        super().__init__(written, ())\n"
        "api.Printer = Forgetful\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "fmt", str(program), str(other)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3
    assert "this is a bug in kanvasc" in done.stderr
    detail = Path(done.stderr.rstrip().rsplit(" ", 1)[1])
    assert "comments lost: ['// lost']" in detail.read_text("utf-8")
    detail.unlink()
    assert program.read_text("utf-8") == "// lost\n" + MESSY
    assert other.read_text("utf-8") == TIDY


def test_formatting_loads_no_server_and_no_templates(program: Path) -> None:
    script = (
        "import sys\nfrom kanvasc.cli.main import _main\ncode = _main()\n"
        "heavy = {'fastapi', 'anthropic', 'pygls', 'uvicorn', 'jinja2', 'starlette', 'rich'}\n"
        "print(sorted(heavy & set(sys.modules)), code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "fmt", str(program)], capture_output=True, text=True
    )
    assert done.stdout == "[] 0\n"
