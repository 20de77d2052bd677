"""`check --watch`: all findings again after each change, until it is ended."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.checks.test_check_command import RIGHT, WRONG, write
from tests.testing.test_watch import PATIENCE, Watching


def test_it_checks_again_after_a_change(tmp_path: Path) -> None:
    path = write(tmp_path, "app.kanvas", WRONG)
    with Watching(tmp_path, command="check") as watching:
        first = watching.round()
        assert "error[K1007]" in first
        assert "1 error in 1 file" in first
        os.replace(write(tmp_path, "new", RIGHT), path)
        watching.until("no problems in 1 file")
        write(tmp_path, "b.kanvas", WRONG)
        watching.until("1 error in 2 files")
        watching.process.send_signal(signal.SIGINT)
        assert watching.process.wait(PATIENCE) == 130
