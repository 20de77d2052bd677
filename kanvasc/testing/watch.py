"""When to run the tests again: at once, and after each change of a program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

FIRST_LOOK = 200
"""Milliseconds until the watcher surely sees changes, so that none is missed in the first round."""


class CannotWatch(Exception):
    """The text says what is needed."""


def rounds(paths: list[str]) -> Iterator[None]:
    """Yields once to begin with, then after each change of a `.kanvas` file that `paths` name.

    A file is watched by its folder: editors replace files rather than write into them. Ends only
    by KeyboardInterrupt. Raises CannotWatch.
    """
    try:
        import watchfiles
    except ImportError:
        raise CannotWatch(
            '--watch needs the package watchfiles: pip install "kanvasc[dev]"'
        ) from None
    named = [Path(path).resolve() for path in paths]
    folders = {path if path.is_dir() else path.parent for path in named}

    def ours(_: watchfiles.Change, changed: str) -> bool:
        path = Path(changed)
        return path.suffix == ".kanvas" and any(each in (path, *path.parents) for each in named)

    begun = False
    for changes in watchfiles.watch(
        *folders,
        watch_filter=ours,
        rust_timeout=FIRST_LOOK,
        yield_on_timeout=True,
        recursive=any(path.is_dir() for path in named),
    ):
        if changes or not begun:
            begun = True
            yield
