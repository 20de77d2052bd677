"""How often a model's provider is asked, how long it is waited for, and who decides that."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Ask, Machine
from kanvas_runtime.reasoning.anthropic import Anthropic, Patience
from kanvas_runtime.reasoning.converse import converse
from kanvas_runtime.reasoning.provider import Meter, ProviderError, Question, Reply
from kanvas_runtime.reasoning.registry import Reasoners
from msgspec.structs import replace

from tests.control.built import machine
from tests.fake_provider import FakeProvider, cutting, failing, failing_inside
from tests.runtime.machines import NOTHING, Mood, Nothing
from tests.runtime.reasoning.test_anthropic_adapter import QUESTION
from tests.runtime.reasoning.test_asking import BAD, JUDGE, WARM, ask

AS_THE_MACHINE_SAYS = replace(JUDGE, max_retries=None)
PROGRAM = """
machine m
  responds with
    text as text
  ensures
    permissions
      allowed to
        reason
  implements
    ask said, using: "anthropic:claude-haiku-4-5"
      with task "Say something"
"""


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
async def test_what_may_pass_is_asked_again(status: int) -> None:
    asked = await ask(failing(status, retry_after="0"), WARM)
    assert asked.outcome.output == Mood(tone="warm")
    assert len(asked.requests) == asked.end["attempts"] == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_what_will_not_pass_is_asked_once(status: int) -> None:
    asked = await ask(failing(status, retry_after="0"), WARM)
    assert asked.failure == ("provider_error", "judge")
    assert len(asked.requests) == asked.end["attempts"] == 1


@pytest.mark.parametrize("trouble", [cutting(), cutting(after="")])
async def test_a_lost_connection_is_made_again(trouble: Any) -> None:
    asked = await ask(trouble, WARM)
    assert asked.outcome.output == Mood(tone="warm")
    assert len(asked.requests) == 2


@pytest.mark.parametrize(
    "trouble", [cutting(after="{"), failing_inside("overloaded_error", after="{")]
)
async def test_what_has_begun_to_answer_is_not_asked_again(trouble: Any) -> None:
    asked = await ask(trouble, WARM)
    assert asked.failure == ("provider_error", "judge")
    assert len(asked.requests) == 1


async def test_twice_unless_the_machine_or_the_step_says_otherwise() -> None:
    busy = failing(503, retry_after="0")
    assert Machine("m", Nothing, Nothing, lambda input_, run: NOTHING).max_retries == 2
    assert len((await ask(busy, step=AS_THE_MACHINE_SAYS)).requests) == 3
    assert len((await ask(busy, step=replace(JUDGE, max_retries=0))).requests) == 1
    assert len((await ask(busy, step=replace(JUDGE, max_retries=4))).requests) == 5
    assert machine(PROGRAM, "m").max_retries == 2
    told = PROGRAM.replace("  implements\n", "  implements\n    runtime\n      max_retries: 0\n")
    made = machine(told, "m")
    assert (made.max_retries, made.asks[0].max_retries) == (0, None)


async def test_the_library_beneath_asks_nothing_again() -> None:
    """It says in each request how often it has tried; and it was asked for one."""
    asked = await ask(failing(500, retry_after="0"), failing(429, retry_after="0"), WARM)
    assert {each.headers["x-stainless-retry-count"] for each in asked.requests} == {"0"}
    async with FakeProvider(failing(500, retry_after="0"), WARM) as provider:
        anthropic = Anthropic("the-key", provider.url)
        with pytest.raises(ProviderError):
            await anthropic.answer(QUESTION, Meter())
        await anthropic.aclose()
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("headers", "least", "most"), [({"retry_after": "3"}, 3, 3), ({}, 0.25, 0.5)]
)
async def test_it_is_waited_as_long_as_the_provider_asks(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], least: float, most: float
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("kanvas_runtime.reasoning.retry.asyncio.sleep", sleep)
    asked = await ask(failing(429, **headers), WARM)
    assert asked.outcome.output == Mood(tone="warm")
    (seconds,) = slept
    assert least <= seconds <= most


async def test_a_wait_beyond_the_steps_time_is_not_begun() -> None:
    asked = await ask(failing(429, retry_after="6"), WARM, step=replace(JUDGE, timeout=5.0))
    assert asked.failure == ("provider_error", "judge")
    assert len(asked.requests) == 1


async def test_the_steps_time_is_for_all_of_its_requests() -> None:
    """Also for the one that a bad answer goes back with."""

    class Stuck:
        """Answers what does not fit, and then nothing."""

        asked = 0

        async def answer(self, question: Question, _: Meter) -> Reply:
            self.asked += 1
            if self.asked == 1:
                return Reply("no JSON", "finished")
            return await asyncio.Future()

        async def aclose(self) -> None:
            pass

    stuck = Stuck()
    with pytest.raises(StepFailure) as caught:
        await converse(stuck, replace(JUDGE, timeout=0.2), QUESTION, Meter())
    assert (caught.value.type, stuck.asked) == ("timeout", 2)


async def test_a_repair_is_no_retry() -> None:
    asked = await ask(BAD, WARM, step=replace(JUDGE, max_retries=0))
    assert asked.outcome.output == Mood(tone="warm")
    assert len(asked.requests) == 2


async def test_how_long_a_provider_is_waited_for() -> None:
    assert Ask(name="a", model="m", returns=Mood).timeout == 60.0
    assert machine(PROGRAM, "m").asks[0].timeout == 60.0
    assert Patience() == Patience(connect=5.0, first_token=30.0, between_tokens=15.0)
    reasoners = Reasoners({"ANTHROPIC_API_KEY": "sk-x"})
    opened = reasoners.provider("anthropic")
    assert isinstance(opened, Anthropic)
    assert opened._patience == Patience()
    timeout = opened._client.timeout
    assert getattr(timeout, "connect", None) == 5.0
    assert getattr(timeout, "read", 0) is None, "the silence between tokens is ours to bound"
    assert opened._client.max_retries == 0
    await reasoners.aclose()
