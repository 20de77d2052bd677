"""`for each`: in the order of the list, however its turns end, and no more at once than it says."""

from __future__ import annotations

import asyncio
import json

from kanvas_runtime.reasoning.provider import ProviderError

from tests.control.built import Model, machine, run

ASKING = """
machine crowd
  accepts
    names as list of text is required
  responds with
    greetings as list of text
    places as list of integer
  ensures
    permissions
      allowed to
        reason
  implements
    for each name in input.names as greetings, concurrency: 3
      ask greeting, using: "anthropic:claude-haiku-4-5"
        with task "Greet ${name}"
        returns
          words as text is required
      "${loop.index}: ${steps.greeting.words}"
    for each name in input.names as places
      loop.index
    compute answer
      {greetings: steps.greetings, places: steps.places}
"""

NESTED = """
machine table
  accepts
    rows as list of list of integer is required
    add as integer, default: 0
  responds with
    rows as list of list of integer
    kept as list of list of integer
    nothing as list of boolean
  implements
    for each row in input.rows as rows
      compute most
        row.max() ?? 0
      for each cell in row as cells
        compute sum
          cell * 10 + loop.index
        steps.sum + steps.most + input.add
    for each row in input.rows as kept
      compute least
        row.min() ?? 0
      row.filter(cell => cell > steps.least + loop.index)
    for each row in input.rows as bare
      compute unused
        row.sum()
      null
    compute answer
      {rows: steps.rows, kept: steps.kept, nothing: steps.bare.map(one => one is null)}
"""

FAILING = """
machine halves
  accepts
    numbers as list of integer is required
  responds with
    quotients as list of number
    note as text
  implements
    for each n in input.numbers as quotients
      compute tenth
        10 / n
      on failure
        0
    retry strict, max: 1
      for each n in input.numbers as strictly
        20 / n
      "${steps.strictly.length} fit"
      on failure
        "${error.type} in ${error.step}"
    compute answer
      {quotients: steps.quotients, note: steps.strict}
"""


def words(text: str) -> str:
    return json.dumps({"words": text})


async def test_results_stand_in_the_order_of_the_list_and_three_run_at_once() -> None:
    names = ["ada", "bo", "cy", "dee", "eve", "flo"]
    meeting = asyncio.Barrier(3)
    turns = {name: place for place, name in enumerate(names)}

    async def answer(text: str) -> str:
        name = next(name for name in names if f'"{name}"' in text)
        await meeting.wait()  # never ends unless three are there
        for _ in range(10 - turns[name]):  # those that came last are done first
            await asyncio.sleep(0)
        return words(name.title())

    model = Model(answer)
    ran = await run(machine(ASKING, "crowd"), {"names": names}, model)
    assert ran.output["greetings"] == [f"{n}: {name.title()}" for n, name in enumerate(names)]
    assert ran.output["places"] == [0, 1, 2, 3, 4, 5]
    assert model.at_once == 3


async def test_a_turn_that_fails_cancels_the_others_and_no_more_begin() -> None:
    async def answer(text: str) -> str:
        if '"ada"' in text:
            while model.open < 3:
                await asyncio.sleep(0)
            raise ProviderError("the model is away")
        if '"bo"' in text or '"cy"' in text:
            await asyncio.Event().wait()
        return words("too late")

    model = Model(answer)
    names = ["ada", "bo", "cy", "dee", "eve"]
    ran = await run(machine(ASKING, "crowd"), {"names": names}, model)
    assert (ran.refused, ran.step) == ("provider_error", "greeting")
    assert model.cancelled == 2
    assert not any('"dee"' in text or '"eve"' in text for text in model.asked)
    outcomes = [outcome for _, _, outcome in ran.steps()]
    assert sorted(outcomes) == ["cancelled", "cancelled", "provider"]


async def test_an_empty_list_has_no_turns() -> None:
    ran = await run(machine(ASKING, "crowd"), {"names": []})
    assert ran.output == {"greetings": [], "places": []}


async def test_loops_in_loops_and_functions_that_see_their_item() -> None:
    ran = await run(machine(NESTED, "table"), {"rows": [[1, 5], [], [2, 7, 3]], "add": 100})
    assert ran.output == {
        "rows": [[115, 156], [], [127, 178, 139]],
        "kept": [[5], [], [7]],
        "nothing": [True, True, True],
    }


async def test_a_body_with_on_failure_answers_for_its_own_turn() -> None:
    made = machine(FAILING, "halves")
    ran = await run(made, {"numbers": [5, 0, 2]})
    assert ran.output == {"quotients": [2, 0, 5], "note": "runtime in strictly"}
    assert (await run(made, {"numbers": [5]})).output == {"quotients": [2], "note": "1 fit"}


ENDLESS = """
machine many
  accepts
    rows as list of integer is required
  responds with
    count as integer
  implements
    for each row in input.rows as outer
      for each other in input.rows as inner
        row * other
      steps.inner.length
    compute answer
      {count: steps.outer.length}
"""


async def test_turns_cost_fuel() -> None:
    made = machine(ENDLESS, "many")
    ran = await run(made, {"rows": list(range(1100))})
    assert (ran.refused, ran.step) == ("step_failed", "inner")
    assert (await run(made, {"rows": list(range(100))})).output == {"count": 100}
