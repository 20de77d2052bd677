"""Machines that call machines: inputs, outputs, rights, records; and flows, run from anywhere."""

from __future__ import annotations

import dataclasses

from kanvas_runtime.machine import Grant, Policy

from tests.control.built import machine, run

CALLING = """
machine letter
  accepts
    customer as text is required, min_length: 2
    pages as integer, default: 1
  responds with
    text as text
    pages as integer, max: 9
  ensures
    permissions
      allowed to
        reason
  implements
    ask draft, using: "anthropic:claude-haiku-4-5"
      with task "A letter to ${input.customer}"
      assuming
        text: "Dear customer"
    compute answer
      {text: steps.draft.text, pages: input.pages * 2}

machine post
  accepts
    customer as text is required
    pages as integer
  responds with
    text as text
    pages as integer
  ensures
    permissions
      allowed to
        call "letter", reason
  implements
    ask words, from: "letter"
      customer: input.customer
      pages: input.pages ?? 3

machine campaign
  accepts
    customers as list of text is required
  responds with
    texts as list of text
    trouble as text
  ensures
    permissions
      allowed to
        call "post", call "letter", reason
  implements
    for each customer in input.customers as sent, concurrency: 2
      retry one, max: 1
        ask posted, from: "post"
          customer: customer
        steps.posted.text
        on failure
          "${error.type} in ${error.step} (${error.details})"
    compute answer
      {texts: steps.sent, trouble: "none"}
"""


async def writing(text: str) -> str:
    return "Dear friend"


async def test_inputs_go_in_by_name_and_the_output_is_the_value() -> None:
    made = machine(CALLING, "post")
    assert (await run(made, {"customer": "Ada"}, writing)).output == {
        "text": "Dear friend",
        "pages": 6,
    }
    assert (await run(made, {"customer": "Ada", "pages": 2}, writing)).output["pages"] == 4


async def test_what_a_called_machine_does_is_recorded_in_the_same_run() -> None:
    ran = await run(machine(CALLING, "campaign"), {"customers": ["Ada"]}, writing)
    assert ran.output["texts"] == ["Dear friend"]
    assert ran.steps() == [
        ("letter", "draft", "ok"),
        ("post", "words", "ok"),
        ("campaign", "posted", "ok"),
    ]
    assert len({record["run"] for record in ran.records}) == 1
    assert [r["machine"] for r in ran.records if r["kind"] == "RunStarted"] == ["campaign"]


async def test_a_called_machine_is_held_to_its_contract() -> None:
    """Types are proved; what a value is shows only in the run."""
    made = machine(CALLING, "campaign")
    ran = await run(made, {"customers": ["A", "Bo"]}, writing)
    first, second = ran.output["texts"]
    assert first == "runtime in posted (letter)"
    assert second == "Dear friend"
    ran = await run(machine(CALLING, "post"), {"customer": "Ada", "pages": 7}, writing)
    assert (ran.refused, ran.step) == ("step_failed", "words")


async def test_a_called_machine_may_no_more_than_its_caller() -> None:
    """What the compiler would refuse is refused by the run, too."""
    made = machine(CALLING, "post")
    calls = Grant("call", "letter")
    for policy in (Policy(allowed=(calls,)), Policy((calls, Grant("reason")), (Grant("reason"),))):
        ran = await run(dataclasses.replace(made, policy=policy), {"customer": "Ada"}, writing)
        assert (ran.refused, ran.step) == ("denied", "words")
        assert ran.steps() == [("post", "words", "denied")]
        decisions = [r for r in ran.records if r["kind"] == "Decision"]
        assert [(d["machine"], d["capability"], d["verdict"]) for d in decisions] == [
            ("letter", "reason", "denied")
        ]


async def test_in_a_simulation_a_called_machine_runs_and_its_model_does_not() -> None:
    ran = await run(machine(CALLING, "post"), {"customer": "Ada"}, simulate=True)
    assert ran.output == {"text": "Dear customer", "pages": 6}


FLOWS = """
machine notes
  accepts
    text as text is required
    times as integer, default: 2
  responds with
    shout as text
    lengths as list of integer
    trouble as text
  implements
    decide shown
      when input.text != ""
        run flow(shout)
      otherwise
        "nothing"
    for each n in [1, 2, 3] as lengths
      run flow(count)
      compute longer
        input.text.length * n
    retry trouble, max: 2, delay: "1ms"
      run flow(halve)
    compute answer
      {shout: steps.shown, lengths: steps.lengths, trouble: steps.trouble}
    flow shout
      run flow(tidy)
    flow tidy
      compute trimmed
        input.text.trim()
      "${steps.trimmed.upper()}!"
    flow count
      input.text.length
    flow halve
      compute half
        "${10 / input.times}"
      on failure
        "no half: ${error.step}"
"""

FIRST = """
machine tidy_text
  accepts
    note as text is required
  responds with
    note as text from trimmed
    size as integer from size
  implements
    flow main
      compute trimmed
        input.note.trim()
      compute size
        steps.trimmed.length
"""

SHARED = """
machine circle_less
  accepts
    n as integer is required
  responds with
    n as integer
  implements
    flow outer
      {n: input.n + 1}
    flow never
      run flow(outer)
"""


async def test_flows_run_where_they_are_named_and_give_their_value() -> None:
    made = machine(FLOWS, "notes")
    assert (await run(made, {"text": " hi "})).output == {
        "shout": "HI!",
        "lengths": [4, 8, 12],
        "trouble": "5",
    }
    empty = await run(made, {"text": "", "times": 0})
    assert empty.output == {"shout": "nothing", "lengths": [0, 0, 0], "trouble": "no half: half"}


async def test_the_first_flow_runs_where_there_is_nothing_else() -> None:
    """Its steps are those of the machine, which `from` may name."""
    ran = await run(machine(FIRST, "tidy_text"), {"note": " a "})
    assert ran.output == {"note": "a", "size": 1}
    assert (await run(machine(SHARED, "circle_less"), {"n": 1})).output == {"n": 2}


MATCHING = """
machine parcel
  accepts
    size as enum("small", "large")
    code as any
    weight as number is required
    price as decimal is required
    express as boolean is required
  responds with
    size as text is optional
    code as text
    weight as text
    price as text
    express as text
    inner as integer
  implements
    decide size
      match input.size
        "small" => "S"
        null => "?"
    decide code
      match input.code
        1, "1" => "one"
        true => "yes"
        null => "none"
        otherwise => "other"
    decide weight
      match input.weight * 2
        0, 1.0 => "light"
        -4 => "negative"
        otherwise => "some"
    decide price
      match input.price
        1.50 => "low"
        otherwise => "high"
    decide express
      match input.express
        true =>
          compute inner
            1
          "fast"
        false =>
          compute inner
            2
          "slow"
    compute answer
      {
        size: steps.size, code: steps.code, weight: steps.weight,
        price: steps.price, express: steps.express, inner: steps.inner
      }
"""


async def test_matches_compare_as_the_language_does() -> None:
    made = machine(MATCHING, "parcel")
    first = {"size": "small", "code": 1.0, "weight": 0.5, "price": "1.5", "express": True}
    assert (await run(made, first)).output == {
        "size": "S",
        "code": "one",
        "weight": "light",
        "price": "low",
        "express": "fast",
        "inner": 1,
    }
    second = {"code": True, "weight": -2, "price": "1.51", "express": False, "size": None}
    assert (await run(made, second)).output == {
        "size": "?",
        "code": "yes",
        "weight": "negative",
        "price": "high",
        "express": "slow",
        "inner": 2,
    }
    third = {"size": "large", "code": "one", "weight": 3, "price": 3, "express": False}
    ran = await run(made, third)
    assert ran.output["size"] is None  # no arm is taken
    assert ran.output["code"] == "other"
    assert (await run(made, {**third, "code": None})).output["code"] == "none"
