"""Which providers there are, and what is missing for them at start."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from kanvas_runtime.machine import Ask, Machine
from kanvas_runtime.reasoning import missing
from kanvas_runtime.reasoning.registry import Reasoners, split_model

from tests.runtime.machines import NOTHING, Mood, Nothing

KEY = {"ANTHROPIC_API_KEY": "sk"}

WITHOUT_THE_PACKAGE = """
import asyncio, sys
sys.modules["anthropic"] = sys.modules["httpx2"] = None
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Ask, Grant, Machine, Policy
from kanvas_runtime.run import perform, perform_now
from tests.runtime.machines import NOTHING, Mood, Nothing, call

JUDGE = Ask(name="judge", model="anthropic:x", returns=Mood, assuming=Mood(tone="warm"))

async def asks(input_, run):
    return await run.ask(JUDGE, "How?")

async def main():
    ledger = MemoryLedger()
    gate = Gate(ledger, simulate=True)
    plain = Machine("plain", Nothing, Nothing, lambda input_, run: NOTHING)
    assert perform_now(call(plain, NOTHING), ledger, gate).output == NOTHING
    asking = Machine("asking", Nothing, Mood, asks, Policy(allowed=(Grant("reason"),)))
    assert (await perform(call(asking, NOTHING), ledger, gate)).output == JUDGE.assuming

asyncio.run(main())
"""


def asking(model: str) -> Machine[Nothing, Nothing]:
    step = Ask(name="judge", model=model, returns=Mood)
    return Machine("tone", Nothing, Nothing, lambda input_, run: NOTHING, asks=(step,))


QUIET = Machine("quiet", Nothing, Nothing, lambda input_, run: NOTHING)


def test_nothing_is_missing_where_nothing_is_asked() -> None:
    assert missing([QUIET], {}) is None


def test_nothing_is_missing_with_a_key() -> None:
    assert missing([QUIET, asking("anthropic:claude")], KEY) is None


@pytest.mark.parametrize("environ", [{}, {"ANTHROPIC_API_KEY": ""}])
def test_without_a_key_both_ways_out_are_named(environ: dict[str, str]) -> None:
    said = missing([asking("anthropic:claude")], environ)
    assert said is not None
    for part in ("tone", "judge", "ANTHROPIC_API_KEY", "--simulate", "KANVAS_SIMULATE=1"):
        assert part in said


def test_without_the_package_its_installation_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    said = missing([asking("anthropic:claude")], KEY)
    assert said is not None
    assert "kanvas-runtime[anthropic]" in said


@pytest.mark.parametrize("model", ["openai:gpt", "claude", ":claude"])
def test_an_unknown_provider_is_named_with_those_that_are_known(model: str) -> None:
    said = missing([asking(model)], KEY)
    assert said is not None
    assert model in said
    assert "anthropic" in said


@pytest.mark.parametrize(
    ("model", "parts"),
    [("a:b", ("a", "b")), ("a:b:c", ("a", "b:c")), ("b", ("", "b")), ("a:", ("a", ""))],
)
def test_a_model_has_a_provider_and_a_name(model: str, parts: tuple[str, str]) -> None:
    assert split_model(model) == parts


async def test_a_provider_is_opened_once() -> None:
    reasoners = Reasoners(KEY)
    assert reasoners.provider("anthropic") is reasoners.provider("anthropic")
    await reasoners.aclose()


def test_machines_work_without_the_package_until_they_ask_live() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_THE_PACKAGE], check=True, timeout=60)
