"""The bus of one process."""

from __future__ import annotations

import asyncio
import logging

import pytest
from kanvas_runtime.bus import Event, LocalBus


class Ear:
    """Notes what it hears."""

    def __init__(self, *, deaf: bool = False, pause: float = 0.0) -> None:
        self.heard: list[str] = []
        self._deaf = deaf
        self._pause = pause

    async def __call__(self, event: Event) -> None:
        await asyncio.sleep(self._pause)
        if self._deaf:
            raise RuntimeError("deaf")
        self.heard.append(event.payload.decode())


def told(bus: LocalBus, name: str, *payloads: str) -> None:
    for payload in payloads:
        bus.publish(Event(name, payload.encode()))


async def test_everybody_who_subscribed_hears_everything_in_order() -> None:
    bus, ears, other = LocalBus(), [Ear(), Ear(pause=0.001)], Ear()
    for ear in ears:
        bus.subscribe("a", ear)
    bus.subscribe("b", other)
    told(bus, "a", *map(str, range(50)))
    told(bus, "b", "x")
    told(bus, "nobody", "y")
    await bus.close(5.0)
    assert [ear.heard for ear in ears] == [[str(n) for n in range(50)]] * 2
    assert other.heard == ["x"]


async def test_one_that_fails_or_is_slow_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    bus, deaf, slow, quick = LocalBus(), Ear(deaf=True), Ear(pause=3600), Ear()
    for ear in (deaf, slow, quick):
        bus.subscribe("a", ear)
    told(bus, "a", "1", "2")
    while len(quick.heard) < 2:
        await asyncio.sleep(0)
    with caplog.at_level(logging.ERROR):
        await bus.close(0.05)
    assert caplog.text.count("a subscriber of a failed") == 2
    assert "2 events were not handled" in caplog.text


async def test_events_that_handlers_publish_are_heard_before_the_end() -> None:
    bus, ear = LocalBus(), Ear()

    async def pass_on(event: Event) -> None:
        await asyncio.sleep(0)
        bus.publish(event._replace(name="second"))

    bus.subscribe("second", ear)
    bus.subscribe("first", pass_on)
    told(bus, "first", "1", "2")
    await bus.close(5.0)
    assert ear.heard == ["1", "2"]
    told(bus, "second", "3")
    await bus.close(5.0)
    assert ear.heard == ["1", "2"], "after the end nobody listens"


async def test_a_subscriber_that_is_far_behind_makes_it_full() -> None:
    bus, ear = LocalBus(most_pending=2), Ear()
    bus.subscribe("a", ear)
    assert not bus.is_full("nobody")
    told(bus, "a", "1")
    assert not bus.is_full("a")
    told(bus, "a", "2", "3")
    assert bus.is_full("a")
    await bus.close(5.0)
    assert ear.heard == ["1", "2", "3"], "what was accepted is delivered"
