"""Requests of built programs, to servers on loopback that they name."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.control.built import machine, run
from tests.e2e.apps import App, ask, build, records
from tests.runtime.outside.servers import Behaviour, Server, answer

PROGRAM = """
machine rates
  accepts
    currency as text is required
  responds with
    rate as decimal
    stored as integer
    kind as text
  ensures
    permissions
      allowed to
        http "{origin}"
  implements
    ask rates, from: "@std/http/get"
      url: "{origin}/rates/${input.currency}?day=today"
      headers: {accept: "application/json", "x-reader": input.currency}
      returns
        rate as decimal is required, min: 0
      assuming
        rate: 1.5
    action stored http
      method: "PUT"
      url: "{origin}/notes/" + input.currency
      body: {rate: steps.rates.body.rate, note: null}
      assuming
        status: 201
    compute answer
      {
        rate: steps.rates.body.rate,
        stored: steps.stored.status,
        kind: "${steps.stored.headers["content-type"] ?? "none"}"
      }
  expresses
    websocket
      path: "/ws/rates"
"""


def program(origin: str) -> str:
    return PROGRAM.replace("{origin}", origin)


def saying(body: str, status: str = "200 OK") -> Behaviour:
    return answer(body.encode(), status, "application/json")


async def test_what_is_sent_and_what_is_made_of_the_answer() -> None:
    async with Server(saying('{"rate": 1.08, "more": [1]}')) as server:
        ran = await run(machine(program(server.origin), "rates"), {"currency": "CHF"})
    assert ran.output == {"rate": "1.08", "stored": 200, "kind": "application/json"}
    got, put = server.came
    assert got.line == "GET /rates/CHF?day=today HTTP/1.1"
    assert (got.headers["accept"], got.headers["x-reader"]) == ("application/json", "CHF")
    assert put.line == "PUT /notes/CHF HTTP/1.1"
    assert json.loads(put.body) == {"rate": "1.08", "note": None}
    assert ran.steps() == [("rates", "rates", "ok"), ("rates", "stored", "ok")]
    assert {r["target"] for r in ran.records if r["kind"] == "StepRun"} == {server.origin}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"rate": -1}', "200 OK"),
        ('{"rates": 1}', "200 OK"),
        ("[]", "200 OK"),
        ("{}", "404 Not Found"),
    ],
)
async def test_an_answer_of_another_shape_fails_the_step(body: str, status: str) -> None:
    async with Server(saying(body, status)) as server:
        ran = await run(machine(program(server.origin), "rates"), {"currency": "CHF"})
    assert (ran.refused, ran.step) == ("step_failed", "rates")
    assert len(server.came) == 1


async def test_in_a_simulation_nothing_is_sent() -> None:
    async with Server(saying("{}")) as server:
        made = machine(program(server.origin), "rates")
        ran = await run(made, {"currency": "CHF"}, simulate=True)
    assert ran.output == {"rate": "1.5", "stored": 201, "kind": "none"}
    assert server.came == []


async def test_a_value_of_the_run_cannot_leave_the_host() -> None:
    async with Server(saying('{"rate": 1}')) as server:
        made = machine(program(server.origin), "rates")
        for currency in ("../../x", "//other.example/", "@other.example", "\\other"):
            await run(made, {"currency": currency})
    assert all(came.headers["host"] == f"127.0.0.1:{server.port}" for came in server.came)


async def test_the_whole_app(tmp_path: Path) -> None:
    async with Server(saying('{"rate": 1.08}')) as server:
        folder = await asyncio.to_thread(build, program(server.origin), tmp_path / "app")
        answered = await asyncio.to_thread(_talk, folder, tmp_path / "data")
    assert answered == {"rate": "1.08", "stored": 200, "kind": "application/json"}
    assert [came.line.split()[0] for came in server.came] == ["GET", "PUT"]
    ended = [r for r in records(tmp_path / "data") if r["kind"] == "StepRun" and "outcome" in r]
    assert [(r["step"], r["outcome"]) for r in ended] == [("rates", "ok"), ("stored", "ok")]


def _talk(folder: Path, data: Path) -> Any:
    with App(folder, data) as app, app.connect("/ws/rates") as socket:
        return ask(socket, {"currency": "CHF"})
