"""Runs that were held: whose they are, and what they came to, for a day.

Such a run may end when nobody is connected any more, so its result is kept with its record.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from kanvas_runtime.codec.json_text import encode_json
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.interface import Journal, Scalar, Write
from kanvas_runtime.once import KEPT_FOR, as_refusal, said
from kanvas_runtime.wishes import Notice

if TYPE_CHECKING:
    from kanvas_runtime.run import Call

PATH = "/_kanvas/runs/"
"""Where a run's result is asked for, with its id behind it."""

_PREFIX = "run:"
_EXPIRED_AT_ONCE = 20


def location(run: str) -> str:
    """The path at which a run's result is, or will be."""
    return PATH + run


class HeldRun(msgspec.Struct, omit_defaults=True):
    """Who asked for a run, by what, and how it ended: an output (JSON) or an error.

    `at`: when it was held first or has ended, in seconds since 1970.
    """

    run: str
    machine: str
    surface: str
    path: str
    at: float
    principal: str | None = None
    connection: str | None = None
    has_ended: bool = False
    output: str | None = None
    error: dict[str, str | float | None] | None = None

    @property
    def refusal(self) -> Refusal | None:
        """The error, if it was one."""
        return None if self.error is None else as_refusal(self.error)

    def facts(self) -> dict[str, Scalar]:
        """The fields of its `SurfaceAccess`."""
        fields: dict[str, Scalar] = {
            "surface": self.surface,
            "machine": self.machine,
            "run": self.run,
        }
        given = {"path": self.path, "principal": self.principal, "connection": self.connection}
        return fields | {name: value for name, value in given.items() if value}


class Ending(Struct):
    """How a run ended: its outcome as the record has it, its output (JSON) or why not."""

    outcome: str
    output: bytes | None = None
    refusal: Refusal | None = None


class HeldRuns:
    """Of a process, and in its data directory those of a day. `clock`: seconds since 1970."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._clock = clock
        self._open: dict[str, HeldRun] = {}
        self._notices: dict[str, Notice] = {}  # of open ones, the newest hold
        self._until: OrderedDict[str, float] = OrderedDict()  # of those that ended
        self._tasks: set[asyncio.Task[object]] = set()

    def __contains__(self, run: str) -> bool:
        """Whether a run is or was held, and has not ended."""
        return run in self._open

    def begin(self, call: Call) -> tuple[Write, ...]:
        """A run is to be held; what is to be kept with the record of that, the first time."""
        if call.run in self._open:
            return ()
        held = self._open[call.run] = HeldRun(
            call.run,
            call.asked or call.machine.name,
            call.surface,
            call.path,
            self._clock(),
            call.principal,
            call.connection,
        )
        return (self._write(held),)

    def told(self, notice: Notice) -> None:
        """One of its steps waits now."""
        self._notices[notice.run] = notice

    def ended(self, run: str, ending: Ending) -> tuple[Write, ...]:
        """What is to be kept with the last record of a run; nothing for one that was not held."""
        held = self._open.pop(run, None)
        if held is None:
            return ()
        self._notices.pop(held.run, None)
        held.has_ended, held.at = True, self._clock()
        held.output = None if ending.output is None else ending.output.decode()
        if ending.output is None:
            message = "the run was cancelled before it ended"
            held.error = said(ending.refusal or Refusal(ending.outcome, message))
        removed = self._forget_old()
        self._until[held.run] = held.at + KEPT_FOR
        return self._write(held), *removed

    async def find(self, run: str) -> tuple[HeldRun, Notice | None] | None:
        """A run, and the newest step of it that was held, as long as it has not ended.

        Raises `LedgerUnavailable` when it cannot be looked up.
        """
        held = self._open.get(run)
        if held is not None:
            return held, self._notices.get(run)
        if self._until.get(run, 0.0) <= self._clock():
            return None
        text = await self._journal.load(_PREFIX + run)
        return None if text is None else (_decode(text), None)

    async def load(self) -> None:
        """Learn what is there; what had not ended has now. Raises `LedgerUnavailable`."""
        kept = [_decode(value) for _, value in await self._journal.scan(_PREFIX)]
        for held in sorted(kept, key=lambda each: each.at):
            if held.has_ended:
                self._until[held.run] = held.at + KEPT_FOR
            else:
                self._cut_short(held)

    def adopt(self, task: asyncio.Task[object]) -> None:
        """A run goes on although nobody waits for it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, patience: float) -> None:
        """Let what goes on end: so many seconds, and no more."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _cut_short(self, held: HeldRun) -> None:
        """Whether it still waited or was approved already: with the server, the run ended."""
        self._open[held.run] = held
        duration = int(max(0.0, self._clock() - held.at) * 1e6)
        message = "the server was restarted before anybody had decided, or before the run had ended"
        expired = Ending("approval_expired", refusal=Refusal("approval_expired", message))
        fields = held.facts() | {"outcome": expired.outcome, "duration_us": duration}
        self._journal.append("SurfaceAccess", fields, self.ended(held.run, expired))

    def _forget_old(self) -> list[Write]:
        now = self._clock()
        old = [run for run in list(self._until)[:_EXPIRED_AT_ONCE] if self._until[run] <= now]
        for run in old:
            del self._until[run]
        return [Write(_PREFIX + run, b"") for run in old]

    def _write(self, held: HeldRun) -> Write:
        return Write(_PREFIX + held.run, encode_json(held))


_decode = msgspec.json.Decoder(HeldRun).decode
