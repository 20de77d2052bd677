"""When to do something again: at once, and after each change of a program."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

_LOOK = 200
"""Milliseconds until the watcher surely sees changes, and after which `goes_on` is asked."""

_SETTLE = 30
"""Milliseconds in which an editor writes all that it writes when a file is saved."""

_COARSE = 20_000_000
"""Nanoseconds by which a file system's clock may be behind: a file that a round was the first to
use counts as changed when it may have been written since the round began."""

_States: TypeAlias = dict[Path, tuple[int, int, int] | None]


class CannotWatch(Exception):
    """The text says what is needed."""


def rounds(
    paths: list[str],
    used: Callable[[], Iterable[str]],
    goes_on: Callable[[], bool] = lambda: True,
) -> Iterator[float]:
    """Yields once to begin with, then after each change of a `.kanvas` file that `paths` name or
    that they have `used`, as far as that is known after a round: when it was seen, `time.time()`.

    A file is watched by its folder: editors replace files rather than write into them. What
    changes during a round is seen behind it. Ends by KeyboardInterrupt, and when nothing `goes_on`.
    Raises CannotWatch.
    """
    named = {Path(path).resolve() for path in paths}
    watched = named
    seen = time.time()
    while True:
        before = _states(watched)
        begun = time.time_ns() - _COARSE
        yield seen
        watched = named | {Path(path).resolve() for path in used()}
        before = {
            path: before.get(path, None if now and now[0] > begun else now)
            for path, now in _states(watched).items()
        }
        if not _changed(watched, before, goes_on):
            return
        seen = time.time()


def _changed(watched: set[Path], before: _States, goes_on: Callable[[], bool]) -> bool:
    """True as soon as a file is not what it was `before`, False when nothing `goes_on`."""
    try:
        import watchfiles
    except ImportError:
        raise CannotWatch(
            'watching needs the package watchfiles: pip install "kanvasc[dev]"'
        ) from None
    folders = {path if path.is_dir() else path.parent for path in watched}
    for _ in watchfiles.watch(
        *(folder for folder in folders if folder.is_dir()),
        watch_filter=lambda _, path: path.endswith(".kanvas"),
        step=_SETTLE,
        debounce=4 * _SETTLE,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
        recursive=any(path.is_dir() for path in watched),
    ):
        # A save can be several events, of which the first has shown all.
        if _states(watched) != before:
            return True
        if not goes_on():
            return False
    raise KeyboardInterrupt


def _states(watched: Iterable[Path]) -> _States:
    """By file; None where there is none."""
    files: set[Path] = set()
    for path in watched:
        files.update(path.rglob("*.kanvas") if path.is_dir() else (path,))
    return {path: _state(path) for path in files}


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
