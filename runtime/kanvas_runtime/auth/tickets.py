"""Tickets: a browser cannot send a header with a WebSocket, so it fetches one of these first.

Single use, for a few seconds, and only for whom, where and from where it was asked for.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.errors import Refusal

LIFETIME = 30.0
"""Seconds."""
MOST_FOR_ONE = 100
"""Tickets of one principal that are not used yet …"""
MOST = 10_000
"""… and of all of them."""


class _Ticket(Struct, frozen=True):
    principal: Principal
    path: str
    origin: str | None
    until: float


class Tickets:
    """Those that nobody has used yet, by their digests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[bytes, _Ticket] = {}
        self._counts: Counter[str] = Counter()

    def issue(self, principal: Principal, path: str, origin: str | None) -> str:
        """A new one. `origin` is that of the page that will use it; None for what is no browser.

        Raises `Refusal` when there are too many.
        """
        self._forget_old()
        full = self._counts[principal.name] >= MOST_FOR_ONE or len(self._open) >= MOST
        if full:
            message = "too many tickets were fetched and not used"
            raise Refusal("rate_limited", message, retry_after=LIFETIME)
        text = secrets.token_urlsafe(32)
        until = self._clock() + LIFETIME
        self._open[_digest(text)] = _Ticket(principal, path, origin, until)
        self._counts[principal.name] += 1
        return text

    def redeem(self, text: str, path: str, origin: str | None) -> Principal | None:
        """Whose ticket it is. Used once it is used up, even where it does not hold."""
        self._forget_old()
        ticket = self._open.pop(_digest(text), None)
        if ticket is None:
            return None
        self._uncount(ticket)
        return ticket.principal if (ticket.path, ticket.origin) == (path, origin) else None

    def _forget_old(self) -> None:
        """They lapse in the order in which they were made."""
        now = self._clock()
        while self._open:
            digest, ticket = next(iter(self._open.items()))
            if ticket.until > now:
                return
            del self._open[digest]
            self._uncount(ticket)

    def _uncount(self, ticket: _Ticket) -> None:
        self._counts[ticket.principal.name] -= 1
        if not self._counts[ticket.principal.name]:
            del self._counts[ticket.principal.name]


def _digest(text: str) -> bytes:
    """Looked up by digest, so that how long it takes says nothing about the ticket."""
    return hashlib.sha256(text.encode()).digest()
