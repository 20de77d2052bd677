"""What a client has been sent and has not taken. No clock in here: `now` is given, in seconds."""

from __future__ import annotations

UNSENT_LIMIT = 1024 * 1024
"""More characters than this that the client has not taken: no further run begins …"""
UNSENT_PATIENCE = 5.0
"""… and after this many seconds in that state the client counts as gone,"""
UNSENT_CEILING = 16 * UNSENT_LIMIT
"""or at once when this much has piled up."""
LAGGING = UNSENT_LIMIT // 4
"""From here on only the newest of the results that nobody asked for is kept for the client."""


class Pressure:
    """How far behind a client is."""

    __slots__ = ("_since", "unsent")

    def __init__(self) -> None:
        self.unsent = 0
        self._since: float | None = None

    def add(self, change: int, now: float) -> None:
        """So many characters were handed over, or (negative) taken."""
        self.unsent += change
        if self.unsent <= UNSENT_LIMIT:
            self._since = None
        elif self._since is None:
            self._since = now

    @property
    def lagging(self) -> bool:
        """Whether results that may be left out are."""
        return self.unsent > LAGGING

    @property
    def crowded(self) -> bool:
        """Whether nothing should be added that can wait."""
        return self.unsent > UNSENT_LIMIT

    @property
    def hopeless(self) -> bool:
        """Whether the client is given up at once."""
        return self.unsent > UNSENT_CEILING

    @property
    def until(self) -> float | None:
        """When the client is given up if it takes nothing."""
        return None if self._since is None else self._since + UNSENT_PATIENCE
