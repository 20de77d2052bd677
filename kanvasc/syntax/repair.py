"""A repair: what it does to a trial, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kanvasc.diagnostics import Diagnostic
from kanvasc.syntax.messages import Place
from kanvasc.syntax.walk import Mark, Walk


class Repair(NamedTuple):
    """`apply` moves a trial over the fault; False if it cannot. `mark`: where the trial starts."""

    apply: Callable[[Walk], bool]
    message: Callable[[], Diagnostic]
    mark: Mark | None = None
    sure: bool = True
    """What follows on the line is as it was meant to be."""
    guessed: bool = False
    """Nobody knows what all that was read over is for: what it names may be missed below."""


def insert(trial: Walk, place: Place, terminal: str) -> bool:
    """Take a terminal that is missing behind the piece before the fault."""
    at = place.before.end if place.before else place.piece.start
    if not trial.insert(terminal, "", at):
        return False
    trial.layout = trial.layout.after(terminal, place.before or place.piece)
    return True
