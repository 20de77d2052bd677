"""Server-sent events, without a server."""

from __future__ import annotations

import asyncio
from typing import Any

from kanvas_runtime.api import stream
from kanvas_runtime.api.stream import MOST_UNSENT, EventStream


class Client:
    """Takes what is sent as soon as it `reads`."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.sent: list[Any] = []

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.sent)


async def test_events_come_in_order_and_end() -> None:
    client = Client()
    client.reads.set()
    events = EventStream(client.send, {"Vary": "Origin"})
    events.put("push", "1")
    events.put("result", "2")
    events.end()
    await events.write()
    assert client.body == b"event: push\ndata: 1\n\nevent: result\ndata: 2\n\n"
    assert (b"vary", b"Origin") in client.sent[0]["headers"]
    assert [each.get("more_body") for each in client.sent[1:]] == [True, True, None]


async def test_a_client_that_does_not_read_is_lost_at_some_point() -> None:
    client = Client()
    events = EventStream(client.send, {})
    writing = asyncio.ensure_future(events.write())
    sent = 0
    while not events.lost.done():
        events.put("push", "x" * 1000)
        sent += 1000
        await asyncio.sleep(0)
    assert 0.9 * MOST_UNSENT <= sent <= 1.1 * MOST_UNSENT
    writing.cancel()


async def test_a_client_that_reads_is_not_lost_however_much_comes() -> None:
    client = Client()
    client.reads.set()
    events = EventStream(client.send, {})
    writing = asyncio.ensure_future(events.write())
    for _ in range(2000):
        events.put("push", "x" * 1000)
        await asyncio.sleep(0)
    assert not events.lost.done()
    events.end()
    await writing
    assert len(client.body) > MOST_UNSENT


async def test_silence_is_broken_by_comments(monkeypatch: Any) -> None:
    monkeypatch.setattr(stream, "ALIVE", 0.001)
    client = Client()
    client.reads.set()
    events = EventStream(client.send, {})
    writing = asyncio.ensure_future(events.write())
    while b":\n\n:\n\n" not in client.body:
        await asyncio.sleep(0.001)
    assert events.begun
    events.end()
    await writing
