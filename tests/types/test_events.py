"""Events and pushes: what may be told, and what fits where it is heard."""

from __future__ import annotations

import pytest

from tests.diagnostics.programs import codes, findings


def teller(schema: str, payload: str, accepts: str = "a as text is required") -> str:
    """A machine that publishes `said`."""
    declared = f"        schema\n          {schema}\n" if schema else ""
    return (
        f"machine teller\n  accepts\n    {accepts}\n  implements\n    publishes\n"
        f'      "said"\n{declared}    publish "said" {payload}\n'
    )


def hearer(accepts: str, heard: str = 'on "said"', steps: str = "    compute b\n      1\n") -> str:
    """A machine that listens."""
    given = f"  accepts\n    {accepts}\n" if accepts else ""
    return f"machine hearer\n{given}  implements\n    subscribes\n      {heard}\n{steps}"


# --- what an event says, and what its subscriber accepts

FITS = [
    ("text", "text"),
    ("text", "any"),
    ("any", "integer"),
    ("integer", "number"),
    ("integer", "decimal"),
    ("number", "decimal"),
    ("decimal", "text"),
    ("uuid", "text"),
    ("date", "text"),
    ("datetime", "text"),
    ('enum("x")', "text"),
    ('enum("x")', 'enum("y", "x")'),
    ("list of integer", "list of number"),
    ("list of date", "list of text"),
    ("list of integer", "list"),
    ("map of integer", "map of decimal"),
    ("object {x as integer}", "map of integer"),
    ("object {x as integer, y as text}", "object {x as number}"),
    ("object {x as integer}", "object {x as integer, z as text is optional}"),
]
REFUSED = [
    ("text", "integer"),
    ("text", "date"),
    ("text", "decimal"),
    ("text", 'enum("x")'),
    ("number", "integer"),
    ("decimal", "number"),
    ("date", "datetime"),
    ("boolean", "text"),
    ('enum("x", "y")', 'enum("x")'),
    ("list of number", "list of integer"),
    ("list", "map"),
    ("map of integer", "object {x as integer}"),
    ("object {x as number}", "map of integer"),
    ("object {x as integer}", "object {x as integer, y as text}"),
]


def said(of: str) -> str:
    """A machine that hands an input of the type on."""
    return teller(f"a as {of}", "{a: input.a}", f"a as {of} is required")


@pytest.mark.parametrize(("given", "accepted"), FITS)
def test_an_event_fits(given: str, accepted: str) -> None:
    assert codes(said(given) + hearer(f"a as {accepted} is required")) == []
    assert codes(said(given) + hearer(f"a as {accepted}")) == []


@pytest.mark.parametrize(("given", "accepted"), REFUSED)
def test_an_event_would_be_refused(given: str, accepted: str) -> None:
    assert codes(said(given) + hearer(f"a as {accepted} is required")) == ["K7005"]
    assert codes(said(given) + hearer(f"a as {accepted}")) == ["K7005"]


@pytest.mark.parametrize(
    ("accepts", "found"),
    [
        ("a as text", []),
        ("a as text is required", ["K7005"]),
        ('a as text, default: "x"', ["K7005"]),
        ("b as text", []),
        ("b as text is required", ["K7005"]),
        ('b as text, default: "x"', []),
        ("", []),
    ],
)
def test_what_an_event_may_leave_null(accepts: str, found: list[str]) -> None:
    program = teller("a as text is optional", "{a: input.a}", "a as text")
    assert codes(program + hearer(accepts)) == found


def test_without_a_schema_each_step_says_what_it_says() -> None:
    accepts = "a as text is required"
    assert codes(teller("", "{a: input.a, more: 1}") + hearer(accepts)) == []
    assert codes(teller("", "{b: input.a}") + hearer(accepts)) == ["K7005"]
    assert codes(teller("", "input.a") + hearer(accepts)) == ["K7005"]
    assert codes(teller("", "null") + hearer(accepts)) == ["K7005"]
    assert codes(teller("", "input.a", "a as any") + hearer(accepts)) == []
    assert codes(teller("", "input.a") + hearer("")) == []


def test_each_publisher_is_held_against_the_subscriber() -> None:
    other = teller("a as integer", "{a: 1}").replace("machine teller", "machine other")
    program = said("text") + other + hearer("a as text is required")
    assert codes(program) == ["K7005"]
    (found,) = findings(program)
    assert program[found.related[0].span.start :].startswith("a as integer\n")


def test_a_machine_may_hear_itself() -> None:
    """It should not say the same again whatever it heard; in a flow that says nothing it may."""
    program = said("text").replace(
        "    publishes", '    subscribes\n      on "said"\n    publishes', 1
    )
    assert codes(program) == ["K7008"]
    quiet = program.replace('on "said"', 'on "said" run listen')
    assert codes(f"{quiet}\n    flow listen\n      compute heard\n        input.a\n") == []


CIRCLE = """machine first
  accepts
    a as text is required
  implements
    publishes
      "ping"
    subscribes
      on "pong"
STEPS

machine second
  accepts
    a as text is required
  ensures
    guards
      short
        check: input.a.length < 9
        on_violation: "record"
  implements
    publishes
      "pong"
    subscribes
      on "ping"
    publish "pong" {a: input.a}
"""
SAYING = 'publish "ping" {a: input.a}'


@pytest.mark.parametrize(
    ("steps", "certain"),
    [
        (SAYING, True),
        (f"run flow(say)\nflow say\n  {SAYING}", True),
        (f"together both\n  {SAYING}\n  compute x\n    1", True),
        (f"retry tried, max: 2\n  {SAYING}", True),
        (f'decide told\n  when input.a is "x"\n    {SAYING}', False),
        (f"for each one in [1]\n  {SAYING}", False),
        (f"retry tried, max: 2\n  compute x\n    1\n  on failure\n    {SAYING}", False),
    ],
)
def test_a_circle_of_events_is_told_where_it_is_certain(steps: str, certain: bool) -> None:
    indented = "\n".join(f"    {line}" for line in steps.splitlines())
    program = CIRCLE.replace("STEPS", indented)
    assert codes(program) == (["K7008"] if certain else [])
    assert "K7008" not in codes(program.replace('"record"', '"block"'))


# --- names


@pytest.mark.parametrize("name", ["a", "order.created", "Order-2.x_y", "a.b.c.d", "x" * 100])
def test_a_name_of_an_event(name: str) -> None:
    program = said("text") + hearer("a as text")
    assert codes(program.replace("said", name)) == []


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("order created", "order.created"),
        ("order/created", "order.created"),
        ("order..created", "order.created"),
        (".order", "order"),
        ("größe", "gr.e"),
        ("", None),
        (" ", None),
        ("x" * 101, None),
    ],
)
def test_no_name_of_an_event(name: str, near: str | None) -> None:
    found = findings(said("text").replace('"said"', f'"{name}"'))
    assert [one.code for one in found] == ["K7001", "K7001"]
    offered = [fix.edits[0].text for one in found for fix in one.fixes]
    assert offered == ([f'"{near}"'] * 2 if near else [])


# --- what runs


def test_an_event_may_run_a_flow_and_the_machine() -> None:
    steps = "    compute b\n      input.a\n    flow late\n      compute c\n        input.a\n"
    both = 'on "said"\n      on "said" run late'
    assert codes(said("text") + hearer("a as text is required", both, steps)) == []
    assert codes(said("text") + hearer("a as text", 'on "said" run late', steps)) == []
    assert codes(said("text") + hearer("a as text", 'on "said"', steps)) == ["K1023"]
    assert codes(said("text") + hearer("a as text", 'on "said" run lete', steps)) == ["K1021"]


def test_a_machine_of_flows_alone_listens() -> None:
    flows = (
        "    flow first\n      compute b\n        1\n    flow late\n      compute c\n        2\n"
    )
    assert codes(said("text") + hearer("a as text", 'on "said" run late', flows)) == []


# --- steps that have no value

MACHINE = (
    "machine m\n  accepts\n    a as integer is required\n    b as integer\n  responds with\n"
    "    n as integer\n    note as text is optional\n  implements\n"
    '    publishes\n      "said"\n'
)


@pytest.mark.parametrize(
    "steps",
    [
        "    compute one\n      {n: 1}\n    push {n: 2}\n",
        '    compute one\n      {n: 1}\n    publish "said" steps.one\n    push steps.one\n',
        "    push {n: input.a, note: null}\n    compute one\n      {n: 1}\n",
        "    for each x in [1, 2]\n      push {n: x}\n    compute one\n      {n: 1}\n",
        "    for each x in [1, 2], concurrency: 2\n      push {n: x}\n"
        "    compute one\n      {n: 1}\n",
        "    together both\n      push {n: 1}\n      push {n: 2}\n    compute one\n      {n: 1}\n",
        "    retry again\n      push {n: 1}\n      compute one\n        {n: 1}\n",
        "    decide one\n      when input.a > 1\n        compute two\n          {n: 2}\n"
        "        push {n: 3}\n      otherwise\n        {n: 1}\n",
        '    decide told\n      when input.a > 1 publish "said" 1\n      otherwise push {n: 2}\n'
        "    compute one\n      {n: 1}\n",
        "    run flow(f)\n    flow f\n      push {n: 1}\n      compute one\n        {n: 1}\n",
        "    compute one\n      {n: 1}\n    push {n: 2}\n    on failure\n"
        "      push {n: 0}\n      {n: 0}\n",
    ],
)
def test_steps_that_tell_something_stand_anywhere(steps: str) -> None:
    assert set(codes(MACHINE + steps)) <= {"K7003"}


@pytest.mark.parametrize(
    ("pushed", "code"),
    [
        ('{n: "x"}', "K2001"),
        ("{}", "K2001"),
        ("{note: null}", "K2001"),
        ("{n: input.b}", "K2003"),
        ("{n: 1.5}", "K2001"),
        ("{n: 1, note: 2}", "K2001"),
        ("{n: m}", "K1001"),
        ("5", "K2001"),
        ("null", "K2003"),
        ("[{n: 1}]", "K2001"),
    ],
)
def test_a_push_that_does_not_fit(pushed: str, code: str) -> None:
    program = MACHINE.replace('    publishes\n      "said"\n', "")
    steps = f"    push {pushed}\n    compute one\n      {{n: 1}}\n"
    assert codes(program + steps) == [code]
