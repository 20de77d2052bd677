"""One process owns a data directory, for as long as it lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from kanvas_runtime.ledger.interface import LedgerLocked

_NAME = "lock"


class DirectoryLock:
    """A `flock` on a file of the directory; the kernel lets it go when the process ends, however.

    The file stays behind, with the id of its last holder, for the message to the next one.
    """

    def __init__(self, directory: Path, remedy: str = "") -> None:
        """Take the lock. `remedy`: what else the message says when another process has it.

        Raises `LedgerLocked` then, `OSError` as usual.
        """
        self._file = os.open(directory / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip()
            self.release()
            raise LedgerLocked(_refusal(directory, holder) + remedy) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have the directory. Once."""
        os.close(self._file)


def _refusal(directory: Path, holder: str) -> str:
    return (
        f"the data directory {directory} is in use by process {holder or '(unknown)'}: stop it, "
        "or give this one its own KANVAS_DATA_DIR"
    )
