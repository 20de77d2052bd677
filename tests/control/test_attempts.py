"""What a failed attempt of `retry` has changed is undone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from kanvas_runtime.codec import Codec
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Machine
from kanvas_runtime.reasoning.provider import ProviderError
from kanvas_runtime.reasoning.registry import Reasoners
from kanvas_runtime.run import perform
from kanvas_runtime.transaction import Transaction

from tests.control.built import HANGING, Model, machine
from tests.runtime.machines import call

HEAD = """
machine m
  accepts
    fail as integer is required
  responds with
    count as integer from state.count
    told as text
  ensures
    permissions
      allowed to
        reason, call "other"
  implements
    state
      count as integer, default: 0
    publishes
      "tried"
        schema
          count as integer
      "began"
    publish "began" {}
    set state.count = state.count + 10
"""
OTHER = """
machine other
  responds with
    seen as integer from state.seen
  implements
    state
      seen as integer, default: 0
    set state.seen = state.seen + 1
"""
ONE = f"""{HEAD}
    retry tried, max: 3, backoff: "none", delay: 0
      set state.count = state.count + 1
      publish "tried" {{count: state.count}}
      ask counted, from: "other"
      ask said, using: "anthropic:claude-haiku-4-5"
        with task "count ${{state.count}}, seen ${{steps.counted.seen}}"
      steps.said.text
      on failure
        "gave up at ${{state.count}}"
    compute answer
      {{told: steps.tried}}
{OTHER}"""
NESTED = f"""{HEAD}
    retry outer, max: 2, backoff: "none", delay: 0
      set state.count = state.count + 1
      retry inner, max: 2, backoff: "none", delay: 0
        set state.count = state.count + 100
        publish "tried" {{count: state.count}}
        ask said, using: "anthropic:claude-haiku-4-5"
          with task "count ${{state.count}}, seen 0"
        steps.said.text
      steps.inner
      on failure
        "gave up at ${{state.count}}"
    compute answer
      {{told: steps.outer}}
{OTHER}"""
SIDE_BY_SIDE = """
machine m
  accepts
    fail as integer is required
  responds with
    told as text
  ensures
    permissions
      allowed to
        reason
  implements
    publishes
      "tried"
      "beside"
    together both
      retry tried, max: 3, backoff: "none", delay: 0
        publish "tried" {}
        ask said, using: "anthropic:claude-haiku-4-5"
          with task "tried"
        steps.said.text
        on failure
          "gave up"
      retry beside, max: 1
        publish "beside" {}
        ask heard, using: "anthropic:claude-haiku-4-5"
          with task "beside"
        steps.heard.text
    compute answer
      {told: steps.both.tried}
"""


class Flaky:
    """Fails so often, then answers what it was asked."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.asked: list[str] = []

    async def __call__(self, text: str) -> str:
        line = next(line for line in text.splitlines() if "count" in line or "tried" in line)
        self.asked.append(line)
        if self.left:
            self.left -= 1
            raise ProviderError("overloaded")
        return "done"


async def ran(
    made: Machine[Any, Any], answering: Any, fail: int
) -> tuple[dict[str, Any], Transaction]:
    """The answer of one run, and what it would change."""
    ledger, changes = MemoryLedger(), Transaction()
    made = replace(made, max_retries=0)
    gate = Gate(ledger, Reasoners({}, {"anthropic": Model(answering)}))
    codec = Codec(made.input, made.output)
    asked = call(made, codec.decode(json.dumps({"fail": fail})))._replace(transaction=changes)
    async with asyncio.timeout(HANGING):
        outcome = await perform(asked, ledger, gate)
    await gate.aclose()
    assert outcome.refusal is None, outcome.refusal
    answer: dict[str, Any] = json.loads(codec.encode(outcome.output))
    return answer, changes


def told(changes: Transaction) -> list[tuple[str, str]]:
    return [(event.name, event.payload.decode()) for event in changes.events]


@pytest.mark.parametrize("failures", [0, 1, 2, 3])
async def test_each_attempt_begins_where_the_first_did(failures: int) -> None:
    answer, changes = await ran(machine(ONE, "m"), flaky := Flaky(failures), failures)
    asked = min(failures + 1, 3)
    assert len(flaky.asked) == asked
    assert len(set(flaky.asked)) == 1, "each attempt sees the same state"
    if failures < 3:
        assert answer == {"count": 11, "told": "done"}
        assert told(changes) == [("began", "{}"), ("tried", '{"count":11}')]
        assert [write.key for write in changes.writes()] == ["m", "other"]
    else:
        assert answer == {"count": 10, "told": "gave up at 10"}
        assert told(changes) == [("began", "{}")]
        assert [write.key for write in changes.writes()] == ["m"]


@pytest.mark.parametrize("failures", [0, 1, 2, 3, 4])
async def test_an_attempt_inside_an_attempt(failures: int) -> None:
    answer, changes = await ran(machine(NESTED, "m"), flaky := Flaky(failures), failures)
    assert len(set(flaky.asked)) == 1
    if failures < 4:
        assert answer == {"count": 111, "told": "done"}
        assert told(changes) == [("began", "{}"), ("tried", '{"count":111}')]
    else:
        assert answer == {"count": 10, "told": "gave up at 10"}
        assert told(changes) == [("began", "{}")]


async def test_what_others_publish_meanwhile_stays() -> None:
    failed = asyncio.Event()
    flaky = Flaky(2)

    async def answer(text: str) -> str:
        if "beside" in text:
            await failed.wait()
            return "heard"
        try:
            return await flaky(text)
        finally:
            if not flaky.left:
                failed.set()

    _, changes = await ran(machine(SIDE_BY_SIDE, "m"), answer, 2)
    assert sorted(told(changes)) == [("beside", "{}"), ("tried", "{}")]


UNNAMED = """
machine m
  accepts
    fail as integer is required
  responds with
    told as list of text
  implements
    state
      first as integer, default: 0
      second as integer, default: 0
    publishes
      "one"
      "two"
    for each at in [1, 2, 3, 4] as each
      retry one, max: 1
        publish "one" {n: 1 / (at - 1)}
        publish "two" {n: 1 / (at - 2)}
        set state.first = Math.round(1 / (at - 3))
        set state.second = Math.round(1 / (at - 4))
        "none"
        on failure
          error.step
      steps.one
    compute answer
      {told: steps.each}
"""


async def test_steps_without_a_name_are_told_apart() -> None:
    answer, _ = await ran(machine(UNNAMED, "m"), Flaky(0), 0)
    assert answer["told"] == ["publish one", "publish two", "set state.first", "set state.second"]
