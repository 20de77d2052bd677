"""Runs that no caller asked for: of events and of schedules."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from kanvas_runtime.bus import Event
from kanvas_runtime.codec import convert, decode_json
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import SYSTEM, Access, Caller, Engine, Served
from kanvas_runtime.errors import Refusal
from kanvas_runtime.live import Live, report, run_unasked
from kanvas_runtime.machine import Cron, Every, Machine, Subscription, WebSocketSurface
from kanvas_runtime.schedules import Schedules, Timer, timer_of
from kanvas_runtime.start import StartRefused
from kanvas_runtime.state import misfit


class Background:
    """The subscriptions and schedules of an app's machines, from its start to its end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._schedules = Schedules()

    def start(self, machines: Iterable[Served]) -> None:
        """Raises `StartRefused` for a schedule that cannot run."""
        for served in machines:
            for subscription in served.machine.subscribes:
                self._subscribe(served, subscription)
            for schedule in served.machine.schedules:
                self._schedule(served, schedule)

    def follow(self, served: Served, surface: WebSocketSurface) -> None:
        """Run again for who subscribed on a surface. Raises `StartRefused`."""
        live = Live(self._engine, served)
        if surface.every is not None:
            caller = Caller("every", surface.path, principal=SYSTEM)
            timer = _timer(served.machine, Every(surface.every))
            self._schedules.start(timer, partial(live.run_all, caller))
        if surface.on is not None:
            self._engine.bus.subscribe(surface.on, live.happened)

    def hush(self) -> None:
        """The server is about to stop: no further scheduled run."""
        self._schedules.hush()

    async def stop(self, patience: float) -> None:
        """No further scheduled run; what was published is still handled. Idempotent."""
        until = time.monotonic() + patience
        await self._schedules.stop(patience)
        await self._engine.bus.close(max(0.0, until - time.monotonic()))

    def _subscribe(self, served: Served, subscription: Subscription) -> None:
        if subscription.run is not None:
            machine = replace(served.machine, run=subscription.run)
            served = msgspec.structs.replace(Served.of(machine), answers=False)

        async def handle(event: Event) -> None:
            await self._happened(served, event)

        self._engine.bus.subscribe(subscription.event, handle)

    def _schedule(self, served: Served, schedule: Every | Cron) -> None:
        timer, defaults = _timer(served.machine, schedule), _defaults(served)
        path = schedule.expression if isinstance(schedule, Cron) else f"every {schedule.seconds:g}s"
        caller = Caller("schedule", path, principal=SYSTEM)

        async def run() -> None:
            await run_unasked(self._engine, served, caller, defaults)

        self._schedules.start(timer, run)

    async def _happened(self, served: Served, event: Event) -> None:
        caller = Caller("event", event.name, principal=SYSTEM)
        started = time.monotonic()
        try:
            value = read_input(served.machine, event.payload)
        except Refusal as refusal:
            self._engine.record(caller, Access(refusal.code, started, served.machine.name))
            report(served, caller, refusal)
            return
        await run_unasked(self._engine, served, caller, value, event.hops)


async def check_states(engine: Engine, machines: Iterable[Machine[Any, Any]], where: str) -> None:
    """Raises `StartRefused` when what is kept fits a machine's state no more."""
    for machine in machines:
        if machine.state is not None:
            found = await misfit(engine.states, machine.name, machine.state)
            if found is not None:
                raise StartRefused(
                    f"the state of {_place(machine)} that is kept in {where} does not fit its"
                    f" declaration any more: {found}. Change the field back, give it another name,"
                    " or start with another data directory."
                )


def _timer(machine: Machine[Any, Any], schedule: Every | Cron) -> Timer:
    try:
        return timer_of(schedule)
    except ValueError as error:
        raise StartRefused(f"{_place(machine)} cannot be scheduled: {error}") from None


def _defaults(served: Served) -> Record:
    try:
        value: Record = served.codec.convert({})
    except Refusal as refusal:
        place = _place(served.machine)
        raise StartRefused(f"{place} cannot be scheduled: {refusal.message}") from None
    return value


def _place(machine: Machine[Any, Any]) -> str:
    return f"{machine.name} ({machine.source})" if machine.source else machine.name


def read_input(machine: Machine[Any, Any], payload: bytes) -> Record:
    """An event says more than each subscriber needs: what is not accepted is left out."""
    accepted: type[Record] = machine.input
    said = decode_json(payload, "the payload")
    if not accepted.__struct_fields__:
        said = {}
    value: Record = convert(said, accepted, drop_unknown=True)
    return value
