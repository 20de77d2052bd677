"""What the steps of a program may ask of a memory, whatever keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from kanvas_runtime.memory.records import Recalled


class Remembered(Struct, frozen=True):
    """A text to be kept. `ttl` is in seconds; None: for good."""

    content: str
    collection: str
    metadata: Mapping[str, Any]
    namespace: str
    ttl: float | None


class Wanted(Struct, frozen=True):
    """Texts to be found: at most `limit` whose score is at least `threshold` (0…1).

    `filter`: fields of the metadata, and what they have to be.
    """

    query: str
    collection: str
    limit: int
    threshold: float
    filter: Mapping[str, Any]
    namespace: str


class MemoryStore(Protocol):
    """Keeps texts. A namespace and a collection in it see nothing of each other."""

    async def remember(self, what: Remembered) -> None:
        """Returns when it is on disk. Raises `OSError` when that cannot be."""
        ...

    async def recall(self, wanted: Wanted) -> Recalled:
        """The best first. Any text is a query: it is taken as words. Raises `OSError`."""
        ...

    async def close(self) -> None:
        """Idempotent."""
        ...
