"""Answers that are kept for a day, so that a request with a key is carried out once.

An answer is kept in the transaction of its run's record: after a crash there are both or neither.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from kanvas_runtime.codec.json_text import encode_json
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.interface import Journal, Write
from kanvas_runtime.wishes import Notice

KEPT_FOR = 24 * 3600.0
"""Seconds."""

_PREFIX = "once:"
_EXPIRED_AT_ONCE = 20
_NO_ANSWER = frozenset({"cancelled", "overloaded", "rate_limited"})
"""What says that nothing was done, or not all of it: the same request may try again."""


class Kept(msgspec.Struct, frozen=True):
    """The first answer to a key: JSON of an output, or a refusal. `at` is the time of day."""

    at: float
    input: str
    run: str
    output: str | None = None
    error: dict[str, str | float | None] | None = None

    @property
    def refusal(self) -> Refusal | None:
        """The error, if it was one."""
        return None if self.error is None else as_refusal(self.error)


class Claim:
    """The right to be the first to answer to a key; others wait until it is released."""

    __slots__ = ("_answers", "_watchers", "input", "keeps_failures", "key", "notice", "released")

    def __init__(self, answers: Answers, key: str, input_: str) -> None:
        self._answers = answers
        self._watchers: list[Callable[[Notice], None]] = []
        self.key = key
        self.input = input_
        self.keeps_failures = True
        self.notice: Notice | None = None
        self.released: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def held(self, notice: Notice) -> None:
        """The first answer waits for a person: tell those who wait for it."""
        self.notice = notice
        for tell in [*self._watchers]:
            tell(notice)

    async def watched(self, tell: Callable[[Notice], None]) -> None:
        """Wait until it is released, and `tell` meanwhile of each step that is held."""
        self._watchers.append(tell)
        try:
            if self.notice is not None:
                tell(self.notice)
            await asyncio.shield(self.released)
        finally:
            self._watchers.remove(tell)

    def writes(self, run: str, output: bytes | None, refusal: Refusal | None) -> tuple[Write, ...]:
        """What is to be kept with the record of the run; nothing when it gave no answer."""
        if refusal is not None and (refusal.code in _NO_ANSWER or not self.keeps_failures):
            return ()
        return self._answers.writes(self, run, output, refusal)

    def release(self, durable: asyncio.Future[None] | None = None) -> None:
        """Let the others look, as soon as what was written can be found."""
        if durable is None or durable.done():
            self._answers.release(self.key)
        else:
            durable.add_done_callback(lambda _: self._answers.release(self.key))


Found: TypeAlias = Kept | Claim


def _nobody(_notice: Notice) -> None:
    """There is nobody to tell."""


def _conflict() -> Refusal:
    return Refusal("conflict", "this key was used with another input", field="key")


class Answers:
    """All answers that are kept in a data directory."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time) -> None:
        self._journal = journal
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()  # the oldest first
        self._claimed: dict[str, Claim] = {}

    async def load(self) -> None:
        """Learn what is there. Raises `LedgerUnavailable`."""
        kept = [(key, _decode(value)) for key, value in await self._journal.scan(_PREFIX)]
        for key, answer in sorted(kept, key=lambda each: each[1].at):
            self._until[key] = answer.at + KEPT_FOR

    async def claim(
        self,
        principal: str | None,
        machine: str,
        key: str,
        content: bytes,
        held: Callable[[Notice], None] = _nobody,
    ) -> Found:
        """The kept answer, or the claim to give the first one; waits while another has it.

        `held` is told of each step of the first run that waits for a person.

        Raises:
            Refusal: `conflict` when the key was used with another input.
            LedgerUnavailable: it cannot be looked up.
        """
        place = _place(principal, machine, key)
        digest = self._journal.digest(content)
        while place in self._claimed:
            first = self._claimed[place]
            if first.input != digest:
                raise _conflict()  # which may be a matter of hours when a person decides
            await first.watched(held)
        claim = Claim(self, place, digest)
        self._claimed[place] = claim
        try:
            kept = await self._kept(place)
        except BaseException:
            claim.release()
            raise
        if kept is None:
            return claim
        claim.release()
        if kept.input != digest:
            raise _conflict()
        return kept

    def writes(
        self, claim: Claim, run: str, output: bytes | None, refusal: Refusal | None
    ) -> tuple[Write, ...]:
        """See `Claim.writes`; some of what has expired is removed with it."""
        now = self._clock()
        error = None if refusal is None else said(refusal)
        text = None if output is None else output.decode()
        answer = Kept(now, claim.input, run, text, error)
        old = list(self._until)[:_EXPIRED_AT_ONCE]
        expired = [key for key in old if self._until[key] <= now and key != claim.key]
        for key in expired:
            del self._until[key]
        self._until[claim.key] = now + KEPT_FOR
        self._until.move_to_end(claim.key)
        removed = (Write(key, b"") for key in expired)
        return Write(claim.key, encode_json(answer)), *removed

    def release(self, place: str) -> None:
        """See `Claim.release`."""
        released = self._claimed.pop(place).released
        if not released.done():
            released.set_result(None)

    async def _kept(self, place: str) -> Kept | None:
        if self._until.get(place, 0.0) <= self._clock():
            return None
        text = await self._journal.load(place)
        return None if text is None else _decode(text)


_decode = msgspec.json.Decoder(Kept).decode


def as_refusal(kept: Mapping[str, str | float | None]) -> Refusal:
    """Undo `said`."""
    return Refusal(**kept)  # type: ignore[arg-type]


def _place(principal: str | None, machine: str, key: str) -> str:
    """The digest keeps what a client made up out of the data directory's index."""
    said = encode_json([principal, machine, key])
    return _PREFIX + hashlib.sha256(said).hexdigest()


def said(refusal: Refusal) -> dict[str, str | float | None]:
    """A refusal as it is kept."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "field": refusal.field,
        "step": refusal.step,
        "retry_after": refusal.retry_after,
    }
