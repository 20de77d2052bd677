"""A run cannot run away: it has a tank of fuel, and no value grows without bound.

Loop turns, lambda calls, flow calls and calls of machines spend a unit each. Branches that run at
the same time spend from the tank of the run that they belong to.

A run whose work can be long gives way each time it has spent so much (`giving_way.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import TypeVar

from kanvas_runtime.errors import StepFailure

TANK = 1_000_000
"""Units of a run."""

STRETCH = 10_000
"""Units that a run spends before it gives way to others."""

LONGEST_TEXT = 2**20
"""Characters of a text value."""

LONGEST_LIST = 2**17
"""Items of a list or map value: a megabyte of references."""

_WEIGHTY_TEXT, _WEIGHTY_LIST = 256, 4
"""Characters and items that take about as long as a unit of fuel."""


T = TypeVar("T")


class _Tank:
    """`mark`: what is left when the run gives way next; never below zero."""

    __slots__ = ("give_way", "left", "mark")

    def __init__(self, give_way: Callable[[], None] | None = None) -> None:
        self.left = TANK
        self.mark = TANK - STRETCH if give_way else 0
        self.give_way = give_way

    def is_low(self) -> None:
        """Less is left than `mark`: this is over, or others have their turn."""
        if self.left < 0:
            raise StepFailure("runtime", f"this ran too long: more than {TANK} turns and calls")
        self.mark = max(0, self.left - STRETCH)
        if self.give_way is not None:
            self.give_way()


_tank: ContextVar[_Tank | None] = ContextVar("tank", default=None)


def refill(give_way: Callable[[], None] | None = None) -> None:
    """A full tank, for the run that begins in this context; `give_way` lets others have a turn."""
    _tank.set(_Tank(give_way))


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
    if tank.left < tank.mark:
        tank.is_low()


def spend_on(items: Sequence[T]) -> Iterable[T]:
    """The items, each paid for before the first; of many, others have a turn now and then."""
    spend(len(items))
    return items if len(items) <= STRETCH else _in_stretches(items)


def _in_stretches(items: Sequence[T]) -> Iterator[T]:
    for start in range(0, len(items), STRETCH):
        tank = _tank.get()
        if start and tank is not None and tank.give_way is not None:
            tank.give_way()
        yield from items[start : start + STRETCH]


def gives_way() -> bool:
    """Whether the run of this context does."""
    tank = _tank.get()
    return tank is not None and tank.give_way is not None


def weigh_text(length: int) -> None:
    """What is done at one go to a text of so many characters takes no fuel; but if it is long,
    others have their turn the sooner."""
    if length >= _WEIGHTY_TEXT:
        _weigh(length // _WEIGHTY_TEXT)


def weigh_list(length: int) -> None:
    """The same of a list or map."""
    if length >= _WEIGHTY_LIST:
        _weigh(length // _WEIGHTY_LIST)


def _weigh(units: int) -> None:
    tank = _tank.get()
    if tank is not None and tank.give_way is not None:
        tank.mark += units


def check_text(length: int) -> None:
    """Refuse a text of more characters than a value may have; ask before it is built.

    Raises:
        StepFailure: `runtime`.
    """
    if length > LONGEST_TEXT:
        raise StepFailure("runtime", f"a text became longer than {LONGEST_TEXT} characters")
    weigh_text(length)


def check_list(length: int) -> None:
    """The same for the items of a list or map.

    Raises:
        StepFailure: `runtime`.
    """
    if length > LONGEST_LIST:
        raise StepFailure("runtime", f"a list became longer than {LONGEST_LIST} items")
    weigh_list(length)
