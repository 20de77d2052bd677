"""Who gets which result: the live subscriptions of this process, and the newest results."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from kanvas_runtime.channel import Channel, Item
from kanvas_runtime.wishes import Key

__all__ = ["FRESH", "SHARED", "Fresh", "Hub", "Item", "Subscriber", "Topic"]

FRESH = 5.0
"""Seconds for which the newest result is good enough to begin a subscription with."""
MOST_FRESH = 1_000
"""Results of one machine that are kept for that …"""
LARGEST_FRESH = 64 * 1024
"""… if they are not longer than so many bytes."""
REMEMBERED = 120.0
"""Seconds for which a client that lost its connection finds what it has missed …"""
MOST_REMEMBERED = 1_000
"""… for so many inputs of one machine that nobody listens to."""


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


_Noted: TypeAlias = tuple[str | None, Key, str, bytes | None, asyncio.Future[None], float]
"""Of a `Topic`, without the machine, and a `Fresh`. Of one that is too large, no output."""


class Subscriber(Protocol):
    """A subscription of a connection, which is its `owner`."""

    @property
    def owner(self) -> object:
        """Whose it is."""

    def push(self, item: Item) -> None:
        """Send it once its record is there; must not wait, so that no client slows another."""


class _Machine:
    """The channels of one machine: those that somebody listens to, and those of a while ago."""

    __slots__ = ("idle", "live")

    def __init__(self) -> None:
        self.live: dict[Key, dict[Subscriber, str | None]] = {}
        self.idle: OrderedDict[Key, float] = OrderedDict()


class Hub:
    """Subscriptions by topic, and for each input the last results, for who was away shortly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._machines: dict[str, _Machine] = {}
        self._channels: dict[tuple[str, Key], Channel] = {}
        self._fresh: dict[str, OrderedDict[Topic, Fresh]] = {}
        self._recent: dict[str, deque[_Noted]] = {}  # not sorted out yet
        self._clock = clock

    def __bool__(self) -> bool:
        """Whether anybody listens to anything."""
        return any(machine.live for machine in self._machines.values())

    @property
    def remembers(self) -> bool:
        """Whether a new result is of any use: somebody listens, or did a while ago."""
        return bool(self._channels)

    def keys(self, machine: str) -> list[Key]:
        """The inputs for which somebody listens to the machine."""
        return list(self._of(machine).live)

    def subscriptions(self) -> dict[str, int]:
        """How many there are, by machine."""
        return {
            name: sum(map(len, machine.live.values())) for name, machine in self._machines.items()
        }

    def is_full(self, topic: Topic, most: int) -> bool:
        """Whether a subscription would bring one more input than so many."""
        live = self._of(topic.machine).live
        return topic.key not in live and len(live) >= most

    def mark(self, topic: Topic) -> str:
        """A cursor: what is published from now on comes after it."""
        return self._channel(topic).cursor

    def can_resume(self, topic: Topic, cursor: str) -> bool:
        """Whether everything that came after the cursor is still here."""
        channel = self._channels.get((topic.machine, topic.key))
        return channel is not None and channel.after(cursor) is not None

    def join(self, topic: Topic, subscriber: Subscriber, cursor: str) -> None:
        """Listen; what came after the cursor is handed over at once."""
        channel = self._channel(topic)
        machine = self._of(topic.machine)
        machine.idle.pop(topic.key, None)
        machine.live.setdefault(topic.key, {})[subscriber] = topic.principal
        for item in channel.after(cursor) or ():
            if _concerns(topic.principal, item.principal):
                subscriber.push(item)

    def leave(self, topic: Topic, subscriber: Subscriber) -> None:
        """Undo `join`."""
        machine = self._of(topic.machine)
        subscribers = machine.live[topic.key]
        del subscribers[subscriber]
        if not subscribers:
            del machine.live[topic.key]
            machine.idle[topic.key] = self._clock()
        self._forget_old(topic.machine)

    def publish(
        self,
        topic: Topic,
        text: str,
        durable: asyncio.Future[None] | None,
        besides: object = None,
        droppable: bool = False,
    ) -> None:
        """Hand the one encoded result to everybody who listens, in the order in which they came.

        The subscriptions of `besides` have it already; a `droppable` one may be left out when a
        newer one follows.
        """
        channel = self._channels.get((topic.machine, topic.key))
        if channel is None:
            return
        item = channel.add(text, durable, topic.principal, droppable)
        listening = self._of(topic.machine).live.get(topic.key, {})
        for subscriber, principal in list(listening.items()):
            has_it = besides is not None and subscriber.owner is besides
            if _concerns(principal, topic.principal) and not has_it:
                subscriber.push(item)

    def remember(
        self, topic: Topic, run: str, output: bytes, durable: asyncio.Future[None]
    ) -> None:
        """Keep a result for who subscribes soon. Answering with it does not make it younger."""
        self.note(*topic, run, output, durable, self._clock())

    def note(
        self,
        machine: str,
        principal: str | None,
        key: Key,
        run: str,
        output: bytes,
        durable: asyncio.Future[None],
        now: float,
    ) -> None:
        """The same in its parts."""
        recent = self._recent.get(machine)
        if recent is None:
            recent = self._recent[machine] = deque(maxlen=MOST_FRESH)
        kept = output if len(output) <= LARGEST_FRESH else None
        recent.append((principal, key, run, kept, durable, now))

    def _sort_out(self, machine: str) -> OrderedDict[Topic, Fresh]:
        """Find the newest of each topic, which is of interest when somebody subscribes: far more
        results come than subscriptions."""
        fresh = self._fresh.setdefault(machine, OrderedDict())
        recent = self._recent.pop(machine, ())
        for principal, key, run, output, durable, at in recent:
            topic = Topic(machine, principal, key)
            held = fresh.get(topic)
            if held is None or held.run != run:
                fresh.pop(topic, None)
                if output is not None:
                    fresh[topic] = Fresh(run, output, durable, at)
        while len(fresh) > MOST_FRESH:
            fresh.popitem(last=False)
        return fresh

    def forget(self, machine: str) -> None:
        """What the machine gave until now is not what it would give now."""
        self._fresh.pop(machine, None)
        self._recent.pop(machine, None)

    def newest(self, *topics: Topic, age: float = FRESH) -> Fresh | None:
        """The youngest of these topics' results, if it is younger than `age` and on record."""
        fresh = self._sort_out(topics[0].machine)
        found = [fresh[topic] for topic in topics if topic in fresh]
        youngest = max(found, key=lambda each: each.at, default=None)
        if youngest is None or self._clock() - youngest.at >= age:
            return None
        failed = youngest.durable.done() and youngest.durable.exception() is not None
        return None if failed else youngest

    def _of(self, machine: str) -> _Machine:
        return self._machines.setdefault(machine, _Machine())

    def _channel(self, topic: Topic) -> Channel:
        place = topic.machine, topic.key
        if place not in self._channels:
            self._forget_old(topic.machine)
            self._channels[place] = Channel()
            self._of(topic.machine).idle[topic.key] = self._clock()
        return self._channels[place]

    def _forget_old(self, name: str) -> None:
        idle, now = self._of(name).idle, self._clock()
        while idle:
            key, since = next(iter(idle.items()))
            if len(idle) <= MOST_REMEMBERED and now - since < REMEMBERED:
                return
            del idle[key]
            del self._channels[name, key]


def _concerns(listener: str | None, cause: str | None) -> bool:
    """Whether who listens as `listener` gets what `cause` brought about."""
    return listener == cause or SHARED in (listener, cause)
