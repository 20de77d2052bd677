"""One chain of records, to be read, whatever keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from kanvas_runtime.ledger.record import Row

CHUNK = 500
"""Records that are read at once: they fit the processor's cache."""
BEFORE_ALL = -(2**63)

Values: TypeAlias = tuple[Any, ...]
"""What a `Row` holds, without its names: making one takes longer than it takes to look."""
Where: TypeAlias = Sequence[tuple[str, object]]
"""Conditions on rows, such as `kind = ?`, each with the value for its question mark."""


class Records(Protocol):
    """A chain as it stands, sound or not."""

    @property
    def chain(self) -> str | None:
        """The chain's id, where that says which one of several is meant."""
        ...

    def last(self, count: int) -> list[Row]:
        """The last records, in their order."""
        ...

    def at(self, seq: int) -> Row | None:
        """The row with this number."""
        ...

    def chunks(self, after: int = BEFORE_ALL, where: Where = ()) -> Iterator[list[Values]]:
        """All rows behind `after` in the order of their numbers, some hundreds at a time."""
        ...

    def backwards(self, where: Where) -> Iterator[Row]:
        """The rows that are wanted, the last first, one by one."""
        ...

    def follower(self, digest: str, besides: int) -> int | None:
        """The number of the first row but `besides` whose text names this hash as its `prev`."""
        ...

    def runs(self, beginning: str, most: int) -> list[str]:
        """Ids of runs that begin so, `most` at most."""
        ...

    def bounds(self) -> tuple[int, int] | None:
        """The first and the last number; None where there are no records."""
        ...


def tested(tests: Sequence[str]) -> str:
    """The clause of a query with these conditions."""
    return f" WHERE {' AND '.join(tests)}" if tests else ""
