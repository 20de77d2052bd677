"""Exit codes, the same for every command, and errors that end one."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    CLEAN = 0
    PROBLEMS = 1
    USAGE = 2
    BUG = 3


class UsageError(Exception):
    """Wrong use, or a file that cannot be read or written: one sentence, exit code 2."""
