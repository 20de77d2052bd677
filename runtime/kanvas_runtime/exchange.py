"""One request of a surface that answers once: read, run, record, and only then answer.

Pages, endpoints, tools and hooks come here; what is refused and how it is recorded is the same for
all of them, and for messages on sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import Struct

from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Access, Asker, Caller, Engine, Result, Served
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger import LedgerUnavailable
from kanvas_runtime.once import Claim, Found, Kept
from kanvas_runtime.plain import error_text, held_text
from kanvas_runtime.wishes import Notice, subscription_key


class Answer(Struct, frozen=True):
    """What a machine answered to one request: `body` is JSON, of the output or of the error.

    `run` is empty when nothing ran. `replayed`: it is the answer to an earlier request. When a step
    is `held`, the run goes on, `body` says so, and what it comes to is at `location(run)`, which
    `approvals.runs` knows.
    """

    run: str
    body: bytes
    output: Record | None
    refusal: Refusal | None
    replayed: bool = False
    held: Notice | None = None


_BEFORE = Refusal("conflict", "this request came before, and is carried out once")
NOTHING = Answer("", b"", None, None)


class Question(NamedTuple):
    """One request. `read` gives the input, or raises the `Refusal` that is the answer.

    `key`: within a day the same principal, machine and key get the first answer again. `own` is
    told what the run pushes; if it wants to hear of steps that are held, it waits for the answer,
    and others are answered then. `started` is on the monotonic clock. `only_once`: a second
    request with the key is no repetition but a replay, which is refused, as soon as the first one
    has succeeded.
    """

    read: Callable[[], Record]
    started: float
    key: str | None = None
    own: Asker | None = None
    only_once: bool = False


async def answer(engine: Engine, served: Served, caller: Caller, question: Question) -> Answer:
    """The answer, as soon as it is on the record. Raises `CancelledError`, recorded as well."""
    try:
        value = question.read()
    except Refusal as refusal:
        return await _refuse(engine, served, caller, question, refusal)
    if question.key is None:
        return await _carried_out(engine, served, caller, value, question)
    unready = engine.unready()
    if unready is not None:
        return await _refuse(engine, served, caller, question, unready, value)
    try:
        found = await _claimed(engine, served, caller, question, value)
    except Refusal as refusal:
        return await _refuse(engine, served, caller, question, refusal, value)
    except LedgerUnavailable:
        message = "kept answers cannot be read, so nothing is done twice"
        unread = Refusal("overloaded", message)
        return await _refuse(engine, served, caller, question, unread, value)
    if question.only_once and not isinstance(found, Claim):
        return await _refuse(engine, served, caller, question, _BEFORE, value)
    if isinstance(found, Notice):
        return await _waits(engine, served, caller, question, value, found)
    if isinstance(found, Kept):
        return await _replayed(engine, served, caller, question, value, found)
    found.keeps_failures = not question.only_once
    return await _carried_out(engine, served, caller, value, question, found)


async def _carried_out(
    engine: Engine,
    served: Served,
    caller: Caller,
    value: Record,
    question: Question,
    claim: Claim | None = None,
) -> Answer:
    done = await engine.carry_out_or_hold(
        served, caller, value, question.started, question.own, claim
    )
    if done.held is not None:
        return _held(done.held)
    return await when_durable(done.durable, _of(done.run, done.result))


async def _claimed(
    engine: Engine, served: Served, caller: Caller, question: Question, value: Record
) -> Found | Notice:
    """What is kept, or the claim; a notice when the first one waits for a person.

    Raises `Refusal`, `LedgerUnavailable`.
    """
    assert question.key is not None
    notice: asyncio.Future[Notice] = asyncio.get_running_loop().create_future()

    def held(first: Notice) -> None:
        if question.own is not None and question.own.held is not None:
            question.own.held(first)
        elif not notice.done():
            notice.set_result(first)

    claiming = asyncio.ensure_future(
        engine.answers.claim(
            caller.principal, served.machine.name, question.key, subscription_key(value), held
        )
    )
    try:
        waiting: list[asyncio.Future[Any]] = [claiming, notice]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return notice.result() if notice.done() and not claiming.done() else await claiming
    finally:
        notice.cancel()
        if not claiming.done():
            claiming.cancel()


async def _waits(
    engine: Engine, served: Served, caller: Caller, question: Question, value: Record, held: Notice
) -> Answer:
    """The same request came before, and waits for a person."""
    content = served.codec.encode_input(value)
    access = Access("ok", question.started, served.machine.name, input=content, replayed=True)
    return await recorded(engine, caller, access, _held(held))


async def _refuse(
    engine: Engine,
    served: Served,
    caller: Caller,
    question: Question,
    refusal: Refusal,
    value: Record | None = None,
) -> Answer:
    """Nothing runs, and that is on the record too."""
    content = None if value is None else served.codec.encode_input(value)
    access = Access(refusal.code, question.started, served.machine.name, input=content)
    return await recorded(engine, caller, access, _of("", Result(refusal=refusal)))


async def _replayed(
    engine: Engine, served: Served, caller: Caller, question: Question, value: Record, kept: Kept
) -> Answer:
    refusal = kept.refusal
    body = None if kept.output is None else kept.output.encode()
    access = Access(
        "ok" if refusal is None else refusal.code,
        question.started,
        served.machine.name,
        kept.run,
        served.codec.encode_input(value),
        body,
        replayed=True,
    )
    first = _of(kept.run, Result(None, body, refusal), replayed=True)
    return await recorded(engine, caller, access, first)


def said(body: bytes) -> Answer:
    """An answer without a run."""
    return Answer("", body, None, None)


def refused(refusal: Refusal, run: str = "") -> Answer:
    """An answer that is an error, about nothing that is on the record."""
    return _of(run, Result(refusal=refusal))


async def recorded(engine: Engine, caller: Caller, access: Access, answer: Answer) -> Answer:
    """The answer as soon as its record, made of `access`, is on disk."""
    return await when_durable(engine.record(caller, access), answer)


async def when_durable(durable: asyncio.Future[None] | None, answer: Answer) -> Answer:
    """The answer as soon as its record is on disk; another one when that cannot be."""
    if durable is None:
        return answer
    try:
        await asyncio.shield(durable)
    except LedgerUnavailable:
        message = "this could not be recorded, and nothing is answered unrecorded"
        return refused(Refusal("overloaded", message))
    return answer


def _held(notice: Notice) -> Answer:
    return Answer(notice.run, held_text(notice).encode(), None, None, held=notice)


def _of(run: str, result: Result, *, replayed: bool = False) -> Answer:
    if result.refusal is not None:
        body = error_text(result.refusal, run or None).encode()
        return Answer(run, body, None, result.refusal, replayed)
    assert result.body is not None
    return Answer(run, result.body, result.output, None, replayed)
