"""What is recorded of a step that was denied, with a digest of what it was about to do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from kanvas_runtime.approvals.approvals import Approvals
from kanvas_runtime.codec import Codec
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Grant, Limits, Machine, Policy
from kanvas_runtime.outside.http import Http
from kanvas_runtime.run import perform

from tests.audit.outside import Outside
from tests.control.built import machine
from tests.runtime.machines import call

PROGRAM = """
machine clerk
  accepts
    note as text is required
    pin as text is required is secret
  responds with
    length as integer
  implements
    compute answer
      {length: input.note.length}

machine desk
  accepts
    note as text is required
    pin as text is required is secret
  responds with
    done as boolean
  ensures
    permissions
      allowed to
        reason, memory, call "clerk", http "api.example.com"
    limits
      cost_per_run: 1
  implements
    ask judged, using: "anthropic:claude-haiku-4-5"
      with task "Judge ${input.note} and ${input.pin}"
    action sent http
      method: "POST"
      url: "https://api.example.com/notes"
      headers: {authorization: input.pin}
      body: {note: input.note, pin: input.pin}
    ask counted, from: "clerk"
      note: input.note
      pin: input.pin
    remember kept
      content: input.note
    compute answer
      {done: true}
"""
EVERYTHING = ("reason", "http", "call", "memory")


@pytest.fixture(scope="module")
def desk() -> Machine[Any, Any]:
    return machine(PROGRAM, "desk")


def denying(desk: Machine[Any, Any], capability: str) -> Machine[Any, Any]:
    """As if it had been built without this."""
    allowed = tuple(Grant(each) for each in EVERYTHING if each != capability)
    return replace(desk, policy=Policy(allowed=allowed))


async def decisions(
    made: Machine[Any, Any], outside: Outside | None = None, note: str = "hi", pin: str = "12345678"
) -> list[dict[str, Any]]:
    """Of one run; a person says no to whatever is asked."""
    ledger = MemoryLedger()
    gate = (outside or Outside()).gate(ledger)
    given = Codec(made.input, made.output).decode(json.dumps({"note": note, "pin": pin}))
    person = asyncio.create_task(refuse(gate.approvals))
    outcome = await perform(call(made, given), ledger, gate)
    person.cancel()
    assert outcome.refusal is not None
    assert outcome.refusal.code in ("denied", "approval_denied", "budget_exceeded")
    return [record for record in ledger.records if record["kind"] == "Decision"]


async def refuse(approvals: Approvals) -> None:
    while True:
        for hold in approvals.holds.open:
            await approvals.holds.decide(hold.id, "deny", "boss")
        await asyncio.sleep(0)


@pytest.mark.parametrize("capability", EVERYTHING)
async def test_what_was_denied_has_a_digest_of_its_arguments(
    desk: Machine[Any, Any], capability: str
) -> None:
    made = denying(desk, capability)
    (first,), (same,), (other,) = [
        await decisions(made, note=note) for note in ("hi", "hi", "something else")
    ]
    assert (first["capability"], first["verdict"]) == (capability, "denied")
    assert len(first["arguments_digest"]) == 64
    assert first["arguments_digest"] == same["arguments_digest"]
    assert first["arguments_digest"] != other["arguments_digest"]


@pytest.mark.parametrize("capability", EVERYTHING)
async def test_a_secret_leaves_no_trace_in_it(desk: Machine[Any, Any], capability: str) -> None:
    """Else it could be tried out whether a guess was right."""
    made = denying(desk, capability)
    one, other = [await decisions(made, pin=pin) for pin in ("12345678", "87654321")]
    assert one[0]["arguments_digest"] == other[0]["arguments_digest"]


@pytest.mark.parametrize("capability", EVERYTHING)
async def test_it_is_that_of_a_person_who_is_asked_about_the_same(
    desk: Machine[Any, Any], capability: str
) -> None:
    (denied,) = await decisions(denying(desk, capability))
    granted = tuple(Grant(each) for each in EVERYTHING)
    asking = replace(desk, policy=Policy(allowed=granted, approval=(Grant(capability),)))
    held, refused = await decisions(asking)
    assert (held["verdict"], refused["verdict"]) == ("held", "denied")
    assert denied["arguments_digest"] == held["arguments_digest"] == refused["arguments_digest"]


async def test_a_host_that_is_denied_by_its_address_has_one_too(desk: Machine[Any, Any]) -> None:
    async def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.1"]

    class Inside(Outside):
        def gate(self, ledger: MemoryLedger) -> Any:
            gate = super().gate(ledger)
            gate._http = Http(inside, self)  # type: ignore[arg-type]
            return gate

    (by_address,) = await decisions(desk, Inside())
    (by_name,) = await decisions(denying(desk, "http"))
    assert by_address["arguments_digest"] == by_name["arguments_digest"]


async def test_what_would_cost_too_much_has_one_too(desk: Machine[Any, Any]) -> None:
    poor = replace(desk, limits=Limits(cost_per_run=1))
    (decision,) = await decisions(poor)
    (other,) = await decisions(poor, note="something else")
    (denied,) = await decisions(denying(desk, "reason"))
    assert decision["limit"] == "cost_per_run"
    assert decision["arguments_digest"] == denied["arguments_digest"] != other["arguments_digest"]
