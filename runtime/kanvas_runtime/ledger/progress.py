"""How far a long command is, on a terminal."""

from __future__ import annotations

import sys
import time

_FIRST = 1.0  # seconds; what is done by then needs no telling
_EVERY = 0.25


class Progress:
    """Called with a number that grows; rewrites one line on stderr, unless that is a pipe."""

    def __init__(self) -> None:
        self._due = time.monotonic() + _FIRST if sys.stderr.isatty() else float("inf")
        self._shown = False

    def __call__(self, number: int) -> None:
        if time.monotonic() >= self._due:
            print(f"\r{number:,} records", end="", file=sys.stderr, flush=True)
            self._due = time.monotonic() + _EVERY
            self._shown = True

    def done(self) -> None:
        """Wipe the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
