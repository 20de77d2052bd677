"""What a machine publishes and pushes is what it says, and an event that was found to fit does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kanvas_runtime.background import read_input
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import Refusal
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Call, Outcome, perform
from kanvas_runtime.transaction import Transaction

from kanvasc.pipeline import Compilation
from tests.soundness import reference, shapes
from tests.soundness.choosing import Chooser, Drawn
from tests.soundness.programs import Program, inputs, program
from tests.soundness.reference_library import Failed
from tests.soundness.running import compilation, errors, loaded, same
from tests.soundness.shapes import Shape

RUNS = 3
PLACES = ("", "for each n in [1, 2]", "together both", "retry again, delay: 1")
"""Where the steps that tell something stand: among the others, or inside one of these."""


def run(machine: Machine[Any, Any], sent: dict[str, Any]) -> tuple[Outcome, Transaction]:
    """A run as the server performs it, and what it told."""
    ledger, transaction = MemoryLedger(), Transaction()
    value = Codec(machine.input, machine.output).decode(json.dumps(sent))
    call = Call(machine, value, "0", None, "websocket", "/ws", transaction=transaction)
    return asyncio.run(perform(call, ledger, Gate(ledger))), transaction


def telling(made: Program, place: str) -> str:
    """The program, whose answer is also published and pushed; and an event without a schema."""
    head, _, answer = made.text.rpartition("    compute answer\n")
    before, _, steps = head.partition("  implements\n")
    outputs = before.partition("  responds with\n")[2].replace("    ", "          ")
    opener, inside = (f"    {place}\n", "  ") if place else ("", "")
    told = "".join(
        f"    {inside}{step}\n"
        for step in (
            'publish "plain" input.numbers',
            f'publish "told.all" {answer.strip()}',
            f"push {answer.strip()}",
        )
    )
    declared = f'    publishes\n      "told.all"\n        schema\n{outputs}      "plain"\n'
    return f"{before}  implements\n{declared}{steps}{opener}{told}    compute answer\n{answer}"


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_told_is_what_the_program_means(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    made = program(choose, "generated")
    place = choose.pick(PLACES)
    text = telling(made, place)
    compiled = compilation(text)
    assume({found.code for found in errors(compiled)} != {"K2005"})
    assert not errors(compiled), text
    with loaded(compiled, "generated") as module:
        for _ in range(RUNS):
            _compare(made, module.MACHINE, choose, 2 if "for each" in place else 1)


def _compare(made: Program, machine: Machine[Any, Any], choose: Chooser, times: int) -> None:
    sent = inputs(choose, made)
    outcome, transaction = run(machine, sent)
    try:
        meant = reference.answer(compilation(made.text).parsed.tree.machines[0], sent)
    except Failed:
        assert outcome.refusal is not None
        assert outcome.refusal.code == "step_failed"
        return
    assert outcome.refusal is None, f"{made.text}\n{sent}\n{outcome}"
    codec = Codec(machine.input, machine.output)
    pushed = [json.loads(codec.encode(each)) for each in transaction.pushed["generated"]]
    said = [json.loads(event.payload) for event in transaction.events if event.name == "told.all"]
    assert len(pushed) == len(said) == times
    for told in (*pushed, *said):
        assert same(told, meant), f"{made.text}\n{sent}\n{told}\n{meant}"
    plain = [json.loads(event.payload) for event in transaction.events if event.name == "plain"]
    assert len(plain) == times
    assert all(same(each, sent["numbers"]) for each in plain)


FIELDS = ("one", "two", "three")


def pair(choose: Chooser) -> tuple[list[tuple[str, Shape]], list[tuple[str, Shape]]]:
    """What an event says, and what its subscriber accepts: often nearly the same."""
    said, accepted = [], []
    for name in FIELDS[: choose.number(1, 3)]:
        of = shapes.shape(choose, 2, declared=True)
        said.append((name, of.or_null if choose.number(0, 3) == 0 else of))
        near = of if choose.number(0, 2) else shapes.shape(choose, 1, declared=True)
        if choose.number(0, 4):
            accepted.append((name, near.or_null if choose.number(0, 1) else near))
    return said, accepted


def pipeline(said: list[tuple[str, Shape]], accepted: list[tuple[str, Shape]]) -> str:
    def fields(of: list[tuple[str, Shape]], absent: str, present: str) -> str:
        return "".join(
            f"    {name} as {shapes.written(shape)}{absent if shape.nullable else present}\n"
            for name, shape in of
        )

    schema = "".join(f"      {line}\n" for line in fields(said, " is optional", "").splitlines())
    entries = ", ".join(f"{name}: input.{name}" for name, _ in said)
    accepts = fields(accepted, "", " is required")
    return (
        f"machine teller\n  accepts\n{fields(said, '', ' is required')}  implements\n"
        f'    publishes\n      "said"\n        schema\n{schema}'
        f'    publish "said" {{{entries}}}\n'
        f"machine hearer\n{f'  accepts{chr(10)}{accepts}' if accepted else ''}  implements\n"
        '    subscribes\n      on "said"\n    compute heard\n      1\n'
    )


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_event_that_fits_is_not_refused(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    said, accepted = pair(choose)
    compiled = compilation(pipeline(said, accepted))
    found = {error.code for error in errors(compiled)}
    assert found <= {"K7005"}, compiled.source.text
    assume(not found)
    with loaded(compiled, "teller") as teller:
        from machines import hearer  # type: ignore[import-not-found]

        for _ in range(RUNS):
            sent = {name: shapes.value(choose, shape) for name, shape in said}
            _arrives(compiled, teller.MACHINE, hearer.MACHINE, sent)


def _arrives(
    compiled: Compilation,
    teller: Machine[Any, Any],
    hearer: Machine[Any, Any],
    sent: dict[str, Any],
) -> None:
    outcome, transaction = run(teller, sent)
    assert outcome.refusal is None, f"{compiled.source.text}\n{sent}\n{outcome}"
    (event,) = transaction.events
    try:
        read_input(hearer, event.payload)
    except Refusal as refusal:
        raise AssertionError(f"{compiled.source.text}\n{event}\n{refusal.message}") from None
