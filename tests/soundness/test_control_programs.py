"""What the checker accepts of programs with loops, branches, flows and calls runs, gives what the
language says, and passes the tools."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from kanvas_runtime.codec import Codec
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import perform

from kanvasc.pipeline import Compilation
from tests.runtime.machines import call
from tests.soundness.choosing import Chooser, Drawn, Seeded
from tests.soundness.control_programs import control_program
from tests.soundness.control_reference import Program as Meaning
from tests.soundness.programs import Program, inputs
from tests.soundness.reference_library import Failed
from tests.soundness.running import compilation, errors, loaded, same
from tests.soundness.test_generated_python import check
from tests.soundness.test_mutated_programs import ran

RUNS = 4


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_program_gives_what_it_means(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    made = control_program(choose, "generated")
    compiled = compilation(made.text)
    # It may test for null where an outer condition ruled null out, which is a finding.
    assume({found.code for found in errors(compiled)} != {"K2005"})
    assert not errors(compiled), f"{made.text}\n{errors(compiled)}"
    with loaded(compiled, "generated") as module:
        asyncio.run(_compare(compiled, module.MACHINE, choose, made))


async def _compare(
    compiled: Compilation, machine: Machine[Any, Any], choose: Chooser, made: Program
) -> None:
    meaning = Meaning(compiled.parsed.tree)
    for _ in range(RUNS):
        sent = inputs(choose, made)
        try:
            meant = meaning.answer(made.name, sent)
        except Failed:
            meant = None
        answered = await _answer(machine, sent)
        assert same(answered, meant), f"{made.text}\n{sent}\n{answered}\n{meant}"


async def _answer(machine: Machine[Any, Any], given: dict[str, Any]) -> Any:
    """The answer as decoded JSON; None when a step failed, and nothing else may have."""
    ledger = MemoryLedger()
    codec = Codec(machine.input, machine.output)
    value = codec.decode(json.dumps(given))
    outcome = await perform(call(machine, value), ledger, Gate(ledger, simulate=True))
    if outcome.refusal is not None:
        assert outcome.refusal.code == "step_failed", outcome.refusal
        return None
    assert outcome.output is not None
    return json.loads(codec.encode(outcome.output))


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_change_of_type_is_found_or_harmless(data: st.DataObject) -> None:
    choose = Drawn(data.draw)

    def run(machine: Machine[Any, Any], given: dict[str, Any]) -> None:
        asyncio.run(_answer(machine, given))

    ran(choose, control_program(choose, "mutated"), run, times=2)


def build(folder: Path, seeds: Iterable[int]) -> None:
    """Each is an app of its own, since all of them call their `helper`."""
    for seed in seeds:
        compiled = compilation(control_program(Seeded(seed), f"m{seed}").text)
        if not errors(compiled):
            for path in ("machines/__init__.py", f"machines/m{seed}.py", "machines/helper.py"):
                target = folder / path.replace("machines/", f"app_{seed}/")
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(compiled.files[path])


HARD = (1576, 1727, 1802, 1925, 1611)
"""What the first four refer to is folded away, and stands under a name that something else has,
too; the last one tests for null where a type checker may not see it."""


def test_programs_of_control_pass_the_tools(tmp_path: Path) -> None:
    build(tmp_path, (*range(300, 340), *HARD))
    check(tmp_path, ".")


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_programs_of_control_pass_the_tools(tmp_path: Path) -> None:
    build(tmp_path, range(2000))
    check(tmp_path, ".")
