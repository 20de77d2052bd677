"""Every name in a program text, by its place."""

from __future__ import annotations

from bisect import bisect_right

from kanvasc.analysis.entities import Entity, Key, Occurrence
from kanvasc.records import dataclass


@dataclass(frozen=True)
class Index:
    """`occurrences` in the order of the text; none overlaps another."""

    occurrences: tuple[Occurrence, ...]
    entities: dict[Key, Entity]

    def at(self, offset: int) -> Occurrence | None:
        """The name that a cursor at `offset` touches, at either end too."""
        place = bisect_right(self.occurrences, offset, key=lambda found: found.span.start)
        for found in reversed(self.occurrences[max(place - 2, 0) : place]):
            if found.span.start <= offset <= found.span.end:
                return found
        return None

    def of(self, key: Key) -> tuple[Occurrence, ...]:
        """All places where an entity is named."""
        return tuple(found for found in self.occurrences if found.entity.key == key)
