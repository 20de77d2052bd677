"""When a request is made again, and when not."""

from __future__ import annotations

import asyncio
import logging
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.reasoning.provider import Meter, ProviderError, Question, Reply
from kanvas_runtime.reasoning.retry import Retries, pause, seconds_until

QUESTION = Question("model", "secret system", (), None, 10, None)
SOON = ProviderError(
    "busy (status 529)", again=True, retry_after=0.0, request_id="req_9", kind="busy_error"
)


class Scripted:
    """A provider that fails as told and then answers."""

    def __init__(self, *errors: ProviderError) -> None:
        self.errors = list(errors)

    async def answer(self, question: Question, meter: Meter) -> Reply:
        if self.errors:
            raise self.errors.pop(0)
        return Reply("ok", "finished")

    async def aclose(self) -> None:
        raise AssertionError("not this one's to close")


def retries(allowed: int = 2, within: float = 60.0) -> Retries:
    return Retries("judge", allowed, asyncio.get_running_loop().time() + within)


async def test_an_error_that_may_pass_is_tried_again() -> None:
    meter = Meter()
    reply = await retries().answer(Scripted(SOON, SOON), QUESTION, meter)
    assert (reply.text, meter.attempts) == ("ok", 3)


async def test_not_more_often_than_allowed() -> None:
    meter = Meter()
    with pytest.raises(StepFailure) as caught:
        await retries(1).answer(Scripted(SOON, SOON), QUESTION, meter)
    assert (caught.value.type, meter.attempts) == ("provider", 2)


async def test_all_questions_of_a_step_share_what_is_allowed() -> None:
    shared = retries(1)
    await shared.answer(Scripted(SOON), QUESTION, Meter())
    with pytest.raises(StepFailure):
        await shared.answer(Scripted(SOON), QUESTION, Meter())


@pytest.mark.parametrize(
    ("error", "type_"),
    [
        (ProviderError("no"), "provider"),
        (ProviderError("silence", timed_out=True), "timeout"),
        (ProviderError("busy", again=True, retry_after=61.0), "provider"),
        (ProviderError("busy", again=True, retry_after=math.inf), "provider"),
    ],
)
async def test_what_cannot_help_is_not_tried(error: ProviderError, type_: str) -> None:
    meter = Meter()
    with pytest.raises(StepFailure) as caught:
        await retries().answer(Scripted(error), QUESTION, meter)
    assert (caught.value.type, caught.value.message, meter.attempts) == (type_, error.message, 1)


async def test_a_pause_that_is_longer_than_the_steps_time_is_not_begun() -> None:
    meter = Meter()
    with pytest.raises(StepFailure):
        await retries(within=0.2).answer(
            Scripted(ProviderError("busy", again=True)), QUESTION, meter
        )
    assert meter.attempts == 1


async def test_the_log_has_what_an_operator_needs_and_no_prompt(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await retries().answer(Scripted(SOON), QUESTION, Meter())
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    for part in ("judge", "model", "529", "req_9", "busy_error", "once more"):
        assert part in record.getMessage()
    assert "secret" not in record.getMessage()


@given(st.integers(1, 1000), st.floats(0, 1))
def test_pauses_grow_to_a_limit_and_differ(retry: int, chance: float) -> None:
    longest = pause(retry, lambda: 0.0)
    assert longest == min(0.5 * 2.0 ** min(retry - 1, 10), 8.0)
    assert longest / 2 <= pause(retry, lambda: chance) <= longest


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert seconds_until({"retry-after": said}, now=lambda: 100.0) == seconds


def test_nothing_is_said_without_the_header() -> None:
    assert seconds_until({}) is None
