"""Commands that run again after each change."""

from __future__ import annotations

import sys
from collections.abc import Callable

from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.reading import compilations, programs, read


def again(paths: list[str], once: Callable[[], object]) -> int:
    """`once` now and after each change of a program, until Ctrl-C.

    Only the first round's `UsageError` ends it: later, a file may be away for a moment.
    """
    from kanvasc.testing.watch import CannotWatch, rounds

    if "-" in paths:
        raise UsageError("standard input cannot be watched: name a file or a folder")
    programs(paths)
    try:
        for _ in rounds(paths, lambda: _used(paths)):
            try:
                once()
            except UsageError as wrong:
                sys.stderr.write(f"kanvasc: {wrong}\n")
            sys.stderr.write("waiting for changes; Ctrl-C ends this\n")
    except CannotWatch as wrong:
        raise UsageError(str(wrong)) from None
    return Exit.CLEAN


def _used(paths: list[str]) -> list[str]:
    """The files of the programs, those included that no path names."""
    try:
        made = compilations([read(path) for path in programs(paths)])
    except UsageError:  # which the round has said
        return []
    return [unit.source.path for one in made for unit in one.units]
