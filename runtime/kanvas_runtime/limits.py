"""Counting what one client may do. No clock in here: `now` is given, in seconds."""

from __future__ import annotations

from typing import Protocol

from kanvas_runtime.errors import Refusal

BURST = 2.0
"""A client that was quiet may send this many seconds' worth of messages at once."""

STRIKES = 100
STRIKE_WINDOW = 60.0
"""This many bad messages in a row within this many seconds end a connection."""


class Bucket:
    """A token bucket: `rate` a second in the long run, bursts of `BURST` times that."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate = rate
        self._capacity = max(1.0, rate * BURST)
        self._tokens = self._capacity
        self._at = now

    def take(self, now: float) -> float:
        """0 when a message may pass, else the seconds until one may."""
        tokens = self._tokens
        if now > self._at:
            tokens += (now - self._at) * self.rate
            if tokens > self._capacity:
                tokens = self._capacity
        self._at = now
        if tokens < 1.0:
            self._tokens = tokens
            return (1.0 - tokens) / self.rate
        self._tokens = tokens - 1.0
        return 0.0

    def give_back(self) -> None:
        """Undo a `take` that gave 0."""
        self._tokens += 1.0


class Allowance(Protocol):
    """Something of which every message takes one."""

    def take(self, now: float) -> float:
        """0 when a message may pass, else the seconds until one may."""


class Strikes:
    """Bad messages in a row."""

    def __init__(self) -> None:
        self._at: list[float] = []

    def __bool__(self) -> bool:
        """Whether the last message was a bad one."""
        return bool(self._at)

    def good(self) -> None:
        """A message that was understood: the row is broken."""
        if self._at:
            self._at = []

    def bad(self, at: float) -> bool:
        """Whether this was one too many."""
        self._at = [*self._at[1 - STRIKES :], at]
        return len(self._at) == STRIKES and at - self._at[0] <= STRIKE_WINDOW


def too_fast(rate: float, where: str, wait: float) -> Refusal:
    """The answer to a message that came too early by `wait` seconds."""
    message = f"at most {rate:g} messages a second {where}"
    return Refusal("rate_limited", message, retry_after=round(wait, 3))


def is_longer(text: str, limit: int) -> bool:
    """In bytes; looked at only when that differs from the number of characters."""
    return not text.isascii() and len(text.encode()) > limit
