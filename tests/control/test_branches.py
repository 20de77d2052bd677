"""`together` and `retry`: at the same time, all or none, as often as it says."""

from __future__ import annotations

import asyncio
import json

import pytest
from kanvas_runtime.reasoning.provider import ProviderError

from tests.control.built import Model, machine, run

COUNCIL = """
machine council
  accepts
    question as text is required
  responds with
    votes as list of boolean
    length as integer
    note as text is optional
  ensures
    permissions
      allowed to
        reason
  implements
    together opinions
      ask bold, using: "anthropic:claude-haiku-4-5"
        with task "bold: ${input.question}"
        returns
          vote as boolean is required
      ask careful, using: "anthropic:claude-haiku-4-5"
        with task "careful: ${input.question}"
        returns
          vote as boolean is required
      compute length
        input.question.length
    compute answer
      {
        votes: [steps.opinions.bold.vote, steps.opinions.careful.vote],
        length: steps.opinions.length
      }
"""
RECOVERING = COUNCIL.replace(
    "    compute answer",
    """      on failure
        null
    decide checked
      when steps.opinions is null
        {votes: [], length: 0, note: "nobody"}
      otherwise
        {votes: [steps.opinions.bold.vote], length: steps.opinions.length, note: "somebody"}
    compute answer""",
).replace(
    """      {
        votes: [steps.opinions.bold.vote, steps.opinions.careful.vote],
        length: steps.opinions.length
      }
""",
    "      steps.checked\n",
)

PATIENT = """
machine patient
  accepts
    question as text is required
  responds with
    answer as text
  ensures
    permissions
      allowed to
        reason
  implements
    retry found, max: 3, backoff: "linear", delay: 40
      ask once, using: "anthropic:claude-haiku-4-5"
        with task "${input.question}"
      steps.once.text.upper()
      on failure
        "gave up after ${error.type} in ${error.step}"
    compute answer
      {answer: steps.found}
"""


def vote(yes: bool) -> str:
    return json.dumps({"vote": yes})


async def test_children_run_at_the_same_time_and_their_values_stay_apart() -> None:
    meeting = asyncio.Barrier(2)

    async def answer(text: str) -> str:
        await meeting.wait()  # never ends unless both are there
        return vote("bold" in text)

    ran = await run(machine(COUNCIL, "council"), {"question": "Shall we?"}, answer)
    assert ran.output == {"votes": [True, False], "length": 9, "note": None}


@pytest.mark.parametrize("text", [COUNCIL, RECOVERING], ids=["alone", "recovering"])
async def test_a_child_that_fails_cancels_the_others(text: str) -> None:
    async def answer(asked: str) -> str:
        if "careful" in asked:
            await asyncio.Event().wait()
        while model.open < 2:
            await asyncio.sleep(0)
        raise ProviderError("overloaded")

    model = Model(answer)
    ran = await run(machine(text, "council"), {"question": "Shall we?"}, model)
    assert model.cancelled == 1
    steps = [("council", "bold", "provider"), ("council", "careful", "cancelled")]
    assert sorted(ran.steps()) == steps
    if text == COUNCIL:
        assert (ran.refused, ran.step) == ("provider_error", "bold")
    else:
        assert ran.output == {"votes": [], "length": 0, "note": "nobody"}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that were slept, without sleeping them."""
    slept: list[float] = []
    really = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await really(0)

    monkeypatch.setattr("kanvas_runtime.control.asyncio.sleep", sleep)
    return slept


async def test_a_body_is_tried_until_it_works(pauses: list[float]) -> None:
    async def answer(_: str) -> str:
        if len(model.asked) < 3:
            raise ProviderError("not now")
        return "found"

    model = Model(answer)
    ran = await run(machine(PATIENT, "patient"), {"question": "Where?"}, model)
    assert ran.output == {"answer": "FOUND"}
    assert len(model.asked) == 3
    assert pauses == [0.04, 0.08]
    assert [outcome for _, _, outcome in ran.steps()] == ["provider", "provider", "ok"]


async def test_it_is_tried_no_more_often_than_said(pauses: list[float]) -> None:
    async def answer(_: str) -> str:
        raise ProviderError("not now")

    model = Model(answer)
    ran = await run(machine(PATIENT, "patient"), {"question": "Where?"}, model)
    assert ran.output == {"answer": "gave up after provider in once"}
    assert len(model.asked) == 3
    assert pauses == [0.04, 0.08]


async def test_what_works_at_once_is_not_tried_again(pauses: list[float]) -> None:
    async def answer(_: str) -> str:
        return "there"

    model = Model(answer)
    ran = await run(machine(PATIENT, "patient"), {"question": "Where?"}, model)
    assert (ran.output, len(model.asked), pauses) == ({"answer": "THERE"}, 1, [])
