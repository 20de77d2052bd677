"""When a request that got no answer is made again."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.reasoning.provider import Meter, Provider, ProviderError, Question, Reply

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0

_log = logging.getLogger("kanvas.reasoning")


def pause(retry: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds before the given retry (1, 2, …): doubling, up to half of it left to chance."""
    longest: float = min(_FIRST_PAUSE * 2 ** (retry - 1), _LONGEST_PAUSE)
    return longest * (1 - chance() / 2)


def seconds_until(headers: Mapping[str, str], now: Callable[[], float] = time.time) -> float | None:
    """What Retry-After asks for: seconds or a date (RFC 9110 section 10.2.3); None when unsaid."""
    said = headers.get("retry-after")
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        seconds = _until(said, now())
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _until(date: str, now: float) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - now
    except (ValueError, OverflowError):
        return math.nan


async def _once(provider: Provider, question: Question, meter: Meter) -> Reply:
    """One request. Raises `ProviderError`, and `StepFailure` where it may cost too much."""
    if meter.fare is not None:
        meter.fare.begin(question.most_tokens())
    meter.attempts += 1
    if meter.watcher is not None:
        meter.watcher.begin()
    before, whole = (meter.tokens_in, meter.tokens_out), False
    try:
        reply = await provider.answer(question, meter)
        whole = True
        return reply
    finally:
        if meter.fare is not None:
            used = meter.tokens_in - before[0], meter.tokens_out - before[1]
            meter.fare.end(*used, whole)


class Retries:
    """The requests of one step: at most `allowed` of them are repeats, all before `deadline`.

    `deadline` is in the time of the running loop.
    """

    def __init__(self, step: str, allowed: int, deadline: float) -> None:
        self._step = step
        self._allowed = allowed
        self._deadline = deadline
        self._used = 0

    async def answer(self, provider: Provider, question: Question, meter: Meter) -> Reply:
        """Ask until there is an answer. Raises `StepFailure` (`provider`, `timeout`)."""
        while True:
            try:
                return await _once(provider, question, meter)
            except ProviderError as error:
                await self._wait(error, question.model)

    async def _wait(self, error: ProviderError, model: str) -> None:
        """Wait until the question may be put again; raises when it may not."""
        again = error.again and self._used < self._allowed
        seconds = self._seconds(error) if again else 0.0
        if asyncio.get_running_loop().time() + seconds >= self._deadline:
            again = False
        known = ", ".join(word for word in (error.kind, error.request_id) if word) or "no details"
        outcome = f"once more in {seconds:.2g} s" if again else "given up"
        _log.warning("step %s, %s: %s (%s); %s", self._step, model, error, known, outcome)
        if not again:
            raise StepFailure("timeout" if error.timed_out else "provider", error.message)
        self._used += 1
        await asyncio.sleep(seconds)

    def _seconds(self, error: ProviderError) -> float:
        return pause(self._used + 1) if error.retry_after is None else error.retry_after
