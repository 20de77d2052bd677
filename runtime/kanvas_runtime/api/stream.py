"""An answer as server-sent events (HTML standard, section 9.2): what is pushed, then the result.

    event: push      data: an output that the machine pushed
    event: held      data: {"held": …}, a step waits for a person
    event: result    data: the output
    event: error     data: the error body

The last two are the end. What is refused before anything runs is an ordinary answer, with its
status; once a run has begun the status is 200, and an error is an event.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.types import Send

MEDIA_TYPE = "text/event-stream"
ALIVE = 15.0
"""Seconds after which a comment shows that the answer is still worked on."""


COMMENT = b":\n\n"
MOST_UNSENT = 1024 * 1024
"""Bytes that may wait for a client that does not read; then it is given up."""


class EventStream:
    """Begins with the first event; events come in the order in which they were put.

    `lost` is done when the client does not read fast enough.
    """

    def __init__(self, send: Send, headers: Mapping[str, str]) -> None:
        self._send = send
        self._headers = dict(headers)
        self._events: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._unsent = 0
        self.begun = False
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def put(self, event: str, text: str) -> None:
        """`text` is JSON, so it is one line."""
        said = f"event: {event}\ndata: {text}\n\n".encode()
        self._unsent += len(said)
        self._events.put_nowait(said)
        if self._unsent > MOST_UNSENT + len(said) and not self.lost.done():
            self.lost.set_result(None)

    def end(self) -> None:
        """Nothing comes after it."""
        self._events.put_nowait(None)

    async def write(self) -> None:
        """Send what is put, until the end."""
        while True:
            event = await self._next()
            await self._begin()
            if event is None:
                await self._send({"type": "http.response.body", "body": b""})
                return
            await self._send({"type": "http.response.body", "body": event, "more_body": True})
            self._unsent -= len(event)

    async def _next(self) -> bytes | None:
        if not self._events.empty():
            return self._events.get_nowait()
        try:
            async with asyncio.timeout(ALIVE):
                return await self._events.get()
        except TimeoutError:
            self._unsent += len(COMMENT)
            return COMMENT

    async def _begin(self) -> None:
        if self.begun:
            return
        self.begun = True
        headers = {**self._headers, "content-type": MEDIA_TYPE, "x-accel-buffering": "no"}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": 200, "headers": raw})
