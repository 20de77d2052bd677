"""Sections, steps and tests: each row of the language's description, right and wrong."""

from __future__ import annotations

import pytest

from kanvasc.types.modifiers import READERS
from tests.language.tables import Row, codes, said
from tests.types.test_fields import MODIFIERS

MODEL = '"anthropic:claude-haiku-4-5"'


def indented(lines: str, depth: int) -> str:
    return "".join(f"{'  ' * depth}{line}\n" for line in lines.split("\n"))


# --- accepts


def accepting(field: str) -> str:
    return f"machine m\n  accepts\n{indented(field, 2)}"


RULES = {
    "min below max": Row("a as integer, min: 1, max: 1", "a as integer, min: 2, max: 1", "K3008"),
    "range": Row("a as decimal, range: [0, 0.5]", "a as decimal, range: [0.5, 0]", "K3008"),
    "lengths in order": Row(
        "a as text, min_length: 1, max_length: 1",
        "a as text, min_length: 2, max_length: 1",
        "K3008",
    ),
    "default within range": Row(
        "a as number, range: [0, 1], default: 0.5",
        "a as number, range: [0, 1], default: 2",
        "K3008",
    ),
    "default above min": Row(
        "a as integer, min: 1, default: 1", "a as integer, min: 1, default: 0", "K3008"
    ),
    "default as long as it may be": Row(
        'a as text, max_length: 2, default: "ab"',
        'a as text, max_length: 2, default: "abc"',
        "K3008",
    ),
    "default in its pattern": Row(
        'a as text, pattern: "[a-z]+", default: "ab"',
        'a as text, pattern: "[a-z]+", default: "1"',
        "K3008",
    ),
    "default in its format": Row(
        'a as text, format: "email", default: "a@b.example"',
        'a as text, format: "email", default: "a"',
        "K3008",
    ),
    "default among choices": Row(
        'a as text, choices: ["x", "y"], default: "x"',
        'a as text, choices: ["x"], default: "y"',
        "K3008",
    ),
    "default in its subset": Row(
        'a as list of text, subset: ["x", "y"], default: ["x"]',
        'a as list of text, subset: ["x"], default: ["y"]',
        "K3008",
    ),
    "choices in their pattern": Row(
        'a as text, pattern: "[a-z]+", choices: ["x", "y"]',
        'a as text, pattern: "[a-z]+", choices: ["x", "1"]',
        "K3008",
    ),
    "choices in their format": Row(
        'a as text, format: "ipv4", choices: ["10.0.0.1"]',
        'a as text, format: "ipv4", choices: ["10.0.0.1", "x"]',
        "K3008",
    ),
    "choices as long as they may be": Row(
        'a as text, max_length: 2, choices: ["ab"]',
        'a as text, max_length: 2, choices: ["abc"]',
        "K3008",
    ),
    "choices as long as they must be": Row(
        'a as text, min_length: 2, choices: ["ab"]',
        'a as text, choices: ["a"], min_length: 2',
        "K3008",
    ),
    "a subset that is large enough": Row(
        'a as list of text, min_length: 3, subset: ["x"]',
        'a as list of text, min_length: 1, subset: ["x"], default: []',
        "K3008",
    ),
    "a pattern that compiles": Row(
        'a as text, pattern: "(a|b){2}"', 'a as text, pattern: "("', "K3009"
    ),
    "a pattern without look-around": Row(
        'a as text, pattern: "a.*b"', 'a as text, pattern: "a(?=b)"', "K3009"
    ),
    "a pattern without back-references": Row(
        'a as text, pattern: "(a)b"', 'a as text, pattern: "(a)\\\\1"', "K3009"
    ),
    "required or a default": Row(
        "a as text is required", 'a as text is required, default: "x"', "K3010"
    ),
    "a default of its type": Row(
        "a as decimal, default: 0.10", 'a as decimal, default: "0.10"', "K2001"
    ),
    "a computed default": Row(
        "a as integer, default: 60 * 60", "a as integer, default: 60 * x", "K1001"
    ),
    "a default that is not null": Row("a as text", "a as text, default: null", "K2003"),
}

TYPED = "type part\n  name as text\n  count as integer, min: 1\n\n"


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ('    a as part, default: {name: "x", count: COUNT}\n', "K3008"),
        ('    a as list of part, default: [{name: "x", count: COUNT}]\n', "K3008"),
        ('    a as map of part, default: {k: {name: "x", count: COUNT}}\n', "K3008"),
        ("    a as object {n as integer, min: 1}, default: {n: COUNT}\n", "K3008"),
    ],
    ids=["record", "list", "map", "object"],
)
def test_rules_hold_inside_of_values(place: str, code: str) -> None:
    head = f"{TYPED}machine m\n  accepts\n"
    assert said(head + place.replace("COUNT", "1")) == []
    assert codes(head + place.replace("COUNT", "0")) == [code]


# --- responds with


def answering(output: str) -> str:
    return (
        "machine m\n  accepts\n    a as integer is required\n  responds with\n"
        f"{indented(output, 2)}  implements\n    compute first\n      {{x: input.a}}\n"
        "    decide second\n      when input.a < 5\n        {b: 1}\n"
        "      otherwise\n        {b: 2}\n"
    )


OUTPUTS = {
    "by name": Row("b as integer", "c as integer", "K3001"),
    "of its type": Row("b as number", "b as text", "K3002"),
    "from a step": Row("x as integer from first", "x as integer from frist", "K1002"),
    "from a member": Row("y as integer from first.x", "y as integer from first.z", "K1003"),
    "from the state": Row("b as integer", "b as integer from state.n", "K1040"),
    "is optional": Row("b as integer\nc as text is optional", "b as integer\nc as text", "K3001"),
    "a default": Row('b as integer\nc as text, default: "x"', "b as integer\nc as text", "K3001"),
}

# --- achieves


def achieving(lines: str) -> str:
    return (
        "machine m\n  accepts\n    a as integer is required\n  responds with\n    b as integer\n"
        f"  achieves\n{indented(lines, 2)}"
        "  implements\n    compute done\n      {b: input.a * 2}\n"
    )


EXAMPLE = "for example\n  given {{a: 2}}\n  expect {{{0}}}"
ACHIEVES = {
    "goal": Row('goal "Twice as much"', "goal", "K0003"),
    "goal, a bare name": Row("goal double_it", "goal double it", "K0001"),
    "succeeds when": Row('succeeds when "b is twice a"', 'succeed when "b is twice a"', "K0020"),
    "never": Row('never "lose a unit"', "never 5", "K0001"),
    "for example": Row(EXAMPLE.format("b: 4"), EXAMPLE.format("c: 4"), "K6002"),
    "for example, given": Row(EXAMPLE.format("b: 4"), "for example\n  expect {b: 4}", "K3004"),
    "for example, expect": Row(EXAMPLE.format("b: 4"), "for example\n  given {a: 2}", "K6001"),
}

# --- ensures

ASK = f'ask q, using: {MODEL}\n  with task "Say ${{input.a}}"\n  assuming\n    text: "x"'


def ensuring(lines: str, step: str = ASK) -> str:
    return (
        "machine m\n  accepts\n    a as integer is required\n"
        f"  ensures\n{indented(lines, 2)}  implements\n{indented(step, 2)}"
    )


ENSURES = {
    "allowed to": Row("permissions\n  allowed to\n    reason", "permissions", "K4001"),
    "a capability": Row(
        "permissions\n  allowed to reason", "permissions\n  allowed to reson", "K4001"
    ),
    "not allowed to": Row(
        "permissions\n  allowed to reason\n  not allowed to memory",
        "permissions\n  not allowed to reason",
        "K4001",
    ),
    "a target": Row(
        'permissions\n  allowed to reason\n  not allowed to http "evil.example"',
        'permissions\n  allowed to reason "x"',
        "K4003",
    ),
    "requires approval for": Row(
        "permissions\n  requires approval for\n    reason",
        "permissions\n  requires approval for\n    reson",
        "K4001",
    ),
    "guards": Row(
        "permissions\n  allowed to reason\nguards\n  small\n    check: input.a < 9\n"
        '    on_violation: "block"',
        "permissions\n  allowed to reason\nguards\n  small\n    check: true\n"
        '    on_violation: "block"',
        "K4010",
    ),
    "limits": Row(
        "permissions\n  allowed to reason\nlimits\n  runs_per_minute: 60",
        "permissions\n  allowed to reason\nlimits\n  cost_per_run: 2\n  cost_per_day: 1",
        "K4012",
    ),
}
NEEDS = {
    "needs": Row("token: required", "token: optional", "K4021"),
    "secrets.<name>": Row("token: required", "tokens: required", "K4020"),
}


def needing(lines: str) -> str:
    return (
        "machine m\n  ensures\n    permissions\n      allowed to\n"
        '        http "api.example.com"\n    needs\n' + indented(lines, 3) + "  implements\n"
        '    action q http\n      url: "https://api.example.com/"\n'
        "      headers: {authorization: secrets.token}\n      assuming\n        status: 200\n"
    )


# --- implements

HEAD = """type part
  name as text
  count as integer, min: 1

machine third
  accepts
    p as part is required
  responds with
    b as integer
  implements
    compute done
      {b: input.p.count}

machine other
  accepts
    a as integer is required
  responds with
    b as integer
  implements
    compute done
      {b: input.a}

machine m
  accepts
    a as integer is required
    t as text is required
    kind as enum("x", "y") is required
    parts as list of part is required
  responds with
    out as any is optional
  ensures
    permissions
      allowed to
        reason, call "other", call "third", http "api.example.com", memory
  implements
"""
USED = f"""ask spare, using: {MODEL}
  with task "x"
  assuming
    text: "x"
ask spare_call, from: "other"
  a: 1
ask spare_third, from: "third"
  p: {{name: "x", count: 1}}
action spare_http http
  url: "https://api.example.com/"
  assuming
    status: 200
    headers: {{}}
    body: null
recall spare_memory
  query: "x"
"""


def stepping(lines: str) -> str:
    return f"{HEAD}{indented(USED.rstrip(), 2)}{indented(lines, 2)}"


def asking(lines: str, using: str = MODEL) -> str:
    answer = "  returns\n    ok as boolean\n  assuming\n    ok: true"
    return f"ask q, using: {using}\n{indented(lines, 1)}{answer}"


def requesting(lines: str) -> str:
    given = "  assuming\n    status: 200\n    headers: {}\n    body: null"
    return f"action q http\n{indented(lines, 1)}{given}"


CONFIGURED = {
    "state": Row(
        "state\n  n as integer, default: 0\nset state.n = 1", "state\n  n as integr", "K1007"
    ),
    "state, required": Row(
        "state\n  n as integer\nset state.n = 1", "state\n  n as integer is required", "K3003"
    ),
    "set": Row(
        "state\n  n as integer\nset state.n = 1",
        'state\n  n as integer\nset state.n = "x"',
        "K2001",
    ),
    "set, of what is kept": Row(
        "state\n  n as integer\nset state.n = 1", "state\n  n as integer\nset state.m = 1", "K1003"
    ),
    "runtime": Row('runtime\n  timeout: "30s"', 'runtime\n  timeout: "30 parsecs"', "K3007"),
    "runtime, retries": Row("runtime\n  max_retries: 2", "runtime\n  max_retry: 2", "K3007"),
}

SCHEDULED = {
    "every": Row('schedules\n  every: "10s"', 'schedules\n  every: "10"', "K3007"),
    "cron": Row('schedules\n  cron: "0 9 * * *"', 'schedules\n  cron: "0 25 * * *"', "K3042"),
}

ASSUMED = f"""ask q, using: {MODEL}
  with task "x"
  returns
    p as part
  assuming
    p: {{name: "x", count: COUNT}}"""
STEPS = {
    "ask using": Row(asking('with task "x"'), asking('with role "x"'), "K3006"),
    "ask using, a model": Row(
        asking('with task "x"'), asking('with task "x"', '"claude"'), "K3006"
    ),
    "with role": Row(
        asking('with task "x"\nwith role "y"'), asking('with task "x"\nwith rol "y"'), "K3007"
    ),
    "with effort": Row(
        asking('with task "x"\nwith effort: low'),
        asking('with task "x"\nwith effort: lot'),
        "K3007",
    ),
    "with max_tokens": Row(
        asking('with task "x"\nwith max_tokens: 100'),
        asking('with task "x"\nwith max_tokens: 0'),
        "K3007",
    ),
    "with temperature": Row(
        asking('with task "x"'), asking('with task "x"\nwith temperature: 1'), "K3007"
    ),
    "returns": Row(
        asking('with task "x"') + "\ncompute done\n  steps.q.ok",
        asking('with task "x"') + "\ncompute done\n  steps.q.no",
        "K1003",
    ),
    "without returns": Row(
        "compute done\n  steps.spare.text", "compute done\n  steps.spare.txt", "K1003"
    ),
    "assuming": Row(
        asking('with task "x"'), asking('with task "x"').replace("ok: true", "ok: 1"), "K2001"
    ),
    "ask from": Row('ask q, from: "other"\n  a: 1', 'ask q, from: "othr"\n  a: 1', "K1030"),
    "ask from, inputs": Row(
        'ask q, from: "other"\n  a: 1', 'ask q, from: "other"\n  aa: 1', "K3007"
    ),
    "ask from, their types": Row(
        'ask q, from: "other"\n  a: 1', 'ask q, from: "other"\n  a: "1"', "K2001"
    ),
    "ask from, all of them": Row('ask q, from: "other"\n  a: 1', 'ask q, from: "other"', "K3006"),
    "@std/http": Row(
        'ask q, from: "@std/http/get"\n  url: "https://api.example.com/"\n'
        "  assuming\n    status: 200\n    headers: {}\n    body: null",
        'ask q, from: "@std/http/got"\n  url: "https://api.example.com/"',
        "K1030",
    ),
    "action http": Row(
        requesting('url: "https://api.example.com/"'), requesting("method: get"), "K3006"
    ),
    "action http, method": Row(
        requesting('method: post\nurl: "https://api.example.com/"'),
        requesting('method: pots\nurl: "https://api.example.com/"'),
        "K3007",
    ),
    "action http, url": Row(
        requesting('url: "https://api.example.com/a"'),
        requesting('url: "ftp://api.example.com/"'),
        "K3011",
    ),
    "action http, timeout": Row(
        requesting('url: "https://api.example.com/"\ntimeout: "5s"'),
        requesting('url: "https://api.example.com/"\ntimeout: "soon"'),
        "K3007",
    ),
    "compute": Row("compute c\n  let x = 1\n  x + 1", "compute c\n  let x = 1\n  y + 1", "K1001"),
    "compute, one value": Row("compute c\n  1", "compute c\n  1\n  2", "K0018"),
    "decide when": Row(
        "decide c\n  when input.a < 5\n    1\n  otherwise\n    2",
        "decide c\n  when input.a\n    1",
        "K2004",
    ),
    "decide match": Row(
        'decide c\n  match input.kind\n    "x" => 1\n    "y" => 2',
        'decide c\n  match input.kind\n    "x" => 1\n    "z" => 2\n    otherwise => 3',
        "K2005",
    ),
    "decide match, all cases": Row(
        'decide c\n  match input.kind\n    "x", "y" => 1',
        'decide c\n  match input.kind\n    "x" => 1',
        "K3020",
    ),
    "for each": Row(
        "for each p in input.parts as named\n  compute n\n    p.name",
        "for each p in input.a as named\n  compute n\n    1",
        "K2002",
    ),
    "for each, concurrency": Row(
        "for each p in input.parts as named, concurrency: 2\n  compute n\n    p.name",
        "for each p in input.parts as named, concurrency: 0\n  compute n\n    p.name",
        "K3007",
    ),
    "for each, loop.index": Row(
        "for each p in input.parts as named\n  compute n\n    loop.index",
        "for each p in input.parts as named\n  compute n\n    loop.idx",
        "K1003",
    ),
    "together": Row(
        "together both\n  compute x\n    1\n  compute y\n    2",
        "together both\n  compute x\n    1\n  compute y\n    steps.x",
        "K1002",
    ),
    "retry": Row(
        'retry again, max: 3, backoff: "linear", delay: 10\n  compute x\n    1',
        'retry again, max: 3, backoff: "cubic"\n  compute x\n    1',
        "K3007",
    ),
    "on failure": Row(
        "compute x\n  {out: 1}\non failure\n  {out: error.message}",
        "compute x\n  {out: 1}\non failure\n  {out: error.messag}",
        "K1003",
    ),
    "flow and run": Row(
        "run flow(f)\nflow f\n  compute x\n    1",
        "run flow(g)\nflow f\n  compute x\n    1",
        "K1021",
    ),
    "remember": Row("remember it\n  content: input.t", "remember it\n  content: input.a", "K2001"),
    "recall": Row(
        'recall them\n  query: "x"\n  limit: 3', 'recall them\n  query: "x"\n  limits: 3', "K3007"
    ),
    "a name once": Row("compute x\n  1\ncompute y\n  2", "compute x\n  1\ncompute x\n  2", "K1004"),
    "a step that may not have run": Row(
        "decide d\n  when input.a < 5\n    compute x\n      1\ncompute y\n  (steps.x ?? 0) + 1",
        "decide d\n  when input.a < 5\n    compute x\n      1\ncompute y\n  steps.x + 1",
        "K2003",
    ),
}


# --- events


def publishing(lines: str) -> str:
    return (
        "machine m\n  accepts\n    a as integer\n  responds with\n    b as integer, default: 1\n"
        f"  implements\n{indented(lines, 2)}"
    )


DECLARED = 'publishes\n  "order.created"\n    schema\n      id as integer\n'
SUBSCRIBED = """subscribes
  on "order.created" RUN
publishes
  "order.created"
    schema
      a as integer
publish "order.created" {a: 1}
flow note
  compute y
    1"""
EVENTS = {
    "publishes": Row(
        f'{DECLARED}publish "order.created" {{id: 1}}',
        'publishes\n  "order.created"\n    schema\n      id as integr\n'
        'publish "order.created" {id: 1}',
        "K1007",
    ),
    "publish": Row(
        f'{DECLARED}publish "order.created" {{id: 1}}',
        f'{DECLARED}publish "order.created" {{id: "x"}}',
        "K2001",
    ),
    "publish, what is declared": Row(
        f'{DECLARED}publish "order.created" {{id: 1}}',
        f'{DECLARED}publish "order.created" {{id: 1}}\npublish "order.creatd" {{id: 1}}',
        "K7002",
    ),
    "subscribes": Row(
        SUBSCRIBED.replace("RUN", "run note"), SUBSCRIBED.replace("RUN", "run nothing"), "K1021"
    ),
    "subscribes, what is published": Row(
        SUBSCRIBED.replace("RUN", "run note"),
        SUBSCRIBED.replace("RUN", "run note").replace('on "order.created"', 'on "order.shipped"'),
        "K7004",
    ),
    "push": Row("push {b: 1}\ncompute x\n  {b: 2}", 'push {b: "x"}\ncompute x\n  {b: 2}', "K2001"),
}


# --- verifies


def verifying(clauses: str) -> str:
    return (
        "machine m\n  accepts\n    a as integer is required, max: 9\n  responds with\n"
        "    text as text\n    size as object {wide as integer, high as integer}\n"
        "  ensures\n    permissions\n      allowed to reason\n"
        f'  implements\n    ask judge, using: {MODEL}\n      with task "Say ${{input.a}}"\n'
        "    compute done\n      {text: steps.judge.text, size: {wide: 1, high: 2}}\n"
        f'  verifies\n    test "it"\n{indented(clauses, 3)}'
    )


JUDGED = 'given {a: 1}\nassuming judge {text: "x"}\n'
TESTS = {
    "given": Row(f'{JUDGED}expect {{text: "x"}}', 'given {aa: 1}\nexpect error "denied"', "K3004"),
    "given, its rules": Row(
        f'{JUDGED}expect {{text: "x"}}',
        'given {a: 10}\nassuming judge {text: "x"}\nexpect {text: "x"}',
        "K3004",
    ),
    "given, what is refused": Row(
        'given {a: 10}\nexpect error "invalid_input"',
        'given {a: 1, a: 2}\nexpect error "invalid_input"',
        "K1004",
    ),
    "assuming": Row(
        f'{JUDGED}expect {{text: "x"}}',
        'given {a: 1}\nassuming jugde {text: "x"}\nexpect {text: "x"}',
        "K1002",
    ),
    "assuming, its type": Row(
        f'{JUDGED}expect {{text: "x"}}',
        'given {a: 1}\nassuming judge {text: 1}\nexpect {text: "x"}',
        "K2001",
    ),
    "assuming now": Row(
        f'{JUDGED}assuming now "2026-01-01T00:00:00Z"\nexpect {{text: "x"}}',
        f'{JUDGED}assuming now "2026-13-01T00:00:00Z"\nexpect {{text: "x"}}',
        "K6001",
    ),
    "expect": Row(f'{JUDGED}expect {{text: "x"}}', f'{JUDGED}expect {{txt: "x"}}', "K6002"),
    "expect, its type": Row(
        f'{JUDGED}expect {{text: "x"}}', f"{JUDGED}expect {{text: 1}}", "K2001"
    ),
    "expect, again": Row(
        f'{JUDGED}expect {{text: "x"}}\nexpect {{size: {{wide: 1}}}}', f"{JUDGED}", "K6001"
    ),
    "expect, nested": Row(
        f"{JUDGED}expect {{size: {{wide: 1}}}}", f"{JUDGED}expect {{size: {{width: 1}}}}", "K6002"
    ),
    "expect error": Row(
        'given {a: 1}\nexpect error "denied"', 'given {a: 1}\nexpect error "denyed"', "K6001"
    ),
    "in any order": Row(
        'expect {text: "x"}\nassuming judge {text: "x"}\ngiven {a: 1}',
        'expect {text: "x"}\nassuming judge {text: "x"}\ngiven {a: 1}\ngiven {a: 2}',
        "K1004",
    ),
}


def pushing(clause: str) -> str:
    return (
        publishing("push {b: 1}\ncompute x\n  {b: 2}\n")
        + f'  verifies\n    test "it"\n{indented(clause, 3)}'
    )


PUSHES = {
    "expect push": Row("given {}\nexpect push [{b: 1}]", "given {}\nexpect push {b: 1}", "K6001"),
    "expect push, its fields": Row(
        "given {}\nexpect push [{b: 1}]", "given {}\nexpect push [{c: 1}]", "K6002"
    ),
}

TABLES = (
    ("rules", accepting, RULES),
    ("outputs", answering, OUTPUTS),
    ("achieves", achieving, ACHIEVES),
    ("ensures", ensuring, ENSURES),
    ("needs", needing, NEEDS),
    ("configured", stepping, CONFIGURED),
    ("steps", stepping, STEPS),
    ("events", publishing, EVENTS),
    ("tests", verifying, TESTS),
    ("pushes", pushing, PUSHES),
)
CASES = [
    pytest.param(make(row.good), make(row.bad), row.code, id=f"{table}-{name}")
    for table, make, rows in TABLES
    for name, row in rows.items()
]
cases = pytest.mark.parametrize(("good", "bad", "code"), CASES)


@cases
def test_what_is_right_shows_nothing(good: str, bad: str, code: str) -> None:
    assert said(good) == []


@cases
def test_its_counterpart_is_one_finding(good: str, bad: str, code: str) -> None:
    assert codes(bad) == [code], said(bad)


def test_every_modifier_has_a_row() -> None:
    assert set(READERS) <= {name.split(",")[0] for name in MODIFIERS}


def scheduling(lines: str) -> str:
    return f"machine m\n  implements\n{indented(lines, 2)}    compute done\n      1\n"


@pytest.mark.parametrize("row", SCHEDULED.values(), ids=SCHEDULED)
def test_schedules(row: Row) -> None:
    assert said(scheduling(row.good)) == []
    assert codes(scheduling(row.bad)) == [row.code], said(scheduling(row.bad))


def test_a_machine_with_required_input_is_not_scheduled() -> None:
    text = scheduling('schedules\n  every: "10s"')
    assert codes(text.replace("  implements", "  accepts\n    a as text is required\n  implements"))
