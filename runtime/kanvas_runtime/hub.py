"""Who gets which result: the live subscriptions of this process."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

from kanvas_runtime.plain import Key


class Topic(NamedTuple):
    """One machine's results for one input, as far as one principal caused them.

    All callers who did not sign in are one principal, None.
    """

    machine: str
    principal: str | None
    key: Key


class Subscriber(Protocol):
    """A connection."""

    def push(self, text: str, durable: asyncio.Future[None] | None) -> None:
        """Send `text` once `durable` is done; must not wait, so that no client slows another."""


class Hub:
    """Subscriptions by topic. A topic that nobody listens to takes no room."""

    def __init__(self) -> None:
        self._topics: dict[Topic, dict[Subscriber, None]] = {}

    def __bool__(self) -> bool:
        """Whether anybody listens to anything: whoever publishes can spare the key otherwise."""
        return bool(self._topics)

    def join(self, topic: Topic, subscriber: Subscriber) -> None:
        """Idempotent."""
        self._topics.setdefault(topic, {})[subscriber] = None

    def leave(self, topic: Topic, subscriber: Subscriber) -> None:
        """Undo `join`."""
        subscribers = self._topics[topic]
        del subscribers[subscriber]
        if not subscribers:
            del self._topics[topic]

    def publish(self, topic: Topic, text: str, durable: asyncio.Future[None] | None) -> None:
        """Hand the one encoded result to everybody who listens, in the order in which they came."""
        for subscriber in list(self._topics.get(topic, ())):
            subscriber.push(text, durable)
