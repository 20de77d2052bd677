"""The driver under our own server: told at once what comes in, it answers without a task between.

A message of a machine that never waits is run on the spot. Its record goes into the batch of this
turn of the loop, and its answer is written as soon as that is durable: one write for all of them.
"""

from __future__ import annotations

import asyncio
from typing import Any

from kanvas_runtime.asgi import Connection, End, Frame
from kanvas_runtime.events import Binary, Disconnected

WRITTEN_AT_ONCE = 64 * 1024
"""Characters after which it is looked whether the client still reads."""


class Direct(Connection):
    """See `Connection`; the session and all that it decides are the same."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._over: asyncio.Future[End] = self._loop.create_future()
        self._woken = False  # whether something will look at the outbox

    async def _stay(self) -> None:
        self._link.deliver(self)
        self._wind()
        await self._close(await self._over)

    # A `Receiver`.

    def binary(self) -> None:
        """See `Receiver`."""
        self._react(Binary())

    def gone(self, code: int, reason: str) -> None:
        """See `Receiver`."""
        self._closed = self._closed or (code, reason)
        self._react(Disconnected())
        self._leave(End(None, ""))

    def writable(self) -> None:
        """See `Receiver`."""
        self._flush()

    # Out.

    def _put(self, item: Frame | End) -> None:
        outbox = self._outbox
        outbox.append(item)
        if not self._woken:
            self._wake_for(outbox[0])

    def _wake_for(self, item: Frame | End) -> None:
        """Look again when its record is there."""
        self._woken = True
        durable = item.durable if type(item) is Frame else None
        if durable is None or durable.done():
            self._loop.call_soon(self._flush)
        else:
            self._engine.outlets.wait(durable, self._flush)

    def _flush(self) -> None:
        """Write what may leave, in order, as far as the client reads."""
        self._woken = False
        try:
            outbox = self._outbox
            if len(outbox) == 1 and self._link.takes_more:
                frame = outbox[0]
                if type(frame) is Frame and frame.is_recorded:  # nearly always
                    outbox.popleft()
                    self._link.write_one(frame.text)
                    self._took(len(frame.text))
                    return
            while outbox and self._link.takes_more and not self._over.done():
                if not self._write_some():
                    break
        except Exception as error:
            self._broken(error)

    def _write_some(self) -> bool:
        """Whether there may be more that can be written now."""
        texts: list[str] = []
        size = 0
        ahead: Frame | End | None = None
        while self._outbox and size < WRITTEN_AT_ONCE:
            ahead = self._outbox[0]
            if isinstance(ahead, End) or not (ahead.durable is None or ahead.durable.done()):
                break
            self._outbox.popleft()
            size += len(ahead.text)
            failed = ahead.durable is not None and ahead.durable.exception() is not None
            text = self._unrecorded(ahead) if failed else ahead.text
            if text is not None:
                texts.append(text)
            ahead = None
        self._link.write(texts)
        if isinstance(ahead, End):
            self._leave(ahead)
            return False
        if size:
            self._took(size)
        if ahead is not None and not self._woken:
            self._wake_for(ahead)
        return ahead is None

    def _leave(self, end: End) -> None:
        self._outbox.clear()
        if not self._over.done():
            self._over.set_result(end)
