"""The state of machines: one run at a time has its turn, and sees what the one before left.

Nothing is cached: a turn begins with what is on disk, so that there is nothing to take back when
a commit fails. A turn is held from the first access to the end of the run, when its record and
its state are durable together.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

import msgspec

from kanvas_runtime.codec import Codec
from kanvas_runtime.codec.convert import record_converter
from kanvas_runtime.codec.fast import decoder
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.codec.mismatch import Mismatch
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.interface import StateStore

S = TypeVar("S", bound=Record)

MOST_WAITING = 1_000
"""Runs that may wait for the turn of one machine; the next one is refused."""


class Turn:
    """Who may touch a machine's state. Runs come in the order in which they asked."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
        self.holder: Hashable = None


class States:
    """The states of all machines of a process, by the machine's name."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._turns: dict[str, Turn] = {}
        self._wanted: dict[Hashable, str] = {}  # by a run that waits

    async def enter(self, machine: str, run: Hashable) -> None:
        """Wait for the turn. To be ended by `leave`.

        Raises:
            Refusal: `overloaded` when too many wait, `conflict` when waiting would never end.
        """
        turn = self._turns.setdefault(machine, Turn())
        if turn.waiting >= MOST_WAITING:
            raise Refusal("overloaded", f"too many wait for the state of {machine}")
        if self._leads_back(machine, run):
            message = f"this run and another wait for each other's state ({machine}); send it again"
            raise Refusal("conflict", message)
        turn.waiting += 1
        self._wanted[run] = machine
        try:
            await turn.lock.acquire()
        finally:
            turn.waiting -= 1
            del self._wanted[run]
        turn.holder = run

    def leave(self, machine: str) -> None:
        """End a turn; the next one begins."""
        turn = self._turns[machine]
        turn.holder = None
        turn.lock.release()

    async def load(self, machine: str, kind: type[S]) -> S:
        """The state as the last run left it, or as it begins.

        Raises:
            Mismatch: what is kept does not fit `kind`.
            LedgerUnavailable: it cannot be read.
        """
        text = await self._store.load(machine)
        return kind() if text is None else form(kind).read(text)

    def _leads_back(self, machine: str, run: Hashable) -> bool:
        """Whether the run that has the turn waits, over however many others, for this one."""
        holder = self._holder(machine)
        while holder is not None:
            if holder == run:
                return True
            holder = self._holder(self._wanted.get(holder))
        return False

    def _holder(self, machine: str | None) -> Hashable:
        turn = self._turns.get(machine or "")
        return None if turn is None else turn.holder


class Form(Generic[S]):
    """How one class of state is kept: JSON of its fields."""

    def __init__(self, kind: type[S]) -> None:
        self._fast = decoder(kind)
        self._convert = record_converter(kind, drop_unknown=True)
        self._codec: Codec[S, S] = Codec(kind, kind)

    def write(self, state: S) -> bytes:
        """Raises `Refusal` (`step_failed`) when the state breaks its own modifiers."""
        return self._codec.encode(state)

    def read(self, text: bytes) -> S:
        """Fields that the class has no more are left out, new ones get their defaults.

        Raises:
            Mismatch: a value that does not fit its field.
            Refusal: `invalid_json`, when somebody else has written there.
        """
        if self._fast is not None:
            try:
                state = self._fast(text)
            except msgspec.MsgspecError:
                state = None
            if state is not None:
                return state
        converted: S = self._convert(decode_exact(text, "what was kept"))
        return converted


@functools.cache
def form(kind: type[Any]) -> Form[Any]:
    """The shared form of a class of state."""
    return Form(kind)


async def misfit(states: States, machine: str, kind: type[Record]) -> str | None:
    """Which field's kept value does not fit its class any more, and why; None when all fit."""
    try:
        await states.load(machine, kind)
    except Mismatch as mismatch:
        return mismatch.refusal("", "the state").message
    except Refusal as refusal:
        return refusal.message
    return None
