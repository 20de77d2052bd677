"""Guards of built programs: what they block, redact and record, on every way in and out."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from kanvas_runtime.background import Background
from kanvas_runtime.bus import Event, LocalBus
from kanvas_runtime.engine import Asker, Caller, Engine, Served
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger

from tests.control.built import machine, run
from tests.soundness.running import compilation, errors


def guarded(guards: str, name: str = "m") -> str:
    return f"""
machine {name}
  accepts
    note as text is required
    size as integer, default: 1
    hint as text
  responds with
    note as text
    size as integer
    hint as text is optional
  ensures
    guards
{guards}
  implements
    compute answer
      {{note: input.note, size: 10 % input.size, hint: input.hint}}
"""


KEYS = """
      no_keys
        check: not output.note.includes("BEGIN PRIVATE KEY")
"""


def verdicts(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(r["guard"], r["action"]) for r in records if r["kind"] == "GuardVerdict"]


async def test_what_is_checked_passes_and_leaves_no_record() -> None:
    ran = await run(machine(guarded(KEYS), "m"), {"note": "fine"})
    assert ran.output == {"note": "fine", "size": 0, "hint": None}
    assert verdicts(ran.records) == []


async def test_a_guard_over_the_output_blocks_it() -> None:
    made = machine(guarded(KEYS), "m")
    ran = await run(made, {"note": "-----BEGIN PRIVATE KEY-----"})
    assert (ran.output, ran.refused) == (None, "guard_failed")
    assert verdicts(ran.records) == [("no_keys", "block")]


async def test_a_guard_over_the_input_blocks_before_any_step_runs() -> None:
    """Division by nothing would fail the step, which is not reached."""
    checked = "      whole\n        check: input.size != 0\n"
    ran = await run(machine(guarded(checked), "m"), {"note": "a", "size": 0})
    assert (ran.refused, ran.step) == ("guard_failed", "")


async def test_what_is_redacted_is_null_or_says_so() -> None:
    rule = (
        '      calm\n        check: !output.note.includes("!")\n'
        '        on_violation: "redact"\n        fields: [note, hint]\n'
    )
    ran = await run(machine(guarded(rule), "m"), {"note": "Hey!", "hint": "loud"})
    assert ran.output == {"note": "[redacted]", "size": 0, "hint": None}
    assert verdicts(ran.records) == [("calm", "redact")]


async def test_what_is_redacted_in_the_input_reaches_no_step() -> None:
    rule = (
        '      calm\n        check: !input.note.includes("!")\n'
        '        on_violation: "redact"\n        fields: note, hint\n'
    )
    ran = await run(machine(guarded(rule), "m"), {"note": "Hey!", "hint": "loud"})
    assert ran.output == {"note": "[redacted]", "size": 0, "hint": None}


async def test_what_is_only_recorded_passes() -> None:
    rule = '      short\n        check: output.note.length < 3\n        on_violation: "record"\n'
    ran = await run(machine(guarded(rule), "m"), {"note": "long"})
    assert ran.output is not None
    assert verdicts(ran.records) == [("short", "record")]


async def test_guards_are_held_in_order_and_see_what_those_before_have_left() -> None:
    rules = (
        '      calm\n        check: !output.note.includes("!")\n'
        '        on_violation: "redact"\n        fields: [note]\n'
        '      quiet\n        check: output.note != "[redacted]"\n'
        '        on_violation: "record"\n'
        "      last\n        check: output.size > 100\n"
        "      refused\n        check: output.size > 100\n"
    )
    ran = await run(machine(guarded(rules), "m"), {"note": "Hey!"})
    assert verdicts(ran.records) == [("calm", "redact"), ("quiet", "record"), ("last", "block")]
    assert ran.refused == "guard_failed"


async def test_what_cannot_be_checked_is_not_passed() -> None:
    rule = "      odd\n        check: 10 % input.size == 0\n"
    ran = await run(machine(guarded(rule), "m"), {"note": "a", "size": 0})
    assert ran.refused == "guard_failed"
    (verdict,) = [r for r in ran.records if r["kind"] == "GuardVerdict"]
    assert verdict["outcome"] == "runtime"


async def test_a_guard_may_use_functions_and_who_asks() -> None:
    rule = (
        '      own\n        check: output.note.split(" ").every(output => output.length < 4)'
        " and context.principal == null\n"
    )
    made = machine(guarded(rule), "m")
    assert (await run(made, {"note": "a bcd"})).output is not None
    assert (await run(made, {"note": "a bcde"})).refused == "guard_failed"
    assert made.by_principal


CALLING = (
    guarded(KEYS, "inner")
    + """
machine outer
  accepts
    note as text is required
  responds with
    said as text
  ensures
    permissions
      allowed to
        call "inner"
  implements
    ask answer, from: "inner"
      note: input.note
    compute told
      {said: steps.answer.note}
"""
)


async def test_guards_hold_for_a_machine_that_another_one_calls() -> None:
    ran = await run(machine(CALLING, "outer"), {"note": "BEGIN PRIVATE KEY"})
    assert (ran.refused, ran.step) == ("guard_failed", "answer")
    assert [r["machine"] for r in ran.records if r["kind"] == "GuardVerdict"] == ["inner"]
    assert (await run(machine(CALLING, "outer"), {"note": "hi"})).output == {"said": "hi"}


async def test_a_recovery_sees_that_it_was_denied() -> None:
    recovering = CALLING.replace(
        "    compute told\n      {said: steps.answer.note}",
        "    compute told\n      {said: steps.answer.note}\n"
        "    on failure\n      compute other\n        {said: error.type}",
    )
    ran = await run(machine(recovering, "outer"), {"note": "BEGIN PRIVATE KEY"})
    assert ran.output == {"said": "denied"}


PUSHING = """
machine counter
  accepts
    note as text is required
  responds with
    note as text
  ensures
    guards
      short
        check: output.note.length < 9
        on_violation: "redact"
        fields: [note]
      no_stars
        check: !output.note.includes("*")
  implements
    push {note: input.note + ", at first"}
    push {note: input.note}
    compute answer
      {note: "done"}
"""


async def served(text: str, name: str, given: dict[str, Any]) -> tuple[list[Any], str, list[Any]]:
    """What the caller gets before the end, how the run ended, and the records of guards."""
    ledger = MemoryLedger()
    engine = Engine(ledger, Gate(ledger), LocalBus())
    ready = Served.of(machine(text, name))
    value = ready.codec.decode(json.dumps(given).encode())
    told: list[str] = []
    caller = Caller("websocket", "/ws")
    call = engine.call(ready, caller, value, "r", own=Asker(told.append))
    result = await engine.run(ready, call)
    outcome = "ok" if result.refusal is None else result.refusal.code
    return [json.loads(text) for text in told], outcome, verdicts(list(ledger.records))


async def test_every_push_passes_the_guards() -> None:
    told, outcome, found = await served(PUSHING, "counter", {"note": "hi"})
    assert told == [{"note": "[redacted]"}, {"note": "hi"}]
    assert (outcome, found) == ("ok", [("short", "redact")])
    told, outcome, found = await served(PUSHING, "counter", {"note": "*"})
    assert told == [{"note": "[redacted]"}]
    assert (outcome, found) == ("guard_failed", [("short", "redact"), ("no_stars", "block")])


HEARING = """
machine lamp
  accepts
    note as text is required
  responds with
    note as text
  ensures
    guards
      short
        check: input.note.length < 9
      refused
        check: output.note == "never"
  implements
    subscribes
      on "bell" run shine
    publishes
      "rang"
    publish "rang" {note: "by itself"}
    compute answer
      {note: input.note}
    flow shine
      publish "rang" {note: input.note}
"""


async def test_a_flow_that_an_event_runs_gives_no_output_for_a_guard_to_hold() -> None:
    made = machine(HEARING, "lamp")
    (subscription,) = made.subscribes
    assert subscription.run is not None
    ledger = MemoryLedger()
    bus = LocalBus()
    engine = Engine(ledger, Gate(ledger), bus)
    background = Background(engine)
    heard: list[bytes] = []
    done = asyncio.Event()

    async def hear(event: Event) -> None:
        heard.append(event.payload)
        done.set()

    bus.subscribe("rang", hear)
    background.start([Served.of(made)])
    bus.publish(Event("bell", b'{"note": "long enough to fail"}', 1))
    bus.publish(Event("bell", b'{"note": "ding"}', 1))
    async with asyncio.timeout(60):
        await done.wait()
    await background.stop(1.0)
    assert [json.loads(payload) for payload in heard] == [{"note": "ding"}]
    assert verdicts(list(ledger.records)) == [("short", "block")]


ASKING = """
machine teller
  accepts
    topic as text is required
  responds with
    title as text
    body as text
    rest as text is optional
  ensures
    permissions
      allowed to
        reason
    guards
      {guard}
  implements
    ask story, using: "anthropic:claude-haiku-4-5"
      with task "A story of ${{input.topic}}"
      returns
        title as text
        body as text
        rest as text
"""


def told_early(guard: str) -> list[str]:
    (ask,) = machine(ASKING.format(guard=guard), "teller").asks
    return [output for _, output in ask.streams]


def test_what_a_guard_reads_or_redacts_is_not_told_while_it_grows() -> None:
    fixed = '\n        on_violation: "redact"\n        fields: [rest]'
    assert told_early('g\n        check: input.topic != ""') == ["title", "body", "rest"]
    assert told_early(f'g\n        check: output.body != ""{fixed}') == ["title"]
    assert told_early('g\n        check: output.body != ""\n        on_violation: "record"') == [
        "title",
        "rest",
    ]
    assert told_early('g\n        check: output.body != ""') == []


def test_two_guards_and_a_step_may_have_one_name() -> None:
    text = guarded(
        "      answer\n        check: output.size > 0\n      output\n        "
        "check: input.size > 0\n"
    )
    assert not errors(compilation(text))
    assert [guard.name for guard in machine(text, "m").guards] == ["answer", "output"]
