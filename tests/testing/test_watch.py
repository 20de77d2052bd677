"""`--watch`: again after each change, until it is ended; and a terminal gets colour."""

from __future__ import annotations

import os
import pty
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.testing.command import DOUBLE, verifies, write

PATIENCE = 60.0
"""Seconds until a line must have come: machines that run tests are slow."""


class Watching:
    """`kanvasc test --watch` in a process of its own; its lines as they come."""

    def __init__(self, *arguments: str | Path, command: str = "test") -> None:
        whole = [sys.executable, "-m", "kanvasc", command, "--watch", *map(str, arguments)]
        self.process = subprocess.Popen(
            whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def round(self) -> str:
        """All that is printed until it waits again."""
        text = ""
        while "waiting for changes" not in text:
            text += self._lines.get(timeout=PATIENCE)
        return text

    def until(self, text: str) -> str:
        """The first round that prints this. Who looks while a file is written sees half of it, and
        then looks again."""
        while text not in (told := self.round()):
            pass
        return told

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


def program(expected: int) -> str:
    return DOUBLE + verifies(f"it\ngiven {{n: 2}}\nexpect {{twice: {expected}}}")


@pytest.mark.parametrize("named", ["app.kanvas", ""])
def test_it_runs_again_after_a_change(tmp_path: Path, named: str) -> None:
    path = write(tmp_path, program(5))
    with Watching(tmp_path / named) as watching:
        watching.until("1 failed")
        replacement = write(tmp_path, program(4), "replacement")
        os.replace(replacement, path)  # as editors save
        watching.until("1 passed")
        path.write_text("machine", encoding="utf-8")
        watching.until("1 file with errors")
        watching.process.send_signal(signal.SIGINT)
        assert watching.process.wait(PATIENCE) == 130


def test_a_file_that_another_folder_holds_is_followed(tmp_path: Path) -> None:
    shared = write(tmp_path, "type one\n  n as integer\n", "shared.kanvas")
    (tmp_path / "inside").mkdir()
    text = f'uses "../{shared.name}"\n\nmachine m\n  accepts\n    it as one\n'
    path = write(tmp_path / "inside", text)
    with Watching(path, command="check") as watching:
        assert "no type" not in watching.round()
        shared.write_text("type two\n  n as integer\n", encoding="utf-8")
        watching.until("There is no type `one`")


def test_a_file_that_is_away_for_a_moment_ends_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, program(4))
    with Watching(path) as watching:
        watching.until("1 passed")
        path.unlink()
        watching.until(f"cannot read {path}")
        write(tmp_path, program(5))
        watching.until("1 failed")


def test_without_the_package_it_says_what_to_install(tmp_path: Path) -> None:
    path = write(tmp_path, program(4))
    script = "import sys; sys.modules['watchfiles'] = None\nfrom kanvasc.cli import main; main()"
    command = [sys.executable, "-c", script, "test", "--watch", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert 'watching needs the package watchfiles: pip install "kanvasc[dev]"' in done.stderr


def test_a_terminal_gets_colour(tmp_path: Path) -> None:
    path = write(tmp_path, program(4))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "kanvasc", "test", str(path)]
    with subprocess.Popen(command, stdout=theirs) as process:
        os.close(theirs)
        text = b""
        while b"passed" not in text:
            text += os.read(ours, 4096)
        assert process.wait(PATIENCE) == 0
    os.close(ours)
    assert b"\x1b[32mok" in text
