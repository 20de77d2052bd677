"""Texts that grow, from the model's provider to a client: real SDK, real server, real client."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Ask, CallStep, Grant, Machine, Policy, WebSocketSurface
from kanvas_runtime.reasoning import anthropic as adapter
from kanvas_runtime.run import Run
from websockets.asyncio.client import ClientConnection, connect

from tests.fake_provider import (
    Behaviour,
    FakeProvider,
    answering,
    cutting,
    failing,
    failing_inside,
    in_one_piece,
    slowly,
    stalling,
)
from tests.runtime.serving import records, service_of, serving

V1: Any = ["kanvas.v1"]
LONG = 'He said: "Good day" — and went. \\ 🙂'
ANSWER = {"reply": LONG, "mood": "good"}


class Message(Record):
    message: str


class Answer(Record):
    reply: str
    mood: str


class Output(Record):
    answer: str


ASK: Ask[Any] = Ask(
    name="write",
    model="anthropic:some-model",
    returns=Answer,
    assuming=Answer(reply="Good day to you", mood="good"),
    streams=(("reply", "answer"),),
    timeout=60.0,
)
MAY = Policy(allowed=(Grant("reason"), Grant("call")))


async def answer(input_: Message, run: Run) -> Output:
    written = await run.ask(ASK, "Answer kindly.")
    return Output(answer=written.reply)


CHAT = Machine(name="chat", input=Message, output=Output, run=answer, policy=MAY, asks=(ASK,))


async def recovering(input_: Message, run: Run) -> Output:
    try:
        return await answer(input_, run)
    except StepFailure:
        return Output(answer="I cannot say.")


RECOVERING = Machine(
    name="recovering", input=Message, output=Output, run=recovering, policy=MAY, asks=(ASK,)
)


async def hand_on(input_: Message, run: Run) -> Output:
    answered = await run.call(CallStep("inner"), CHAT, input_)
    return Output(answer=answered.answer.upper())


OUTER = Machine(name="outer", input=Message, output=Output, run=hand_on, policy=MAY, asks=(ASK,))


@contextlib.asynccontextmanager
async def chatting(
    directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    *script: Behaviour,
    machine: Machine[Any, Any] = CHAT,
    protocols: Any = V1,
) -> AsyncIterator[ClientConnection]:
    async with FakeProvider(*script) as provider:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-key")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.url)
        service = service_of(directory, (machine, WebSocketSurface(path="/ws")))
        service.configure(simulate=False)
        async with (
            serving(service) as served,
            connect(served.url("/ws"), subprotocols=protocols) as client,
        ):
            if protocols == V1:
                await client.recv()
            yield client


async def conversation(client: ClientConnection) -> tuple[list[Any], Any]:
    """The partial messages of a run, and its end."""
    await client.send('{"op":"run","id":"r","input":{"message":"hello"}}')
    partials = []
    while (said := json.loads(await client.recv()))["op"] == "partial":
        assert (said["id"], said["step"], said["field"]) == ("r", "write", "answer")
        partials.append(said)
    return partials, said


def told(partials: list[Any]) -> list[str]:
    """What a client shows, one moment after another."""
    shown, text = [], ""
    for each in partials:
        text = "" if each.get("reset") else text + each["text"]
        shown.append(text)
    return shown


async def test_a_text_grows_to_what_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(tmp_path, monkeypatch, slowly(ANSWER, pause=0.001)) as client:
        partials, end = await conversation(client)
    shown = told(partials)
    assert len(shown) > 10
    assert all(LONG.startswith(each) for each in shown)
    assert shown[-1] == LONG
    assert (end["op"], end["output"]) == ("result", {"answer": LONG})


@pytest.mark.parametrize("protocols", [None, ["kanvas.plain"]])
async def test_the_plain_protocol_has_the_same_result_and_nothing_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocols: Any
) -> None:
    script = slowly(ANSWER, pause=0.0)
    async with chatting(tmp_path, monkeypatch, script, protocols=protocols) as client:
        await client.send('{"message":"hello"}')
        assert json.loads(await client.recv()) == {"answer": LONG}


async def test_a_provider_that_does_not_stream_has_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(tmp_path, monkeypatch, in_one_piece(ANSWER)) as client:
        partials, end = await conversation(client)
    assert partials == []
    assert end["output"] == {"answer": LONG}


async def test_an_answer_that_does_not_fit_is_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (answering({"reply": "wrong", "mood": 5}), answering(ANSWER))
    async with chatting(tmp_path, monkeypatch, *script) as client:
        partials, end = await conversation(client)
    assert told(partials) == ["wrong", "", LONG]
    assert end["output"] == {"answer": LONG}


async def test_what_failed_before_a_word_came_is_asked_again_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (failing(529), cutting(), answering(ANSWER))
    async with chatting(tmp_path, monkeypatch, *script) as client:
        partials, end = await conversation(client)
    assert told(partials) == [LONG]
    assert end["output"] == {"answer": LONG}


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (cutting(after='{"reply":"Good da'), "provider_error"),
        (failing_inside("overloaded_error", after='{"reply":"Good da'), "provider_error"),
        (stalling(after='{"reply":"Good da'), "timeout"),
    ],
    ids=["cut", "error", "silence"],
)
async def test_after_a_word_has_come_nothing_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: Behaviour, code: str
) -> None:
    patience = adapter.Patience(between_tokens=0.3)
    monkeypatch.setattr(adapter, "Patience", lambda: patience)
    async with chatting(tmp_path, monkeypatch, broken, answering(ANSWER)) as client:
        partials, end = await conversation(client)
    assert told(partials) == ["Good da", ""]
    assert (end["op"], end["error"]["code"]) == ("error", code)


async def test_silence_before_the_first_word_is_a_time_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = adapter.Patience(first_token=0.2)
    monkeypatch.setattr(adapter, "Patience", lambda: patience)
    script = (stalling(), answering(ANSWER))
    async with chatting(tmp_path, monkeypatch, *script) as client:
        partials, end = await conversation(client)
    assert told(partials) == [LONG], "asked again, since nothing had come"
    assert end["output"] == {"answer": LONG}


async def test_a_step_that_is_recovered_from_voids_what_it_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = cutting(after='{"reply":"Good da')
    async with chatting(tmp_path, monkeypatch, script, machine=RECOVERING) as client:
        partials, end = await conversation(client)
    assert told(partials) == ["Good da", ""]
    assert end["output"] == {"answer": "I cannot say."}


async def test_what_another_machine_asks_is_its_own_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(tmp_path, monkeypatch, answering(ANSWER), machine=OUTER) as client:
        partials, end = await conversation(client)
    assert partials == []
    assert end["output"] == {"answer": LONG.upper()}


async def test_a_cancelled_run_says_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = slowly(ANSWER, pause=0.02)
    async with chatting(tmp_path, monkeypatch, script) as client:
        await client.send('{"op":"run","id":"r","input":{"message":"hello"}}')
        assert json.loads(await client.recv())["op"] == "partial"
        await client.send('{"op":"cancel","id":"r"}')
        while (said := json.loads(await client.recv()))["op"] == "partial":
            pass
        assert said["error"]["code"] == "cancelled"
        await asyncio.sleep(0.1)
        await client.send('{"op":"ping"}')
        assert json.loads(await client.recv()) == {"op": "pong"}
    (step,) = [r for r in records(tmp_path, "StepRun") if r.get("outcome")]
    assert step["outcome"] == "cancelled"


async def test_assumed_texts_grow_too(tmp_path: Path) -> None:
    service = service_of(tmp_path, (CHAT, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await client.recv()
        partials, end = await conversation(client)
    assert told(partials) == ["Good", "Good day", "Good day to", "Good day to you"]
    assert end["output"] == {"answer": "Good day to you"}
