"""What the checker accepts runs, and gives what the language says."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kanvasc.pipeline import Compilation
from tests.soundness import reference
from tests.soundness.choosing import Chooser, Drawn
from tests.soundness.programs import Program, inputs, program
from tests.soundness.reference_library import Failed
from tests.soundness.running import compilation, errors, loaded, result, same

RUNS = 4


@given(st.data())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_well_typed_program_gives_what_it_means(data: st.DataObject) -> None:
    choose = Drawn(data.draw)
    made = program(choose, "generated")
    compiled = compilation(made.text)
    assume(not _asks_in_vain(compiled))
    assert not errors(compiled), made.text
    with loaded(compiled, "generated") as module:
        for _ in range(RUNS):
            _compare(compiled, module.MACHINE, choose, made)


def _asks_in_vain(compiled: Compilation) -> bool:
    """Whether it tests for null where an outer condition ruled null out, which is a finding."""
    return {found.code for found in errors(compiled)} == {"K2005"}


def _compare(compiled: Compilation, machine: Any, choose: Chooser, made: Program) -> None:
    sent = inputs(choose, made)
    try:
        meant = reference.answer(compiled.parsed.tree.machines[0], sent)
    except Failed:
        meant = None
    answered = result(machine, sent)
    assert same(answered, meant), f"{made.text}\n{sent}\n{answered}\n{meant}"
