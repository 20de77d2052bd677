"""What one client may do with all its connections together, on one surface.

A client is a principal, or an address as long as nobody has signed in.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from kanvas_runtime.limits import Bucket

MOST_REMEMBERED = 10_000
"""Clients whose rate is known when they come back; one that was away longer has a full bucket."""


class Clients:
    """`rate` messages a second for each client, if it is not None."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._connections: Counter[str] = Counter()
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def connections(self, client: str) -> int:
        """How many it has."""
        return self._connections[client]

    def enter(self, client: str, now: float) -> Bucket | None:
        """One connection more; what its messages are counted by, if they are."""
        self._connections[client] += 1
        if self._rate is None:
            return None
        bucket = self._buckets.setdefault(client, Bucket(self._rate, now))
        self._buckets.move_to_end(client)
        while len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket

    def take(self, address: str, principal: str | None, now: float) -> float:
        """One request without a connection: 0 when it may pass, else the seconds until one may."""
        client = address if principal is None else f"principal {principal}"
        bucket = self.enter(client, now)
        self.leave(client)
        return 0.0 if bucket is None else bucket.take(now)

    def leave(self, client: str) -> None:
        """Undo `enter`."""
        self._connections[client] -= 1
        if not self._connections[client]:
            del self._connections[client]
