"""A run cannot run away: it has a tank of fuel, and no value grows without bound.

Loop turns, lambda calls and flow calls spend a unit each. Branches that run at the same time
spend from the tank of the run that they belong to.
"""

from __future__ import annotations

from contextvars import ContextVar

from kanvas_runtime.errors import StepFailure

TANK = 1_000_000
"""Units of a run."""

LONGEST_TEXT = 2**20
"""Characters of a text value."""

LONGEST_LIST = 2**17
"""Items of a list or map value: a megabyte of references."""


class _Tank:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = TANK


_tank: ContextVar[_Tank | None] = ContextVar("tank", default=None)


def refill() -> None:
    """A full tank, for the run that begins in this context."""
    _tank.set(_Tank())


def refill_later() -> None:
    """The same, for a run without branches: the tank is made when something is spent."""
    _tank.set(None)


def spend(units: int = 1) -> None:
    """Take units from the run's tank.

    Raises:
        StepFailure: `runtime`, when it is empty.
    """
    tank = _tank.get()
    if tank is None:
        tank = _Tank()
        _tank.set(tank)
    tank.left -= units
    if tank.left < 0:
        raise StepFailure("runtime", f"this ran too long: more than {TANK} turns and calls")


def check_text(length: int) -> None:
    """Refuse a text of more characters than a value may have; ask before it is built.

    Raises:
        StepFailure: `runtime`.
    """
    if length > LONGEST_TEXT:
        raise StepFailure("runtime", f"a text became longer than {LONGEST_TEXT} characters")


def check_list(length: int) -> None:
    """The same for the items of a list or map.

    Raises:
        StepFailure: `runtime`.
    """
    if length > LONGEST_LIST:
        raise StepFailure("runtime", f"a list became longer than {LONGEST_LIST} items")
