"""A generated program with a secret field: whatever the compiler accepts answers the same,
whatever the secret is."""

from __future__ import annotations

import asyncio
import json
import re
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kanvas_runtime.codec import Codec
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.run import perform
from kanvas_runtime.secret import Secrets

from tests.runtime.machines import call
from tests.soundness import shapes
from tests.soundness.choosing import Chooser, Drawn
from tests.soundness.control_programs import control_program
from tests.soundness.expressions import Seen, Writer
from tests.soundness.programs import (
    Accepted,
    Program,
    accepted_fields,
    declared,
    inputs,
    program,
    seen_of,
)
from tests.soundness.running import compilation, errors, loaded, same
from tests.soundness.test_control_programs import _answer

LEAKS = {"K4022"}
OTHER_VALUES = 4


def hiding(choose: Chooser, made: Program) -> tuple[Accepted, str]:
    """A field of the program, and the program in which it is secret."""
    field = choose.pick(made.accepts)
    line = f"    {declared(field)}\n"
    assert line in made.text
    return field, made.text.replace(line, f"    {declared(field)} is secret\n", 1)


def mentioned(field: Accepted, text: str) -> bool:
    return re.search(rf"\binput(?!\.)|\binput\.{field.name}\b", text) is not None


def holds(choose: Chooser, made: Program, field: Accepted, text: str) -> None:
    """What is found of a program with a secret, or what it answers without a finding."""
    compiled = compilation(text)
    found = {one.code for one in errors(compiled)}
    if not found <= LEAKS:  # it may test for null where null is ruled out, which is a finding
        assert found - LEAKS == {one.code for one in errors(compilation(made.text))}
        return
    if found:
        assert mentioned(field, text), "a secret that nothing looks at comes out nowhere"
        return
    with loaded(compiled, made.name) as module:
        base = inputs(choose, made)
        others = [shapes.value(choose, field.shape) for _ in range(OTHER_VALUES)]
        sent = [base, *({**base, field.name: other} for other in others)]
        answers = [asyncio.run(_answer(module.MACHINE, each)) for each in sent]
    said = [one for one in answers if one is not None]  # a failure says only that it is one
    assert all(same(said[0], one) for one in said[1:])


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_answered_is_made_of_nothing_secret(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    made = program(choose, "hidden")
    field, text = hiding(choose, made)
    holds(choose, made, field, text)


@given(st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_same_of_loops_branches_flows_and_calls(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    made = control_program(choose, "hidden")
    field, text = hiding(choose, made)
    holds(choose, made, field, text)


HEAD = """machine hidden
  accepts
{accepts}
  responds with
    out as text
  ensures
    permissions
      allowed to
        http "api.example.com"
    needs
      key: required
  implements
    compute made
      let a = {sent}
      {{sent: a, open: {open_}}}
"""
SENT = """    action fetched http
      method: "POST"
      url: "https://api.example.com/?q=${steps.made.sent}"
      headers: {x: "${steps.made.sent}"}
      body: steps.made.sent
    compute answer
      {out: "${steps.made.open}${steps.fetched.status}"}
"""
ANSWERED = """    compute answer
      {out: steps.made.sent}
"""
KEY = Seen("secrets.key", shapes.TEXT)
KEYS = ("", "a", "canary-0123456789", "2026-01-31T12:00:00Z", "42")


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_made_of_a_secret_is_sent_and_not_answered(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    accepts = accepted_fields(choose)
    seen = tuple(place for one in accepts for place in seen_of(one))
    sent = Writer(choose, (*seen, *([KEY] * len(seen)))).expression(shapes.TEXT, 3)
    open_ = Writer(choose, seen).expression(shapes.TEXT, 2)
    lines = "\n".join(f"    {declared(one)}" for one in accepts)
    head = HEAD.format(accepts=lines, sent=sent, open_=open_)
    other = {one.code for one in errors(compilation(head + SENT))}
    assert not other & LEAKS
    assume(not other)
    compiled = compilation(head + ANSWERED)
    found = {one.code for one in errors(compiled)}
    assume(found <= LEAKS)
    assert not found or "secrets.key" in sent
    if found:
        return
    with loaded(compiled, "hidden") as module:
        given_ = inputs(choose, Program("hidden", "", accepts))
        said = [answer for key in KEYS if (answer := asyncio.run(keyed(module, key, given_)))]
    assert all(one == said[0] for one in said)


async def keyed(module: ModuleType, key: str, given: dict[str, Any]) -> str | None:
    """The answer where the secret is this one; None when a step failed."""
    ledger = MemoryLedger()
    machine = module.MACHINE
    value = Codec(machine.input, machine.output).decode(json.dumps(given))
    gate = Gate(ledger, secrets=Secrets({"key": key}))
    outcome = await perform(call(machine, value), ledger, gate)
    return None if outcome.output is None else outcome.output.out
