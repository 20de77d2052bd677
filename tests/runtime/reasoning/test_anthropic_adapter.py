"""The adapter, through the real SDK, against a provider on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.reasoning.anthropic import Anthropic, Patience
from kanvas_runtime.reasoning.provider import Meter, ProviderError, Question, Turn

from tests.fake_provider import (
    Behaviour,
    FakeProvider,
    answering,
    cutting,
    encoded,
    events,
    failing,
    failing_inside,
    in_one_piece,
    saying,
    slowly,
    stalling,
)

SCHEMA = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
PATIENCE = Patience(connect=60.0, first_token=60.0, between_tokens=60.0)
HASTE = Patience(connect=60.0, first_token=1.0, between_tokens=1.0)
"""For tests in which one waits in vain, or for a little too long."""
QUESTION = Question(
    model="some-model",
    system="be brief",
    turns=(Turn("user", "hello"), Turn("assistant", "no"), Turn("user", "again")),
    schema=SCHEMA,
    max_tokens=100,
    effort="low",
)


@asynccontextmanager
async def adapter(
    provider: FakeProvider, patience: Patience = PATIENCE
) -> AsyncIterator[Anthropic]:
    async with provider:
        opened = Anthropic("the-key", provider.url, patience)
        try:
            yield opened
        finally:
            await opened.aclose()


async def failure(*script: Behaviour, patience: Patience = PATIENCE) -> tuple[ProviderError, Meter]:
    meter = Meter()
    async with adapter(FakeProvider(*script), patience) as anthropic:
        with pytest.raises(ProviderError) as caught:
            await anthropic.answer(QUESTION, meter)
    return caught.value, meter


async def test_the_request_is_what_the_api_documents() -> None:
    provider = FakeProvider(answering("ok"))
    async with adapter(provider) as anthropic:
        await anthropic.answer(QUESTION, Meter())
    (request,) = provider.requests
    assert request.path == "/v1/messages"
    assert request.headers["authorization"] == "Bearer the-key"
    assert request.body == {
        "model": "some-model",
        "system": "be brief",
        "messages": [
            {"role": "user", "content": "hello"},
            {"role": "assistant", "content": "no"},
            {"role": "user", "content": "again"},
        ],
        "max_tokens": 100,
        "output_config": {
            "effort": "low",
            "format": {"type": "json_schema", "schema": SCHEMA},
        },
        "stream": True,
    }


@pytest.mark.parametrize("behave", [answering("{}"), in_one_piece("{}"), slowly("{}", pause=0.01)])
async def test_an_answer_is_read_whole_and_its_tokens_counted(behave: Behaviour) -> None:
    meter = Meter(tokens_in=100, tokens_out=100)
    async with adapter(FakeProvider(behave)) as anthropic:
        reply = await anthropic.answer(QUESTION, meter)
    assert (reply.text, reply.ending) == ("{}", "finished")
    assert (meter.tokens_in, meter.tokens_out) == (111, 107)


@pytest.mark.parametrize(
    ("stop", "ending"),
    [
        ("stop_sequence", "finished"),
        ("max_tokens", "cut"),
        ("model_context_window_exceeded", "cut"),
        ("refusal", "refused"),
    ],
)
async def test_how_an_answer_ended_is_told(stop: str, ending: str) -> None:
    async with adapter(FakeProvider(answering("x", stop=stop))) as anthropic:
        assert (await anthropic.answer(QUESTION, Meter())).ending == ending


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503, 529])
async def test_these_statuses_may_pass(status: int) -> None:
    error, _ = await failure(failing(status))
    assert error.again
    assert str(status) in error.message
    assert error.request_id == "req_1"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_these_statuses_will_not_pass(status: int) -> None:
    error, _ = await failure(failing(status))
    assert not error.again
    assert str(status) in error.message


@pytest.mark.parametrize("behave", [failing(500), failing_inside("overloaded_error")])
async def test_an_error_repeats_nothing_of_the_providers_body(behave: Behaviour) -> None:
    error, _ = await failure(behave)
    assert "secret" not in error.message
    assert "the-key" not in error.message


async def test_retry_after_is_passed_on() -> None:
    error, _ = await failure(failing(429, retry_after="7"))
    assert error.retry_after == 7.0


@pytest.mark.parametrize(
    ("behave", "again", "timed_out"),
    [
        (stalling(), True, True),
        (stalling(after=""), True, True),
        (stalling(after="{"), False, True),
        (cutting(), True, False),
        (cutting(after=""), True, False),
        (cutting(after="{"), False, False),
        (failing_inside("overloaded_error"), True, False),
        (failing_inside("overloaded_error", after="{"), False, False),
        (failing_inside("invalid_request_error"), False, False),
    ],
)
async def test_an_answer_that_has_begun_is_not_asked_for_again(
    behave: Behaviour, again: bool, timed_out: bool
) -> None:
    error, _ = await failure(behave, patience=HASTE if timed_out else PATIENCE)
    assert (error.again, error.timed_out) == (again, timed_out)


async def test_an_answer_that_never_stops_for_long_may_take_long() -> None:
    """Longer than the wait for a first token and the wait between tokens."""
    text = "x" * 12
    async with adapter(FakeProvider(slowly(text, pause=0.09)), HASTE) as anthropic:
        assert (await anthropic.answer(QUESTION, Meter())).text == text


async def test_a_broken_answer_is_still_paid_for() -> None:
    _, meter = await failure(stalling(after="{"), patience=HASTE)
    assert (meter.tokens_in, meter.tokens_out) == (11, 1)


@pytest.mark.parametrize(
    "behave",
    [
        saying(b"<html>", "text/html"),
        saying(b"event: message_start\ndata: {nonsense\n\n"),
        saying(b'event: message_start\ndata: {"type": "message_start"}\n\n'),
        saying(b'event: message_start\ndata: {"type": "message_start", "message": {}}\n\n'),
        saying(b'event: x\ndata: "\xff"\n\n'),
        saying(b"event: x\ndata: " + b"[" * 100_000 + b"\n\n"),
        saying(b"[]", "application/json"),
        saying(b"{", "application/json"),
        answering("x", stop=None),
        answering("x", stop="something new"),
        answering("x" * 1_100_000),
    ],
)
async def test_nonsense_from_the_provider_is_a_providers_error(behave: Behaviour) -> None:
    error, _ = await failure(behave)
    assert not error.timed_out


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@st.composite
def bent(draw: st.DrawFn) -> bytes:
    """A streamed answer in which one thing, at any depth, is something else, or gone."""
    event: Any
    whole = events("{}")
    event = draw(st.sampled_from(whole))
    while True:
        key = draw(st.sampled_from(sorted(event)))
        if isinstance(event[key], dict) and event[key] and draw(st.booleans()):
            event = event[key]
        elif draw(st.booleans()):
            del event[key]
            break
        else:
            event[key] = draw(JSON)
            break
    return b"".join(encoded(each) for each in whole)


@settings(max_examples=60, deadline=None)
@given(bent())
async def test_whatever_comes_it_is_a_reply_or_a_providers_error(raw: bytes) -> None:
    meter = Meter()
    async with adapter(FakeProvider(saying(raw))) as anthropic:
        with suppress(ProviderError):
            assert isinstance((await anthropic.answer(QUESTION, meter)).text, str)
    assert 0 <= meter.tokens_in <= 10**9 * 3
    assert 0 <= meter.tokens_out <= 10**9


async def test_counts_that_are_no_counts_are_not_believed() -> None:
    meter = Meter()
    async with adapter(FakeProvider(answering("x", tokens=(-5, 10**30)))) as anthropic:
        await anthropic.answer(QUESTION, meter)
    assert (meter.tokens_in, meter.tokens_out) == (0, 0)


async def test_nobody_listens() -> None:
    anthropic = Anthropic("the-key", "http://127.0.0.1:1", PATIENCE)
    with pytest.raises(ProviderError) as caught:
        await anthropic.answer(QUESTION, Meter())
    await anthropic.aclose()
    assert caught.value.again


def test_the_sdk_is_not_imported_before_a_program_asks() -> None:
    program = (
        "import sys, kanvas_runtime.run, kanvas_runtime.reasoning as r; r.missing(());"
        "assert not {'anthropic', 'httpx2', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
