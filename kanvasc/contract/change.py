"""One thing that is different for clients between two versions."""

from __future__ import annotations

from kanvasc.records import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """`where`: a machine's field, a surface, or a message. `breaking`: a client that was right may
    fail."""

    where: str
    what: str
    breaking: bool

    @property
    def shown(self) -> str:
        """One line."""
        return f"{self.where}: {self.what}"
