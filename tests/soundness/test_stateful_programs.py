"""What the checker accepts of programs with a state runs, keeps what the language says it keeps,
and passes the tools."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kanvas_runtime.engine import Caller, Engine, Served
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import MemoryLedger
from kanvas_runtime.machine import Machine
from kanvas_runtime.state import form

from kanvasc.pipeline import Compilation
from tests.soundness.choosing import Chooser, Drawn, Seeded
from tests.soundness.programs import Program, inputs
from tests.soundness.reference import lib
from tests.soundness.reference_library import Failed
from tests.soundness.running import compilation, errors, loaded, same
from tests.soundness.stateful import stateful
from tests.soundness.stateful_reference import Kept
from tests.soundness.test_generated_python import check

RUNS = 5
REFUSED = {"K2003", "K2005"}
"""What was not null before it was set again, and a test for null where null is ruled out."""


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_state_is_what_the_runs_before_have_set(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    made = stateful(choose, "generated")
    compiled = compilation(made.text)
    assume(not {found.code for found in errors(compiled)} & REFUSED)
    assert not errors(compiled), made.text
    with loaded(compiled, "generated") as module:
        asyncio.run(_compare(compiled, module.MACHINE, choose, made))


async def _compare(
    compiled: Compilation, machine: Machine[Any, Any], choose: Chooser, made: Program
) -> None:
    journal = MemoryLedger()
    engine = Engine(journal, Gate(journal, simulate=True))
    meant = Kept(compiled.parsed.tree.machines[0])
    sent: list[dict[str, Any]] = []
    for _ in range(RUNS):
        sent.append(inputs(choose, made))
        try:
            expected = meant.answer(sent[-1])
        except Failed:
            expected = None
        answered = await _answer(engine, machine, sent[-1])
        assert same(answered, expected), f"{made.text}\n{sent}\n{answered}\n{expected}"
        kept = await _kept(engine, machine)
        assert same(kept, lib.plain(meant.state)), f"{made.text}\n{sent}\n{kept}\n{meant.state}"


async def _answer(engine: Engine, machine: Machine[Any, Any], given: dict[str, Any]) -> Any:
    """The answer as decoded JSON; None when a step failed, or the state could not be kept; any
    other refusal, which no program should come to."""
    served = Served.of(machine)
    value = served.codec.decode(json.dumps(given))
    done = await engine.carry_out(served, Caller("websocket", "/ws"), value, time.monotonic())
    if done.result.refusal is not None:
        return None if done.result.refusal.code == "step_failed" else done.result.refusal
    assert done.result.body is not None
    return json.loads(done.result.body)


async def _kept(engine: Engine, machine: Machine[Any, Any]) -> Any:
    assert machine.state is not None
    state = await engine.states.load(machine.name, machine.state)
    return json.loads(form(machine.state).write(state))


def test_stateful_programs_pass_the_tools(tmp_path: Path) -> None:
    (tmp_path / "machines").mkdir()
    (tmp_path / "machines" / "__init__.py").touch()
    for seed in range(60):
        compiled = compilation(stateful(Seeded(seed), f"m{seed}").text)
        if not errors(compiled):
            path = f"machines/m{seed}.py"
            (tmp_path / path).write_bytes(compiled.files[path])
    check(tmp_path)
