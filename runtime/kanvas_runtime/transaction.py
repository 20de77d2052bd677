"""What a run changes: nothing of it counts before the run's own record, and then all of it."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from kanvas_runtime.bus import Bus, Event
from kanvas_runtime.codec.json_text import encode_json
from kanvas_runtime.codec.kept import check_of
from kanvas_runtime.codec.mismatch import Mismatch
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.ledger.interface import Write
from kanvas_runtime.state import States, form

S = TypeVar("S", bound=Record)

MOST_EVENTS = 1_000
"""Events that one run may publish."""
MOST_HOPS = 32
"""Events in a row that may lead to each other: a circle of subscribers ends here."""


_attempts: ContextVar[tuple[object, ...]] = ContextVar("attempts", default=())
"""The attempts around what is carried out, in each task its own."""


class Transaction:
    """The changes of one run and of the machines that it calls: they share turns and fate.

    `push` hands on a machine's result that comes before the run's end; `hops` counts the events
    that led to the run; `grew` is told (step, field, text) of a text that is still being written,
    and without it nobody watches; `told` keeps of which (step, field). `pushed` (by machine) and
    `events` keep what was pushed and published.
    Without arguments it needs no service: state begins at its defaults and is forgotten.
    """

    __slots__ = (
        "_bus",
        "_closed",
        "_during",
        "_entering",
        "_hops",
        "_push",
        "_states",
        "_values",
        "_written",
        "events",
        "grew",
        "pushed",
        "told",
    )

    def __init__(
        self,
        states: States | None = None,
        bus: Bus | None = None,
        push: Callable[[str, Record], None] | None = None,
        hops: int = 0,
        grew: Callable[[str, str, str | None], None] | None = None,
    ) -> None:
        self.grew = grew
        self.told: set[tuple[str, str]] = set()
        self.events: list[Event] = []
        self._during: list[tuple[object, ...]] = []  # the attempts in which each was published
        self.pushed: dict[str, list[Record]] = {}
        self._states = states
        self._bus = bus
        self._push = push
        self._hops = hops
        self._values: dict[str, Record | None] = {}  # of the machines whose turn this run has
        self._written: dict[str, bytes | None] = {}  # None: still to be encoded
        self._entering: asyncio.Lock | None = None
        self._closed = False

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was changed: it is as good as a new one, where nobody pushes."""
        return not (self._values or self.events or self._closed)

    async def state(self, machine: str, kind: type[S]) -> S:
        """The state as this run sees it; takes the machine's turn.

        Raises:
            Refusal: `overloaded`, `conflict`, or `cancelled` when the run has ended meanwhile.
        """
        self._entering = self._entering or asyncio.Lock()
        async with self._entering:  # branches of a run have one turn together
            self._check_open()
            if machine not in self._values:
                await self._enter(machine)
            value = self._values[machine]
            if value is None:
                value = self._values[machine] = await self._load(machine, kind)
        assert isinstance(value, kind)
        return value

    def set_state(self, machine: str, value: Record) -> None:
        """Buffer a new state. The turn was taken by `state`, whose value this one replaces."""
        self._check_open()
        if self._values.get(machine) is None:
            raise RuntimeError(f"the state of {machine} is set before it was read")
        self._values[machine] = value
        self._written[machine] = None

    def publish(self, name: str, payload: object) -> None:
        """Buffer an event. `payload` is a record or a JSON value.

        Raises:
            Refusal: `overloaded` when a subscriber is too far behind.
            StepFailure: too many events, or a payload that breaks its schema or has no JSON.
        """
        self._check_open()
        if self._hops >= MOST_HOPS:
            raise StepFailure("runtime", f"{MOST_HOPS} events in a row led to each other")
        if len(self.events) >= MOST_EVENTS:
            raise StepFailure("runtime", f"a run publishes at most {MOST_EVENTS} events")
        if self._bus is not None and self._bus.is_full(name):
            raise Refusal("overloaded", f"the subscribers of {name} are too far behind")
        self.events.append(Event(name, _encoded(name, payload), self._hops + 1))
        self._during.append(_attempts.get())

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What is set and published inside is forgotten where it fails; what was pushed has left.

        Others may publish meanwhile; set something they may not.
        """
        values, written, own = dict(self._values), dict(self._written), object()
        token = _attempts.set((*_attempts.get(), own))
        try:
            yield
        except StepFailure:
            self._values = {machine: values.get(machine) for machine in self._values}
            self._written = written
            kept = [one for one in zip(self.events, self._during, strict=True) if own not in one[1]]
            self.events[:] = [event for event, _ in kept]
            self._during = [during for _, during in kept]
            raise
        finally:
            _attempts.reset(token)

    def push(self, machine: str, output: Record) -> None:
        """Hand a result on now. Raises `Refusal` when it breaks its contract."""
        self._check_open()
        if self._push is not None:
            self._push(machine, output)
        self.pushed.setdefault(machine, []).append(output)

    def writes(self) -> list[Write]:
        """What is to be kept, in the transaction of the run's record.

        Raises:
            Refusal: `step_failed` when a state breaks its own modifiers or has no JSON.
        """
        if not self._written:
            return []
        for machine, text in self._written.items():
            if text is None:
                value = self._values[machine]
                assert value is not None
                self._written[machine] = form(type(value)).write(value)
        return [Write(machine, text) for machine, text in self._written.items() if text is not None]

    def abort(self) -> None:
        """Forget everything. Idempotent; nothing can be added afterwards."""
        if not self._closed:
            self._close()

    def commit(self, durable: asyncio.Future[None]) -> None:
        """End the run: its turns last until its record is durable, its events leave then."""
        self._closed = True
        if self._values or self.events:
            durable.add_done_callback(self._committed)

    def _committed(self, durable: asyncio.Future[None]) -> None:
        self._close()
        if self._bus is not None and durable.exception() is None:
            for event in self.events:
                self._bus.publish(event)

    async def _enter(self, machine: str) -> None:
        if self._states is not None:
            await self._states.enter(machine, self)
            if self._closed:  # while it waited
                self._states.leave(machine)
                self._check_open()
        self._values[machine] = None

    async def _load(self, machine: str, kind: type[S]) -> S:
        return kind() if self._states is None else await self._states.load(machine, kind)

    def _close(self) -> None:
        self._closed = True
        entered, self._values = self._values, {}
        if self._states is not None:
            for machine in entered:
                self._states.leave(machine)

    def _check_open(self) -> None:
        if self._closed:
            raise Refusal("cancelled", "the run has ended")


def _encoded(name: str, payload: Any) -> bytes:
    try:
        check = _check_of(type(payload)) if isinstance(payload, Record) else None
        if check is not None:
            check(payload)
        return encode_json(payload)
    except Mismatch as mismatch:
        told = mismatch.refusal("", "the payload")
        raise StepFailure("runtime", f"{name} is not published: {told.message}") from None
    except (RecursionError, TypeError, ValueError):
        raise StepFailure("runtime", f"the payload of {name} has no JSON") from None


_check_of = functools.cache(check_of)
"""What raises `Mismatch` for a payload that breaks the rules of its schema."""
