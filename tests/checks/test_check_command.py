"""`kanvasc check` as a process: exit codes, what goes where, and what it never loads."""

from __future__ import annotations

import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from pathlib import Path

import pytest

from kanvasc.cli.checking import FOR_PEOPLE, Format

RIGHT = "machine m\n  accepts\n    a as text\n"
WRONG = "machine m\n  accepts\n    a as txt\n"
WARNED = "machine m\n  ensures\n    permissions\n      allowed to\n        reason\n"
HEAVY = ("fastapi", "anthropic", "pygls", "uvicorn", "jinja2")
SECONDS = 60


def check(
    *arguments: str, cwd: Path, given: bytes = b"", program: str | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs the command, or `program` in its place, in a pipe."""
    start = ["-m", "kanvasc"] if program is None else ["-c", program]
    return subprocess.run(
        [sys.executable, *start, "check", *arguments],
        cwd=cwd,
        input=given,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_sound_program_exits_with_0(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", RIGHT)
    ended = check("app.kanvas", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert ended.stderr == b"no problems in 1 file\n"


def test_an_error_exits_with_1_and_is_printed_to_stdout(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", WRONG)
    ended = check("app.kanvas", cwd=tmp_path)
    assert ended.returncode == 1
    assert ended.stdout.startswith(b"error[K1007]: There is no type `txt`\n")
    assert ended.stderr == b"1 error in 1 file\n"


def test_a_warning_fails_only_where_it_is_denied(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", WARNED)
    assert check("app.kanvas", cwd=tmp_path).returncode == 0
    assert check("app.kanvas", "--deny", "warnings", cwd=tmp_path).returncode == 1


def test_a_folder_stands_for_the_programs_in_it(tmp_path: Path) -> None:
    write(tmp_path, "b.kanvas", WRONG)
    write(tmp_path, "inner/a.kanvas", RIGHT)
    write(tmp_path, "notes.txt", "no program")
    for arguments in ([], ["."], ["b.kanvas", "inner"]):
        ended = check(*arguments, cwd=tmp_path)
        assert ended.returncode == 1
        assert ended.stderr == b"1 error in 2 files\n"


def test_hints_fail_only_where_they_are_denied(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", RIGHT.replace("as text", "as string"))
    assert check("app.kanvas", "--deny", "warnings", cwd=tmp_path).returncode == 0
    assert check("app.kanvas", "--deny", "hints", cwd=tmp_path).returncode == 1


def files(folder: Path, *arguments: str) -> list[str]:
    """The files in which `check` finds something, as it names them."""
    ended = check(*arguments, "--format", "concise", cwd=folder)
    assert ended.returncode == 1, ended.stderr
    return [line.split(":")[0] for line in ended.stdout.decode().splitlines()]


def test_folders_and_patterns_stand_for_programs_in_one_order(tmp_path: Path) -> None:
    for name in ("b.kanvas", "a/z.kanvas", "a/b/c.kanvas", "a.kanvas", "a/n.txt"):
        write(tmp_path, name, WRONG)
    for hidden in (".git/x.kanvas", "node_modules/x/x.kanvas", "a/.kanvas/x.kanvas"):
        write(tmp_path, hidden, WRONG)
    everything = ["a/b/c.kanvas", "a/z.kanvas", "a.kanvas", "b.kanvas"]
    assert files(tmp_path) == everything
    assert files(tmp_path, "b.kanvas", ".") == ["b.kanvas", *everything[:-1]]
    assert files(tmp_path, "./a.kanvas", "a.kanvas", str(tmp_path / "a.kanvas")) == ["./a.kanvas"]
    assert files(tmp_path, "*.kanvas") == ["a.kanvas", "b.kanvas"]
    assert files(tmp_path, "a/**/*.kanvas") == ["a/b/c.kanvas", "a/z.kanvas"]
    assert files(tmp_path, "a/*") == ["a/b/c.kanvas", "a/z.kanvas"]


def test_a_file_that_is_named_is_taken_by_any_name(tmp_path: Path) -> None:
    write(tmp_path, "draft.txt", WRONG)
    write(tmp_path, "what[1].kanvas", WRONG)
    assert files(tmp_path, "draft.txt", "what[1].kanvas") == ["draft.txt", "what[1].kanvas"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.kanvas"], b"cannot read missing.kanvas"),
        (["empty"], b"no .kanvas file in empty"),
        (["*.txt"], b"no .kanvas file fits *.txt"),
        (["-", "--watch"], b"standard input cannot be watched"),
        (["app.kanvas/inner"], b"cannot read app.kanvas/inner"),
        (["--format", "yaml", "app.kanvas"], b"yaml"),
        (["--unheard-of"], b"--unheard-of"),
    ],
    ids=["missing", "empty-folder", "pattern", "watch", "below-a-file", "format", "option"],
)
def test_wrong_use_exits_with_2(tmp_path: Path, arguments: list[str], said: bytes) -> None:
    write(tmp_path, "app.kanvas", RIGHT)
    (tmp_path / "empty").mkdir()
    ended = check(*arguments, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert said in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_standard_input_has_the_name_that_it_is_given(tmp_path: Path) -> None:
    ended = check("-", "--stdin-filename", "draft.kanvas", cwd=tmp_path, given=WRONG.encode())
    assert ended.returncode == 1
    assert "╭─ draft.kanvas:3:10" in ended.stdout.decode()
    unnamed = check("-", cwd=tmp_path, given=WRONG.encode())
    assert "╭─ <stdin>:3:10" in unnamed.stdout.decode()


@pytest.mark.parametrize(
    "content",
    [b"machine m\xff\n", WRONG.encode("utf-16"), b"\x00\x01\x02", b"\xed\xa0\x80"],
    ids=["latin-1", "utf-16", "binary", "surrogate"],
)
def test_what_is_no_utf_8_is_a_finding_in_the_file(tmp_path: Path, content: bytes) -> None:
    write(tmp_path, "app.kanvas", content)
    for format_ in ("text", "json"):
        ended = check("app.kanvas", "--format", format_, cwd=tmp_path)
        assert ended.returncode == 1
        assert b"K0" in ended.stdout
        assert b"Traceback" not in ended.stderr


def test_a_byte_order_mark_and_other_line_ends_are_no_part_of_the_program(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode())
    assert check("app.kanvas", cwd=tmp_path).returncode == 0


def test_json_is_one_document_with_all_files(tmp_path: Path) -> None:
    write(tmp_path, "a.kanvas", WRONG)
    write(tmp_path, "b.kanvas", WARNED)
    ended = check("a.kanvas", "b.kanvas", "--format", "json", cwd=tmp_path)
    told = json.loads(ended.stdout)
    assert [entry["file"] for entry in told["diagnostics"]] == ["a.kanvas", "b.kanvas"]
    assert told["summary"] == {"files": 2, "errors": 1, "warnings": 1, "hints": 0}
    assert (ended.returncode, ended.stderr) == (1, b"")


PLANTED = """
import sys
from kanvasc.pipeline import Compilation

def fail(self):
    raise RuntimeError("planted")

Compilation.findings = property(fail)
from kanvasc.cli import main

sys.argv[0] = "kanvasc"
main()
"""


def test_our_own_fault_exits_with_3_and_says_where_the_detail_is(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", RIGHT)
    ended = check("app.kanvas", cwd=tmp_path, program=PLANTED)
    said = ended.stderr.decode()
    assert (ended.returncode, ended.stdout) == (3, b"")
    assert "Traceback" not in said
    place = re.search(r"\S+kanvasc-bug-\S+\.txt", said)
    assert place is not None
    detail = Path(place[0])
    try:
        assert "RuntimeError: planted" in detail.read_text(encoding="utf-8")
    finally:
        detail.unlink()


LOADED = f"""
import sys
from kanvasc.cli.main import _main

sys.argv[0] = "kanvasc"
code = _main()
print(code, sorted(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("format_", Format)
def test_check_loads_nothing_that_it_does_not_need(tmp_path: Path, format_: str) -> None:
    write(tmp_path, "app.kanvas", WRONG)
    ended = check("app.kanvas", "--format", format_, cwd=tmp_path, program=LOADED)
    assert ended.stderr.splitlines()[-1] == b"1 []"


@pytest.mark.parametrize("format_", Format)
def test_stdout_carries_the_findings_alone(tmp_path: Path, format_: Format) -> None:
    write(tmp_path, "app.kanvas", WRONG)
    ended = check("app.kanvas", "--format", format_, cwd=tmp_path)
    assert ended.returncode == 1
    assert b"K1007" in ended.stdout
    assert b"1 error in 1 file" not in ended.stdout
    said = b"1 error in 1 file\n" if format_ in FOR_PEOPLE else b""
    assert ended.stderr == said


@pytest.mark.parametrize("format_", Format)
def test_a_file_name_without_an_encoding_is_no_fault(tmp_path: Path, format_: Format) -> None:
    name = os.fsdecode(b"caf\xe9.kanvas")
    (tmp_path / name).write_text(WRONG, encoding="utf-8")
    ended = check(".", "--format", format_, cwd=tmp_path)
    assert ended.returncode == 1
    assert b"caf" in ended.stdout


def test_a_pipe_gets_no_colour(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", WRONG)
    ended = check("app.kanvas", cwd=tmp_path)
    assert b"\x1b" not in ended.stdout + ended.stderr


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", WRONG * 400)
    command = [sys.executable, "-m", "kanvasc", "check", "app.kanvas"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(1)
        running.stdout.close()
        said = running.stderr.read()
    assert b"Traceback" not in said
    assert b"bug in kanvasc" not in said


def on_terminal(folder: Path, columns: int, *arguments: str, **variables: str) -> str:
    """What the command writes to a terminal that is so many columns wide."""
    ours, theirs = pty.openpty()
    try:
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        unset = ("COLUMNS", "NO_COLOR", "FORCE_COLOR")
        environment = {k: v for k, v in os.environ.items() if k not in unset}
        running = subprocess.Popen(
            [sys.executable, "-m", "kanvasc", "check", *arguments],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment | {"TERM": "xterm-256color"} | variables,
        )
        os.close(theirs)
        theirs = -1
        written = b""
        while chunk := _read(ours):
            written += chunk
        running.wait(timeout=SECONDS)
        return written.decode()
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other end is closed.
        return b""


def test_a_terminal_gets_colour(tmp_path: Path) -> None:
    write(tmp_path, "app.kanvas", WRONG)
    page = on_terminal(tmp_path, 100, "app.kanvas")
    assert "\x1b[1;31merror[K1007]\x1b[0m" in page


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
    ids=str,
)
def test_a_pipe_gets_the_colour_that_is_asked_for(
    tmp_path: Path, variables: dict[str, str], coloured: bool
) -> None:
    write(tmp_path, "app.kanvas", WRONG)
    ended = subprocess.run(
        [sys.executable, "-m", "kanvasc", "check", "app.kanvas"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if "COLOR" not in k} | variables,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert (b"\x1b[" in ended.stdout) == coloured


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_that_wants_no_colour_gets_none(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    write(tmp_path, "app.kanvas", WRONG)
    page = on_terminal(tmp_path, 100, "app.kanvas", **variables)
    assert "There is no type" in page
    assert "\x1b" not in page


@pytest.mark.parametrize("columns", [50, 72])
def test_a_terminal_gets_lines_of_its_width(tmp_path: Path, columns: int) -> None:
    write(tmp_path, "app.kanvas", f"{WRONG[:-1]}, description {'x' * 300!r}\n".replace("'", '"'))
    write(tmp_path, "b.kanvas", f"machine m\n  accepts\n    {'x' * 30}\n")
    written = on_terminal(tmp_path, columns, "app.kanvas", "b.kanvas")
    page = re.sub(r"\x1b\[[0-9;]*m", "", written)
    assert "There is no type" in page
    assert "lacks `as`" in page
    assert max(len(line) for line in page.splitlines()) <= columns


def test_a_program_cannot_drive_the_terminal(tmp_path: Path) -> None:
    hostile = '    a as txt, default: "\x1b[2J\x1b]0;owned\x07" // \x1b[31m\n'
    write(tmp_path, "app.kanvas", f"machine m\n  accepts\n{hostile}")
    page = on_terminal(tmp_path, 100, "app.kanvas")
    assert "\\u{1b}" in page
    assert not re.search(r"\x1b(?!\[[0-9;]*m)|\x07", page)
    assert "\x1b[2J" not in page
