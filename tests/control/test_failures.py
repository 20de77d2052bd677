"""`on failure`: what it sees of each kind of failure, and what the steps before it left."""

from __future__ import annotations

from typing import Any

import pytest
from kanvas_runtime.reasoning.provider import ProviderError

from tests.control.built import Answering, machine, run
from tests.runtime.outside.servers import Behaviour, Server, answer, raw, silence

PROGRAM = """
machine careful
  accepts
    way as enum("ask", "fetch", "divide", "none") is required
    url as text is required
    divisor as number, default: 0
  responds with
    type as text
    step as text
    message as text
    before as text
  ensures
    permissions
      allowed to
        reason, http "{origin}"
  implements
    compute before
      "done before"
    decide way
      match input.way
        "ask" =>
          ask judged, using: "anthropic:claude-haiku-4-5"
            with task "Judge this"
            returns
              tone as enum("warm", "cold") is required
          steps.judged.tone
        "fetch" =>
          ask fetched, from: "@std/http/get"
            url: input.url
            timeout: "300ms"
          "${steps.fetched.status}"
        "divide" =>
          compute quotient
            "${1 / input.divisor}"
        "none" => "nothing"
    {type: "ok", step: "", message: steps.way, before: steps.before}
    on failure
      decide known
        match error.type
          "timeout", "denied" => "outside: ${error.message}"
          "invalid_output", "provider" => "model: ${error.message}"
          "http" => "server: ${error.message}"
          "runtime" => "here: ${error.message}"
      {type: error.type, step: error.step, message: steps.known, before: steps.before ?? "not yet"}
"""


def program(origin: str = "http://127.0.0.1:1") -> str:
    return PROGRAM.replace("{origin}", origin)


def given(way: str, url: str = "http://127.0.0.1:1/") -> dict[str, Any]:
    return {"way": way, "url": url}


async def saying(text: str) -> str:
    return '{"tone": "hot"}'


async def refusing(text: str) -> str:
    raise ProviderError("the model is away")


@pytest.mark.parametrize(
    ("way", "answering", "type_", "step", "begin"),
    [
        ("divide", None, "runtime", "quotient", "here: "),
        ("ask", saying, "invalid_output", "judged", "model: "),
        ("ask", refusing, "provider", "judged", "model: the model is away"),
    ],
)
async def test_a_failure_inside_the_process(
    way: str, answering: Answering | None, type_: str, step: str, begin: str
) -> None:
    ran = await run(machine(program(), "careful"), given(way), answering)
    assert (ran.output["type"], ran.output["step"]) == (type_, step)
    assert ran.output["message"].startswith(begin)
    assert ran.output["before"] == "done before"


@pytest.mark.parametrize(
    ("behaviour", "type_", "begin"),
    [(silence, "timeout", "outside: "), (raw(b"nothing like it\r\n\r\n"), "http", "server: ")],
)
async def test_a_failure_of_a_server(behaviour: Behaviour, type_: str, begin: str) -> None:
    async with Server(behaviour) as server:
        made = machine(program(server.origin), "careful")
        ran = await run(made, given("fetch", f"{server.origin}/x"))
    assert (ran.output["type"], ran.output["step"]) == (type_, "fetched")
    assert ran.output["message"].startswith(begin)
    assert ran.steps() == [("careful", "fetched", type_)]


async def test_a_host_that_is_not_granted() -> None:
    """The input chose it, so that only the run can tell."""
    async with Server(answer(b"hello")) as granted, Server(answer(b"hello")) as other:
        made = machine(program(granted.origin), "careful")
        fetched = await run(made, given("fetch", f"{granted.origin}/x"))
        denied = await run(made, given("fetch", f"{other.origin}/x"))
        assert other.came == []
    assert fetched.output["message"] == "200"
    assert (denied.output["type"], denied.output["step"]) == ("denied", "fetched")
    assert denied.output["message"].startswith("outside: ")
    decisions = [record for record in denied.records if record["kind"] == "Decision"]
    assert [(d["verdict"], d["target"]) for d in decisions] == [("denied", other.origin)]


async def test_without_a_failure_it_is_not_taken() -> None:
    ran = await run(machine(program(), "careful"), given("none"))
    assert ran.output == {"type": "ok", "step": "", "message": "nothing", "before": "done before"}


LEFT = """
machine pipeline
  accepts
    a as integer is required
  responds with
    first as text
    second as text
    reached as text
  implements
    decide outcome
      when input.a >= 0
        compute first
          10 / input.a
        compute second
          10 / (input.a - 1)
        "end"
        on failure
          "failed in ${error.step}"
      otherwise
        "negative"
    compute answer
      {
        first: "${steps.first ?? -1}",
        second: "${steps.second ?? -1}",
        reached: steps.outcome
      }
"""


@pytest.mark.parametrize(
    ("a", "first", "second", "reached"),
    [
        (2, "5", "10", "end"),
        (1, "10", "-1", "failed in second"),
        (0, "-1", "-1", "failed in first"),
        (-1, "-1", "-1", "negative"),
    ],
)
async def test_steps_that_did_not_run_are_null(
    a: int, first: str, second: str, reached: str
) -> None:
    ran = await run(machine(LEFT, "pipeline"), {"a": a})
    assert ran.output == {"first": first, "second": second, "reached": reached}


VALUE = """
machine whole
  accepts
    a as integer is required
  responds with
    b as number
  implements
    decide found
      when input.a > 100
        0
      otherwise
        compute one
          input.a + 1
        1 / (steps.one - 1)
    compute answer
      {b: steps.found}
"""


async def test_behind_steps_it_is_the_step_around_the_value_that_fails() -> None:
    ran = await run(machine(VALUE, "whole"), {"a": 0})
    assert (ran.refused, ran.step) == ("step_failed", "found")
