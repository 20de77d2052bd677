"""Who gets which result: the live subscriptions of this process, and the newest results."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, Protocol

from kanvas_runtime.plain import Key

FRESH = 5.0
"""Seconds for which the newest result is good enough to begin a subscription with."""
MOST_FRESH = 1_000
"""Results of one machine that are kept for that …"""
LARGEST_FRESH = 64 * 1024
"""… if they are not longer than so many bytes."""


SHARED = ""
"""Stands for every principal: in the topic of a result that no caller asked for it goes to all of
them, and who listens under it gets the results of all."""


class Topic(NamedTuple):
    """One machine's results for one input, as far as one principal caused them.

    All callers who did not sign in are one principal, None; no principal is called `SHARED`.
    """

    machine: str
    principal: str | None
    key: Key


class Fresh(NamedTuple):
    """A result that is young, and the run that it came from. `at` is on the monotonic clock."""

    run: str
    output: bytes
    durable: asyncio.Future[None]
    at: float


class Subscriber(Protocol):
    """A connection."""

    def push(self, text: str, durable: asyncio.Future[None] | None) -> None:
        """Send `text` once `durable` is done; must not wait, so that no client slows another."""


class Hub:
    """Subscriptions by topic. A topic that nobody listens to takes no room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._topics: dict[tuple[str, Key], dict[str | None, dict[Subscriber, None]]] = {}
        self._fresh: dict[str, OrderedDict[Topic, Fresh]] = {}
        self._clock = clock

    def __bool__(self) -> bool:
        """Whether anybody listens to anything."""
        return bool(self._topics)

    def join(self, topic: Topic, subscriber: Subscriber) -> None:
        """Idempotent."""
        principals = self._topics.setdefault((topic.machine, topic.key), {})
        principals.setdefault(topic.principal, {})[subscriber] = None

    def keys(self, machine: str) -> list[Key]:
        """The inputs for which somebody listens to the machine."""
        return [key for name, key in self._topics if name == machine]

    def leave(self, topic: Topic, subscriber: Subscriber) -> None:
        """Undo `join`."""
        place = (topic.machine, topic.key)
        principals = self._topics[place]
        subscribers = principals[topic.principal]
        del subscribers[subscriber]
        if not subscribers:
            del principals[topic.principal]
        if not principals:
            del self._topics[place]

    def publish(
        self,
        topic: Topic,
        text: str,
        durable: asyncio.Future[None] | None,
        besides: Subscriber | None = None,
    ) -> None:
        """Hand the one encoded result to everybody who listens, in the order in which they came.

        `besides` has it already.
        """
        principals = self._topics.get((topic.machine, topic.key), {})
        chosen = principals if topic.principal == SHARED else (topic.principal, SHARED)
        for subscriber in [each for name in chosen for each in principals.get(name, ())]:
            if subscriber is not besides:
                subscriber.push(text, durable)

    def remember(
        self, topic: Topic, run: str, output: bytes, durable: asyncio.Future[None]
    ) -> None:
        """Keep a result for who subscribes soon. Answering with it does not make it younger."""
        fresh = self._fresh.setdefault(topic.machine, OrderedDict())
        held = fresh.get(topic)
        if held is not None and held.run == run:
            return
        fresh.pop(topic, None)
        if len(output) <= LARGEST_FRESH:
            fresh[topic] = Fresh(run, output, durable, self._clock())
        if len(fresh) > MOST_FRESH:
            fresh.popitem(last=False)

    def forget(self, machine: str) -> None:
        """What the machine gave until now is not what it would give now."""
        self._fresh.pop(machine, None)

    def newest(self, *topics: Topic, age: float = FRESH) -> Fresh | None:
        """The youngest of these topics' results, if it is younger than `age` and on record."""
        fresh = self._fresh.get(topics[0].machine) or OrderedDict[Topic, Fresh]()
        found = [fresh[topic] for topic in topics if topic in fresh]
        youngest = max(found, key=lambda each: each.at, default=None)
        if youngest is None or self._clock() - youngest.at >= age:
            return None
        failed = youngest.durable.done() and youngest.durable.exception() is not None
        return None if failed else youngest
