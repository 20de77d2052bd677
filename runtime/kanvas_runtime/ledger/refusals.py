"""A flood of refusals becomes few records: no stranger may fill the disk.

Sans-I/O: times are seconds of any steady clock. The first ten refusals of a second for one client
and code are recorded singly; the rest of that second becomes one record with a count.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

SINGLY = 10
"""Refusals of a second, client and code that are recorded one by one."""
OTHERS = "*"
"""The client that stands for all those beyond the ones that are told apart."""

_WINDOW = 1.0
_MOST = 10_000


class Refused(NamedTuple):
    """Refusals that are still to be recorded, as one."""

    client: str
    code: str
    number: int


class _Window(Struct):
    until: float
    seen: int = 0


class Refusals:
    """Counts refusals. Whoever calls `note` calls `due` about once a second, too."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], _Window] = {}
        self._over: list[Refused] = []

    def note(self, client: str, code: str, now: float) -> bool:
        """Whether this refusal is to be recorded by itself; else it is counted for `due`."""
        key = (client, code)
        if key not in self._windows and len(self._windows) >= _MOST:
            key = (OTHERS, code)
        window = self._windows.get(key)
        if window is None or now >= window.until:
            self._end(key)
            window = self._windows[key] = _Window(now + _WINDOW)
        window.seen += 1
        return window.seen <= SINGLY

    def due(self, now: float) -> list[Refused]:
        """What is to be recorded with a count, of the seconds that are over.

        With `math.inf` of all: at the end.
        """
        for key in [key for key, window in self._windows.items() if now >= window.until]:
            self._end(key)
        over, self._over = self._over, []
        return over

    def _end(self, key: tuple[str, str]) -> None:
        window = self._windows.pop(key, None)
        if window and window.seen > SINGLY:
            self._over.append(Refused(*key, window.seen - SINGLY))
