"""Room on the disk: when there is little, and some that is kept back for the last records."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from kanvas_runtime.ledger.directory import RESERVE

LOW = 256 * 2**20
"""Below this many free bytes new work is refused."""
KEPT_BACK = 16 * 2**20
"""Bytes that a file occupies until they are needed, to record those refusals."""

_INTERVAL = 1.0  # seconds between two looks at the disk


def free_bytes(directory: Path) -> int:
    """What an ordinary user may still write there."""
    room = os.statvfs(directory)
    return room.f_bavail * room.f_frsize


class Disk:
    """The disk of one data directory. `free` says how many bytes are free there."""

    def __init__(self, directory: Path, free: Callable[[Path], int] = free_bytes) -> None:
        self._directory = directory
        self._free = free
        self._reserve = directory / RESERVE
        self._low = False
        self._look_at = 0.0

    @property
    def low(self) -> bool:
        """Whether room is scarce; at most a second old."""
        moment = time.monotonic()
        if moment >= self._look_at:
            self._look_at = moment + _INTERVAL
            self._look()
        return self._low

    def give_back(self) -> bool:
        """Free the bytes that were kept back; False when there are none any more."""
        held = self._reserve.exists()
        self._reserve.unlink(missing_ok=True)
        return held

    def has_room(self) -> bool:
        """Whether it is worth trying to write again: what was kept back would fit once more."""
        try:
            return self._free(self._directory) >= KEPT_BACK
        except OSError:
            return False

    def _look(self) -> None:
        try:
            free = self._free(self._directory)
            self._low = free < LOW
            if free >= LOW + KEPT_BACK and not self._reserve.exists():
                self._keep_back()
        except OSError:
            self._low = True

    def _keep_back(self) -> None:
        file = os.open(self._reserve, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, KEPT_BACK)
        finally:
            os.close(file)
