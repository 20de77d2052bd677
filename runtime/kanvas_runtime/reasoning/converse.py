"""The conversation behind an `ask … using`: a question, at most one repair, a record."""

from __future__ import annotations

import asyncio
import logging
from typing import TypeVar

from msgspec.structs import replace

from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.machine import Ask, Value
from kanvas_runtime.reasoning.answer import accept
from kanvas_runtime.reasoning.prompt import compose
from kanvas_runtime.reasoning.provider import Meter, Provider, Question, Reply, Turn
from kanvas_runtime.reasoning.registry import split_model
from kanvas_runtime.reasoning.retry import Retries
from kanvas_runtime.reasoning.schema import schema_of

R = TypeVar("R", bound=Record)

_log = logging.getLogger("kanvas.reasoning")


async def converse(provider: Provider, step: Ask[R], question: Question, meter: Meter) -> R:
    """Put the step's question to the provider, within its timeout.

    Raises `StepFailure`: `timeout`, `provider` (no answer, a refusal, a cut answer) or
    `invalid_output` (an answer that broke its schema twice).
    """
    try:
        async with asyncio.timeout(step.timeout) as limit:
            retries = Retries(step.name, step.max_retries or 0, limit.when() or 0.0)
            return await _settled(provider, step, question, retries, meter)
    except TimeoutError:
        raise StepFailure("timeout", f"no answer within {step.timeout:g} s") from None


async def _settled(
    provider: Provider, step: Ask[R], question: Question, retries: Retries, meter: Meter
) -> R:
    text = _whole(await retries.answer(provider, question, meter), step)
    try:
        return _read(text, step)
    except Refusal as refusal:
        question = _repair(question, text, refusal.message)
    text = _whole(await retries.answer(provider, question, meter), step)
    try:
        return _read(text, step)
    except Refusal as refusal:
        raise _unfit(step, refusal) from None


def _unfit(step: Ask[R], refusal: Refusal) -> StepFailure:
    """The caller hears that it did not fit; why is for the log and for the program."""
    _log.warning("step %s, %s: second answer refused: %s", step.name, step.model, refusal.message)
    message = "the model's answer did not fit what the step returns, twice"
    return StepFailure("invalid_output", message, details=refusal.message)


def question_of(
    step: Ask[R], task: tuple[str | Value, ...], role: str | None, trace: str | None
) -> Question:
    """What a step asks. `trace`: a W3C `traceparent`."""
    prompt = compose(task, role)
    return Question(
        model=split_model(step.model)[1],
        system=prompt.system,
        turns=(Turn("user", prompt.user),),
        schema=None if step.plain else schema_of(step.returns),
        max_tokens=step.max_tokens,
        effort=step.effort,
        trace=trace,
    )


def _repair(question: Question, answer: str, complaint: str) -> Question:
    """The question once more, after the answer that broke the schema and what is wrong with it.

    The complaint is our validator's; nothing of the answer is repeated as if it were ours. A blank
    answer is left out, since providers refuse blank messages.
    """
    said = (Turn("assistant", answer),) if answer.strip() else ()
    asked = Turn("user", f"That answer was not accepted: {complaint}. Give the whole answer again.")
    return replace(question, turns=(*question.turns, *said, asked))


def _whole(reply: Reply, step: Ask[R]) -> str:
    if reply.ending == "refused":
        raise StepFailure("provider", "the model refused to answer")
    if reply.ending == "cut":
        raise StepFailure(
            "provider", f"the answer was cut at its length limit ({step.max_tokens} tokens)"
        )
    return reply.text


def _read(text: str, step: Ask[R]) -> R:
    return step.returns(text=text) if step.plain else accept(text, step.returns)
