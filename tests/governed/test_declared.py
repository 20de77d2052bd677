"""What stands under `ensures`: what a program needs there, and what the app is given of it."""

from __future__ import annotations

from typing import Any

import pytest
from kanvas_runtime.machine import Grant, Policy

from tests.control.built import machine, run
from tests.diagnostics.programs import codes, findings
from tests.diagnostics.test_fixes import applied

FREE = """
machine free
  accepts
    words as list of text is required
  responds with
    count as integer
    kind as text
  implements
    state
      seen as integer, default: 0
    publishes
      "counted"
    for each word in input.words as lengths
      word.length
    together both
      compute longest
        steps.lengths.max() ?? 0
      compute number
        steps.lengths.length
    decide kind
      when steps.both.number > 1
        {text: "many"}
      otherwise
        {text: "few"}
    set state.seen = state.seen + steps.both.number
    push {count: 0, kind: "soon"}
    publish "counted" {count: steps.both.longest}
    run flow(counted)
    compute answer
      {count: state.seen, kind: steps.kind.text}
    flow counted
      compute whole
        {seen: state.seen}
"""


async def test_what_stays_inside_needs_no_permission() -> None:
    made = machine(FREE, "free")
    assert made.policy == Policy()
    ran = await run(made, {"words": ["a", "bcd"]})
    assert ran.output == {"count": 2, "kind": "many"}
    assert [record for record in ran.records if record["kind"] == "Decision"] == []


HEAD = """
machine desk
  accepts
    note as text is required
  responds with
    done as boolean
{permissions}  implements
{step}    compute answer
      {{done: true}}

machine clerk
  accepts
    note as text is required
  responds with
    text as text
  ensures
    permissions
      allowed to
        reason, http "print.example.com"
  implements
    action printed http
      url: "https://print.example.com/"
    ask said, using: "anthropic:claude-haiku-4-5"
      with task "Say ${{input.note}}"
"""
PERMITTED = "  ensures\n    permissions\n      allowed to\n        {0}\n"
STEPS = {
    "a model": ('    ask a, using: "anthropic:m"\n      with task "x"\n', "reason"),
    "a host": (
        '    action a http\n      url: "https://api.example.com/x?y=1"\n',
        'http "api.example.com"',
    ),
    "a host with a scheme": (
        '    action a http\n      url: "http://api.example.com/"\n',
        'http "http://api.example.com"',
    ),
    "a host with a port": (
        '    action a http\n      url: "https://api.example.com:8443/"\n',
        'http "https://api.example.com:8443"',
    ),
    "a memory, written": ("    remember a\n      content: input.note\n", "memory"),
    "a memory, read": ("    recall a\n      query: input.note\n", "memory"),
    "a machine, and all that it uses": (
        '    ask a, from: "clerk"\n      note: input.note\n',
        'call "clerk", http "print.example.com", reason',
    ),
}


def program(step: str, permissions: str = "") -> str:
    return HEAD.format(step=step, permissions=permissions)


def words(permission: str) -> set[str]:
    return set(permission.split(", "))


@pytest.mark.parametrize(("step", "needed"), STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("permissions", ["", "  ensures\n    limits\n      runs_per_minute: 5\n"])
def test_what_leaves_needs_a_permission_and_the_fix_grants_it(
    step: str, needed: str, permissions: str
) -> None:
    (found,) = findings(program(step, permissions))
    assert (found.code, found.severity.value) == ("K4001", "error")
    (fix,) = found.fixes
    fixed = applied(program(step, permissions), fix)
    assert codes(fixed) == []
    assert codes(program(step, PERMITTED.format(needed))) == []
    assert set(machine(fixed, "desk").policy.allowed) == {_grant(word) for word in words(needed)}


def _grant(word: str) -> Grant:
    capability, _, target = word.partition(" ")
    return Grant(capability, target.strip('"') or None)


@pytest.mark.parametrize(("step", "needed"), STEPS.values(), ids=STEPS)
def test_each_permission_that_is_left_out_is_missed(step: str, needed: str) -> None:
    """Also where the others are granted."""
    for left_out in words(needed):
        others = ", ".join(sorted(words(needed) - {left_out})) or "memory"
        if others == left_out:
            others = "reason"
        found = codes(program(step, PERMITTED.format(others)))
        assert "K4001" in found, left_out


def test_an_older_way_to_write_http() -> None:
    """It grants requests to any host that the program writes out."""
    text = program(STEPS["a host"][0], PERMITTED.format('call "@mashin/actions/http/get"'))
    assert [found.code for found in findings(text) if found.severity.value == "error"] == []
    assert machine(text, "desk").policy.allowed == (Grant("http"),)


EVERY = """
machine desk
  responds with
    done as boolean
  ensures
    permissions
      allowed to
        reason, http "a.example.com", http "*.b.example.com", http "http://c.example.com:8080",
        call "clerk"
      not allowed to
        memory, http "*.internal.example.com"
      requires approval for
        call "bank", http "pay.example.com"
  implements
    compute answer
      {done: true}
"""


def test_the_app_is_given_every_list_as_it_is_written() -> None:
    assert machine(EVERY, "desk").policy == Policy(
        allowed=(
            Grant("reason"),
            Grant("http", "a.example.com"),
            Grant("http", "*.b.example.com"),
            Grant("http", "http://c.example.com:8080"),
            Grant("call", "clerk"),
        ),
        denied=(Grant("memory"), Grant("http", "*.internal.example.com")),
        approval=(Grant("call", "bank"), Grant("http", "pay.example.com")),
    )


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("approval_self: input.note is null", "K3007"),
        ('approval_timeout: "${input.note}"', "K3007"),
        ("approval_timeout: input.note", "K3007"),
    ],
)
def test_no_value_of_a_run_has_a_say_in_an_approval(written: str, code: str) -> None:
    held = "  ensures\n    permissions\n      requires approval for\n        reason\n"
    assert code in codes(program(STEPS["a model"][0], f"{held}    limits\n      {written}\n"))


def test_no_value_of_a_run_names_what_needs_an_approval() -> None:
    held = '  ensures\n    permissions\n      requires approval for\n        http "${input.note}"\n'
    assert "K4003" in codes(program(STEPS["a host"][0], held))


UNKNOWN: dict[str, str | None] = {
    "memry": "did you mean `memory`?",
    "reasons": "did you mean `reason`?",
    "htpp": "did you mean `http`?",
    "teleport": None,
}


@pytest.mark.parametrize("list_", ["not allowed to", "requires approval for", "allowed to"])
@pytest.mark.parametrize(("name", "help_"), UNKNOWN.items())
def test_what_is_no_capability_protects_nothing(list_: str, name: str, help_: str | None) -> None:
    text = program("", f"  ensures\n    permissions\n      {list_}\n        {name}\n")
    (found,) = findings(text)
    assert (found.code, found.severity.value) == ("K4002", "warning")
    assert found.help == help_ or (help_ is None and "did you mean" not in found.help)
    made: Any = machine(text, "desk")
    assert made.policy == Policy()
