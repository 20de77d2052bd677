"""Work that takes long says how far it is: on a terminal, and nowhere else."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

PROGRAM = 'machine m{}\n  expresses\n    websocket\n      path: "/ws/{}"\n'
IMPATIENT = """
import sys
from kanvasc.cli import progress
progress.PATIENCE = 0.0
from kanvasc.cli.main import main
main()
"""


def written(folder: Path) -> None:
    for number in range(3):
        text = PROGRAM.format(number, number)
        (folder / f"m{number}.kanvas").write_text(text, encoding="utf-8")


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """What a command shows whose standard error is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", IMPATIENT, *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 65536):
            seen += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(60) == 0, seen
    return seen.decode()


def test_a_terminal_shows_how_far_it_is(tmp_path: Path) -> None:
    written(tmp_path)
    assert "checking" in on_a_terminal(tmp_path, "check")
    assert "formatting" in on_a_terminal(tmp_path, "fmt", "--check")


def test_one_file_needs_none(tmp_path: Path) -> None:
    written(tmp_path)
    assert "checking" not in on_a_terminal(tmp_path, "check", "m1.kanvas")


def test_a_pipe_gets_what_was_found_alone(tmp_path: Path) -> None:
    written(tmp_path)
    command = [sys.executable, "-c", IMPATIENT, "check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr == "no problems in 3 files\n"
