"""How far work has come that takes long: on a terminal, never in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.progress import Progress

T = TypeVar("T")

PATIENCE = 1.0
"""Seconds in which nobody wonders."""


def shown(items: Sequence[T], doing: str) -> Iterator[T]:
    """The items. While they are taken, a bar on standard error says how many there were."""
    if len(items) < 2 or not sys.stderr.isatty():
        yield from items
        return
    begun = time.monotonic()
    bar: Progress | None = None
    try:
        for done, item in enumerate(items):
            if bar is None and time.monotonic() - begun >= PATIENCE:
                bar = _bar()
                task = bar.add_task(doing, total=len(items))
            if bar is not None:
                bar.update(task, completed=done)
            yield item
    finally:
        if bar is not None:
            bar.stop()


def _bar() -> Progress:
    """It goes away in the end: what remains is what was found."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.start()
    return bar
