"""What a measurement is: figures of rounds, and ratios that are taken within a round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Spread(NamedTuple):
    """The median, and the least and the most of all rounds."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f} to {self.most:.2f})"


Rounds = list[dict[str, float]]


def rounds(count: int, measures: Mapping[str, Callable[[], float]]) -> Rounds:
    """Each measures once a round, one after the other, beginning with another one each time."""
    names = list(measures)
    found: Rounds = []
    for number in range(count):
        first = number % len(names)
        found.append({name: measures[name]() for name in names[first:] + names[:first]})
    return found


def ratio(found: Rounds, name: str, base: str) -> Spread:
    return Spread.of([each[name] / each[base] for each in found])


def level(found: Rounds, name: str) -> Spread:
    return Spread.of([each[name] for each in found])
