"""What a client is told while a model still writes, of a program that has guards: built, served on
loopback, with the real SDK."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.machine import WebSocketSurface
from websockets.asyncio.client import ClientConnection, connect

from tests.control.built import machine
from tests.control.test_guards import ASKING
from tests.fake_provider import FakeProvider, answering
from tests.runtime.serving import service_of, serving

STORY = {"title": "The lamp", "body": "It was dark, and then it was not.", "rest": "The end"}
OPEN = {"title", "body", "rest"}
REDACT = '\n        on_violation: "redact"\n        fields: [rest]'
RECORD = '\n        on_violation: "record"'

GUARDS = {
    "over the input": ('g\n        check: input.topic != ""', OPEN),
    "that records": (f'g\n        check: output.body != ""{RECORD}', OPEN - {"body"}),
    "that reads by a function": (
        f'g\n        check: [output.body, output.title].every(t => t != ""){RECORD}',
        {"rest"},
    ),
    "that redacts": (f'g\n        check: output.body != ""{REDACT}', {"title"}),
    "that looks at the whole output": (
        f"g\n        check: JSON.stringify(output).length < 9999{RECORD}",
        set(),
    ),
    "that blocks": ('g\n        check: output.body != ""', set()),
    "that blocks, of two": (
        f'g\n        check: output.body != ""{RECORD}\n      h\n        check: output.title != ""',
        set(),
    ),
}


@contextlib.asynccontextmanager
async def talking(
    directory: Path, monkeypatch: pytest.MonkeyPatch, guard: str
) -> AsyncIterator[ClientConnection]:
    made = machine(ASKING.format(guard=guard), "teller")
    async with FakeProvider(answering(STORY)) as provider:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-key")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", provider.url)
        service = service_of(directory, (made, WebSocketSurface(path="/ws")))
        service.configure(simulate=False)
        protocols: Any = ["kanvas.v1"]
        async with (
            serving(service) as served,
            connect(served.url("/ws"), subprotocols=protocols) as client,
        ):
            await client.recv()
            yield client


@pytest.mark.parametrize(("guard", "early"), GUARDS.values(), ids=GUARDS)
async def test_nothing_is_told_early_that_a_guard_could_take_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guard: str, early: set[str]
) -> None:
    """What the guard lets pass comes with the answer, of course."""
    told: set[str] = set()
    async with talking(tmp_path, monkeypatch, guard) as client:
        await client.send('{"op":"run","id":"r","input":{"topic":"a lamp"}}')
        while (said := json.loads(await client.recv()))["op"] == "partial":
            told.add(said["field"])
    assert (said["op"], said["output"]) == ("result", STORY)
    assert told == early
