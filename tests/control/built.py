"""Programs as they are built, run in this process: a scripted model, a ledger in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kanvas_runtime.codec import Codec
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Machine
from kanvas_runtime.reasoning.provider import Meter, Question, Reply
from kanvas_runtime.reasoning.registry import Reasoners
from kanvas_runtime.run import perform

from tests.runtime.machines import call
from tests.soundness.running import compilation, errors, loaded

HANGING = 60.0
"""Seconds after which a test has hung."""

Answering = Callable[[str], Awaitable[str]]
"""From the task and its values, as the model gets them, to what it answers."""


@dataclass
class Model:
    """A provider; `asked` is what it was asked, `at_once` how many at most at the same time."""

    answering: Answering
    asked: list[str] = field(default_factory=list)
    open: int = 0
    at_once: int = 0
    cancelled: int = 0

    async def answer(self, question: Question, _: Meter) -> Reply:
        text = f"{question.system}\n{question.turns[0].text}"
        self.asked.append(text)
        self.open += 1
        self.at_once = max(self.at_once, self.open)
        try:
            return Reply(await self.answering(text), "finished")
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.open -= 1

    async def aclose(self) -> None:
        pass


@dataclass
class Ran:
    """What a run came to: `output` or `refused`, and what the ledger has of it."""

    output: Any
    refused: str
    step: str
    records: list[dict[str, Any]]

    def steps(self) -> list[tuple[str, str, str]]:
        """Machine, step and outcome of each step that left the run, as they ended."""
        ended = [r for r in self.records if r["kind"] == "StepRun" and "outcome" in r]
        return [(r["machine"], r["step"], r["outcome"]) for r in ended]


def machine(text: str, name: str) -> Machine[Any, Any]:
    """A machine of a program without findings that are errors."""
    compiled = compilation(text)
    assert not errors(compiled), errors(compiled)
    with loaded(compiled, name) as module:
        found: Machine[Any, Any] = module.MACHINE
        return found


async def run(
    made: Machine[Any, Any],
    given: dict[str, Any],
    answering: Answering | Model | None = None,
    *,
    simulate: bool = False,
) -> Ran:
    """One run, live unless `simulate`; a model that is not scripted may not be asked."""
    model = answering if isinstance(answering, Model) else Model(answering or _nobody)
    ledger = MemoryLedger()
    gate = Gate(ledger, Reasoners({}, {"anthropic": model}), simulate=simulate)
    codec = Codec(made.input, made.output)
    async with asyncio.timeout(HANGING):
        outcome = await perform(call(made, codec.decode(json.dumps(given))), ledger, gate)
    await gate.aclose()
    records: list[dict[str, Any]] = list(ledger.records)
    if outcome.refusal is not None:
        return Ran(None, outcome.refusal.code, outcome.refusal.step or "", records)
    return Ran(json.loads(codec.encode(outcome.output)), "", "", records)


async def _nobody(text: str) -> str:
    raise AssertionError(f"asked: {text}")
