"""The ledger as it grows, as server-sent events: for a page that is open, and for programs.

    GET /_kanvas/ledger/live?after=CHAIN.SEQ

    data: {"after": "CHAIN.SEQ", "head": {…}, "fault": null, "records": […]}

`after` of an event is where whoever was cut off goes on: nothing is missed then, and nothing comes
twice. A chain that this process does not write is told by the event `other`: what it has is looked
at anew. A stream ends when the server does, and after ten minutes, so that who may look is asked
again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

from msgspec import Struct

from kanvas_runtime.engine import Engine
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.choice import Choice, content
from kanvas_runtime.ledger.glance import End, News, news
from kanvas_runtime.ledger.postgres.address import Source
from kanvas_runtime.ledger.reader import NoLedger
from kanvas_runtime.ledger.record import Row

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
MEDIA_TYPE = "text/event-stream"

MOST = 50
"""Streams at the same time."""
AT_ONCE = 100
"""Records in an event."""

_LOOK = 0.25
"""Seconds between two looks at whether there are records: what comes in between comes together."""
_QUIET = 60
"""Looks without any after which something is said, so that nothing in between cuts the stream."""
_LOOKS = 2400

_STILL_HERE = b": still here\n\n"

Stopping: TypeAlias = Callable[[], bool]
Laid: TypeAlias = Callable[[list[Row]], list[dict[str, Any]]]


class Place(Struct, frozen=True):
    """A record, by its chain and number."""

    chain: str
    seq: int

    @classmethod
    def read(cls, text: str) -> Place:
        """Raises `Refusal`."""
        chain, _, number = text.rpartition(".")
        if not (chain and number.isascii() and number.isdigit() and len(number) <= 16):
            raise Refusal("invalid_input", "after is `CHAIN.SEQ` of an event", field="after")
        return cls(chain, int(number))

    def __str__(self) -> str:
        return f"{self.chain}.{self.seq}"


class Streams:
    """What is open. `engine` is None before the server's start and after its end."""

    def __init__(self, source: Callable[[], Source], engine: Callable[[], Engine | None]) -> None:
        self._source = source
        self._engine = engine
        self._open = 0

    def begun(
        self, choice: Choice, after: Place | None, laid: Laid | None, stopping: Stopping
    ) -> AsyncIterator[bytes]:
        """The events of a new stream: all behind `after`, or what comes from now on. `laid` makes
        lines of a page of them; `stopping` says that the server is. Raises `Refusal`."""
        engine = self._engine()
        if engine is None:
            raise Refusal("overloaded", "the server is starting or stopping")
        if self._open >= MOST:
            raise Refusal("overloaded", f"{MOST} already follow the ledger")
        here = Place(engine.journal.chain, engine.journal.seq)
        begin = here if after is None else after
        return self._counted(self._events(choice, begin, laid, stopping))

    async def _counted(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self._open += 1
        try:
            async for event in events:
                yield event
        finally:
            self._open -= 1

    async def _events(
        self, choice: Choice, after: Place, laid: Laid | None, stopping: Stopping
    ) -> AsyncIterator[bytes]:
        yield _STILL_HERE
        quiet = 0
        for _ in range(_LOOKS):
            engine = self._engine()
            if engine is None or stopping():
                return
            if engine.journal.chain != after.chain:
                yield b"event: other\ndata: {}\n\n"
                return
            found = None
            if engine.journal.seq > after.seq:
                found = await self._look(choice, after)
            if found is not None:
                after = Place(after.chain, found.seen)
                yield _event(_told(found, after, laid))
            quiet = 0 if found is not None else quiet + 1
            if quiet == _QUIET:
                quiet = 0
                yield _STILL_HERE
            if found is None or not found.more:
                await asyncio.sleep(_LOOK)

    async def _look(self, choice: Choice, after: Place) -> News | None:
        """None as long as nothing is there, or nothing can be read: it is tried again."""
        try:
            return await asyncio.to_thread(
                news, self._source(), after.chain, choice, after.seq, AT_ONCE
            )
        except NoLedger:
            return None


def _told(found: News, after: Place, laid: Laid | None) -> dict[str, Any]:
    told: dict[str, Any] = {"after": str(after)}
    if found.end is not None:
        told |= state_of(found.end)
    if laid is None:
        return {**told, "records": list(map(content, found.rows))}
    return {**told, "lines": laid(found.rows)}


def state_of(end: End) -> dict[str, Any]:
    """How a chain ends, as JSON."""
    fault = None if end.fault is None else end.fault.sentence
    return {"head": {"seq": end.head.seq, "hash": end.head.hash, "at": end.at}, "fault": fault}


def _event(told: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(told)}\n\n".encode()
