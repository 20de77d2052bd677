"""Values that a program makes larger and larger: what they may have, and how its step ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kanvas_runtime import fuel, library, ops
from kanvas_runtime.errors import StepFailure

from tests.control.built import machine, run

GROWING = """
machine grows
  accepts
    turns as list of integer is required
    way as enum("text", "template", "list") is required
  responds with
    size as integer
    type as text
    step as text
    message as text
  implements
    decide grown
      match input.way
        "text" => input.turns.reduce((so_far, n) => so_far + so_far, "x").length
        "template" => input.turns.reduce((so_far, n) => "${so_far}${so_far}", "x").length
        "list" => input.turns.reduce((so_far, n) => [so_far, so_far].flat(), [1]).length
    {size: steps.grown, type: "", step: "", message: ""}
    on failure
      {size: 0, type: error.type, step: error.step, message: error.message}
"""


@pytest.mark.parametrize(
    ("way", "doublings", "told"),
    [
        ("text", 20, "a text became longer than 1048576 characters"),
        ("template", 20, "a text became longer than 1048576 characters"),
        ("list", 17, "a list became longer than 131072 items"),
    ],
)
async def test_a_value_that_grows_beyond_its_limit_fails_its_step(
    way: str, doublings: int, told: str
) -> None:
    """A megabyte of characters, or of references of eight bytes."""
    made = machine(GROWING, "grows")
    whole = await run(made, {"way": way, "turns": [1] * doublings})
    assert whole.output == {"size": 2**doublings, "type": "", "step": "", "message": ""}
    beyond = await run(made, {"way": way, "turns": [1] * (doublings + 1)})
    assert beyond.output == {"size": 0, "type": "runtime", "step": "grown", "message": told}


HALF = "x" * (fuel.LONGEST_TEXT // 2)


@pytest.mark.parametrize(
    "grow",
    [
        lambda: ops.text(HALF, HALF, "x"),
        lambda: ops.json_of([HALF, HALF]),
        lambda: library.split("," * fuel.LONGEST_LIST, ","),
        lambda: library.split("x" * (fuel.LONGEST_LIST + 1), ""),
    ],
)
def test_what_is_made_at_one_go_is_within_the_limit_too(grow: Callable[[], object]) -> None:
    with pytest.raises(StepFailure, match="became longer") as failed:
        grow()
    assert failed.value.type == "runtime"


def test_what_is_split_may_have_as_many_parts_as_a_list_has_items() -> None:
    assert len(library.split("," * (fuel.LONGEST_LIST - 1), ",")) == fuel.LONGEST_LIST
    assert len(library.split("x" * fuel.LONGEST_LIST, "")) == fuel.LONGEST_LIST


LOOPS = """
machine loops
  accepts
    rows as list of integer is required
    none as list of integer, default: []
    way as enum("in place", "by a function", "at once", "nested") is required
  responds with
    n as integer
  implements
    decide gone
      match input.way
        "in place" =>
          for each row in input.rows as doubled
            row * 2
          steps.doubled.length
        "by a function" =>
          for each row in input.rows as seen
            input.none.map(n => n + row).length
          steps.seen.length
        "at once" =>
          for each row in input.rows as tripled, concurrency: 2
            row * 3
          steps.tripled.length
        "nested" =>
          for each row in input.rows as outer
            for each other in input.rows as inner
              row * other
            steps.inner.length
          steps.outer.length
    {n: steps.gone}
"""


@pytest.mark.parametrize(
    ("way", "turns", "too_many"),
    [("in place", 40, 60), ("by a function", 40, 60), ("at once", 40, 60), ("nested", 6, 8)],
)
async def test_turns_of_every_kind_of_loop_cost_fuel(
    monkeypatch: pytest.MonkeyPatch, way: str, turns: int, too_many: int
) -> None:
    made = machine(LOOPS, "loops")
    monkeypatch.setattr(fuel, "TANK", 50)
    monkeypatch.setattr(fuel, "STRETCH", 10)
    ran = await run(made, {"way": way, "rows": [1] * turns})
    assert ran.output == {"n": turns}
    ran = await run(made, {"way": way, "rows": [1] * too_many})
    assert ran.refused == "step_failed"
