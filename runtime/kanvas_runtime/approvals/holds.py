"""The steps that wait for a person now: told to whoever decides, and ended in one of four ways.

A hold is kept in the transaction of its first record and forgotten in that of its last one, so a
server that dies leaves behind which steps waited; the next one records that they have expired.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

import msgspec
from msgspec import Struct

from kanvas_runtime.approvals.hold import LONGEST_REASON, Choice, Decided, Hold
from kanvas_runtime.codec.json_text import encode_json
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.interface import Journal, LedgerUnavailable, Write

MOST = 10_000
"""Steps that may wait at once …"""
MOST_OF_ONE = 1_000
"""… and of these, those of one principal; all who have not signed in are one."""

_PREFIX = "hold:"
_REMEMBERED = 1_000
_TOO_LATE = "nobody decided in time"
_STOPPING = "the server was stopped"
_RESTARTED = "the server was restarted"
_WITHDRAWN = "the run has ended"


class _Waiting(Struct):
    hold: Hold
    decided: asyncio.Future[Decided]
    timer: asyncio.TimerHandle | None = None


class Holds:
    """All holds of a process. `clock`: seconds since 1970."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._journal = journal
        self._waiting: dict[str, _Waiting] = {}
        self._ended: OrderedDict[str, Decided] = OrderedDict()  # the last ones, for who comes late
        self._own: Counter[str | None] = Counter()  # by principal
        self._closed = False

    @property
    def open(self) -> list[Hold]:
        """Those that wait, the oldest first."""
        return [each.hold for each in self._waiting.values()]

    def find(self, id_: str) -> Hold | None:
        """The hold, if it still waits."""
        waiting = self._waiting.get(id_)
        return None if waiting is None else waiting.hold

    def check_room(self, principal: str | None) -> None:
        """Raises `Refusal` (`overloaded`) when too many wait already."""
        if len(self._waiting) >= MOST:
            raise Refusal("overloaded", "too many runs wait for a person already")
        if self._own[principal] >= MOST_OF_ONE:
            raise Refusal("overloaded", f"at most {MOST_OF_ONE} of your runs may wait for a person")

    async def wait(
        self, hold: Hold, writes: tuple[Write, ...], told: Callable[[], None]
    ) -> Decided:
        """What becomes of it. `told` is called once its record, and `writes`, are on disk.

        Raises:
            LedgerUnavailable: that cannot be.
        """
        if self._closed:
            expired = Decided("expired", reason=_STOPPING)
            self._record(hold, expired)
            return expired
        kept = Write(_PREFIX + hold.id, encode_json(hold))
        loop = asyncio.get_running_loop()
        waiting = self._waiting[hold.id] = _Waiting(hold, loop.create_future())
        self._own[hold.principal] += 1
        try:
            await asyncio.shield(
                self._journal.append("Decision", hold.facts("held"), (kept, *writes))
            )
            if not waiting.decided.done():
                late = max(0.0, hold.until - self.clock())
                expired = Decided("expired", reason=_TOO_LATE)
                waiting.timer = loop.call_later(late, self._end, hold.id, expired)
                told()
            return await waiting.decided
        except asyncio.CancelledError:
            self._end(hold.id, Decided("withdrawn", reason=_WITHDRAWN))
            raise
        except LedgerUnavailable:
            self._take(hold.id)
            raise

    async def decide(
        self,
        id_: str,
        choice: Choice,
        decider: str,
        *,
        reason: str | None = None,
        digest: str | None = None,
        is_operator: bool = False,
    ) -> Decided:
        """Say what is to become of a hold; returns when that is on disk.

        `digest`: of the arguments that the person saw. Who owns the data directory `is_operator`.

        Raises:
            Refusal: `not_found`; `conflict` for what was decided or is about something else;
                `denied` for whoever asked for the run.
            LedgerUnavailable: it cannot be recorded.
        """
        hold = self._still_open(id_)
        if not is_operator and hold.principal == decider and not hold.by_self:
            raise Refusal("denied", "whoever asked for a run may not decide about it")
        if digest is not None and digest != hold.digest:
            raise Refusal("conflict", "this hold is about other arguments", field="digest")
        _check_reason(reason)
        verdict = Decided("approved" if choice == "approve" else "denied", decider, reason or None)
        await asyncio.shield(self._end(id_, verdict))
        return verdict

    def withdraw(self, run: str) -> None:
        """The run ends: nobody has to decide about it any more."""
        for hold in self.open:
            if hold.run == run:
                self._end(hold.id, Decided("withdrawn", reason=_WITHDRAWN))

    def close(self) -> None:
        """The server is about to stop: nobody can decide any more. Idempotent."""
        self._closed = True
        for id_ in [*self._waiting]:
            self._end(id_, Decided("expired", reason=_STOPPING))

    async def load(self) -> list[Hold]:
        """Expire what waited when the last server ended. Raises `LedgerUnavailable`."""
        left = [_decode(value) for _, value in await self._journal.scan(_PREFIX)]
        for hold in left:
            self._record(hold, Decided("expired", reason=_RESTARTED))
        return left

    def _still_open(self, id_: str) -> Hold:
        hold = self.find(id_)
        if hold is not None:
            return hold
        ended = self._ended.get(id_)
        if ended is None:
            raise Refusal("not_found", "no such run waits for a person")
        by = "" if ended.decider is None else f" by {ended.decider}"
        raise Refusal("conflict", f"this was {ended.verdict}{by} already")

    def _end(self, id_: str, decided: Decided) -> asyncio.Future[None]:
        """The run goes on at once: whatever it does next is recorded behind this."""
        waiting = self._take(id_)
        if waiting is None:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        self._ended[id_] = decided
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        durable = self._record(waiting.hold, decided)
        if not waiting.decided.done():
            waiting.decided.set_result(decided)
        return durable

    def _take(self, id_: str) -> _Waiting | None:
        waiting = self._waiting.pop(id_, None)
        if waiting is not None:
            self._own -= Counter([waiting.hold.principal])  # whoever has none left is not kept
            if waiting.timer is not None:
                waiting.timer.cancel()
        return waiting

    def _record(self, hold: Hold, decided: Decided) -> asyncio.Future[None]:
        fields = hold.facts(decided.verdict) | decided.facts()
        return self._journal.append("Decision", fields, (Write(_PREFIX + hold.id, b""),))


_decode = msgspec.json.Decoder(Hold).decode


def _check_reason(reason: str | None) -> None:
    if reason is None:
        return
    if len(reason) > LONGEST_REASON:
        message = f"a reason has at most {LONGEST_REASON} characters"
        raise Refusal("invalid_input", message, field="reason")
    if any("\ud800" <= letter <= "\udfff" for letter in reason):
        raise Refusal("invalid_input", "the reason is no text", field="reason")
