"""Endpoints of many kinds on a real server, and a client that sends what it is told to."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kanvas_runtime.contract import (
    Boolean,
    Date,
    Decimal,
    Integer,
    Json,
    Number,
    Record,
    Text,
    Uuid,
)
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import ApiSurface, Machine
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service

from tests.runtime.serving import Served, service_of
from tests.runtime.sockets import BREAK, DOUBLE, FAIL, GREET, NAP

FRIEND = "https://friend.example"


class Part(Record, frozen=True):
    size: Integer


class Every(Record, frozen=True):
    """A field of every kind."""

    id: Text
    whole: Integer | None = None
    half: Number | None = None
    exact: Decimal | None = None
    yes: Boolean | None = None
    key: Uuid | None = None
    day: Date | None = None
    color: Literal["red", "blue"] | None = None
    words: list[Text] | None = None
    numbers: list[Integer] | None = None
    part: Part | None = None
    anything: Json = None


class Count(Record, frozen=True):
    to: Integer
    then: Text = ""


class Step(Record, frozen=True):
    at: Integer


async def count(input_: Count, run: Run) -> Step:
    run.step = "count"
    for number in range(input_.to):
        await run.push(Step(at=number))
        await asyncio.sleep(0)
    if input_.then == "wait":
        await asyncio.sleep(60)
    if input_.then:
        raise StepFailure("http", "the bank did not answer")
    return Step(at=input_.to)


COUNT = Machine(name="count", input=Count, output=Step, run=count, source="app.kanvas")
EVERY = Machine(
    name="every", input=Every, output=Every, run=lambda given, _run: given, source="app.kanvas"
)


def app(directory: Path) -> Service:
    """Its machines behind paths of their names, and a few more."""
    service = service_of(directory)
    for machine in (DOUBLE, NAP, GREET, FAIL, BREAK, COUNT):
        service.api(machine, ApiSurface(f"/{machine.name}", origins=(FRIEND,)))
    service.api(EVERY, ApiSurface("/things/{id}", "GET", max_message=2048))
    service.api(EVERY, ApiSurface("/things/{id}", "PUT"))
    service.api(GREET, ApiSurface("/things/new", "GET"))
    service.api(DOUBLE, ApiSurface("/small", max_message=64))
    service.api(DOUBLE, ApiSurface("/slow", rate=1.0))
    service.api(DOUBLE, ApiSurface("/open", "GET", auth=("none",)))
    return service


@dataclass(frozen=True)
class Reply:
    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"]) if self.status >= 400 else ""

    @property
    def events(self) -> list[tuple[str, Any]]:
        parts = [event.split("\n") for event in self.text.split("\n\n") if event]
        return [(name.removeprefix("event: "), json.loads(data[6:])) for name, data in parts]


async def send(
    served: Served,
    method: str,
    path: str,
    body: object = None,
    **headers: str,
) -> Reply:
    """One request; bytes are sent as they are, everything else as JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        named = {"Content-Type": "application/json"} | named
    return await asyncio.to_thread(_send, served.port, method, path, body, named)


def _send(port: int, method: str, path: str, body: Any, headers: dict[str, str]) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    return Reply(response.status, text, {k.lower(): v for k, v in response.getheaders()})
