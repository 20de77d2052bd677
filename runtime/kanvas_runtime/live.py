"""Runs that nobody waits for, and those among them that keep subscriptions up to date."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from msgspec.structs import replace

from kanvas_runtime.bus import Event
from kanvas_runtime.codec import decode_json
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import SYSTEM, Caller, Engine, Served, asked_at
from kanvas_runtime.errors import Refusal
from kanvas_runtime.wishes import Key

_log = logging.getLogger("kanvas.background")


async def run_unasked(
    engine: Engine, served: Served, caller: Caller, value: Record, hops: int = 0
) -> None:
    """Run, record, tell who subscribed. Ends when what the run published is on its way."""
    done = await engine.carry_out(served, caller, value, time.monotonic(), hops)
    if done.durable is not None:
        await asyncio.wait({done.durable})
    if done.result.refusal is not None:
        report(served, caller, done.result.refusal)


def report(served: Served, caller: Caller, refusal: Refusal) -> None:
    """There is nobody to answer, so the log has to say it."""
    _log.warning(
        "%s, %s %s: %s: %s",
        served.machine.name,
        caller.surface,
        caller.path,
        refusal.code,
        refusal.message,
    )


class Live:
    """The subscriptions to one machine: one run for each input, however many listen."""

    def __init__(self, engine: Engine, served: Served) -> None:
        self._engine = engine
        self._served = served

    async def run_all(self, caller: Caller) -> None:
        """Run again for every input that somebody listens to, unless nothing can run now."""
        if self._engine.unready() is None:
            await self._run(caller, self._engine.hub.keys(self._served.machine.name))

    async def happened(self, event: Event) -> None:
        """Run again for the inputs whose values the event's payload has."""
        name = self._served.machine.name
        self._engine.hub.forget(name)
        payload = decode_json(event.payload, "the payload")
        places = self._engine.hub.keys(name)
        about = [each for each in places if _says(payload, asked_at(self._served, each)[1])]
        await self._run(Caller("event", event.name, principal=SYSTEM), about, event.hops)

    async def _run(self, caller: Caller, places: Iterable[Key], hops: int = 0) -> None:
        runs = []
        for place in places:
            principal, key = asked_at(self._served, place)
            value = self._served.codec.decode(key)
            asked = replace(caller, principal=principal)
            runs.append(run_unasked(self._engine, self._served, asked, value, hops))
        await asyncio.gather(*runs)


def _says(payload: object, key: Key) -> bool:
    """Whether each value of an input is in the payload; what the input leaves null may be any."""
    wanted = decode_json(key)
    assert isinstance(wanted, dict)
    said = payload if isinstance(payload, dict) else {}
    return all(value is None or said.get(name) == value for name, value in wanted.items())
