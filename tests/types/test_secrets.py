"""Where a secret may go, and where a value counts as one."""

from __future__ import annotations

import json

import pytest

from kanvasc.emit.schema import schemas
from kanvasc.pipeline import Compilation
from kanvasc.source import Source, Span
from kanvasc.types.taint import CLEAN, Origin, Taint, union, whole
from tests.diagnostics.programs import codes, findings

HEAD = """type card
  holder as text
  number as text is secret

machine m
  accepts
    id as text is required
    pin as text is required is secret
    card as card is required
    cards as list of card is required
    labels as map of text is required
  responds with
    out as {out}
  ensures
    permissions
      allowed to
        http "api.example.com", http "other.example.com", reason, call "keep", call "ask"
    needs
      key: required
  implements
    action sent http
      url: "https://api.example.com/${{secrets.key}}"
      headers: {{authorization: "Bearer ${{secrets.key}}", pin: input.pin}}
    ask kept, from: "keep"
      name: input.id
      number: input.card.number
    ask asked, from: "ask"
      note: input.pin
    action last http
      url: "https://other.example.com/"
"""
OTHERS = """
machine keep
  accepts
    name as text is required
    number as text is required is secret
  responds with
    name as text
    kept as text is secret
    whole as card
  implements
    compute answer
      {name: input.name, kept: input.number, whole: {holder: input.name, number: input.number}}

machine ask
  accepts
    note as text is required is secret
  responds with
    verdict as text
  ensures
    permissions
      allowed to
        reason
  implements
    ask judge, using: "anthropic:claude-haiku-4-5"
      with task "Judge ${input.note}"
      returns
        verdict as text
      assuming
        verdict: "fine"
"""


def program(value: str, out: str = "text") -> str:
    lines = "".join(f"      {line}\n" for line in value.splitlines())
    return HEAD.format(out=out) + f"    compute answer\n{lines}" + OTHERS


def answering(value: str, out: str = "text") -> list[str]:
    return [code for code in codes(program(f"{{out: {value}}}", out)) if code != "K4006"]


OPEN = {
    "an input": "input.id",
    "a field beside a secret one": "input.card.holder",
    "a field beside a secret one in a list": "input.cards.map(c => c.holder).join()",
    "an item beside a secret one": 'input.cards.first().holder ?? ""',
    "one that is found by what is no secret": 'input.cards.find(c => c.holder == "a").holder ?? ""',
    "how many there are": "toText(input.cards.length)",
    "how many pass": 'toText(input.cards.count(c => c.holder == "a"))',
    "a literal beside a secret": '{a: secrets.key, b: "b"}.b',
    "a list beside a secret in a record": '{a: [secrets.key], b: ["b"]}.b.join()',
    "what a let has beside a secret": "{a: input.pin, b: input.id}.b",
    "whether there is a record that holds one": 'input.cards.first() == null ? "none" : "some"',
    "the answer of a request": '"${steps.sent.body}"',
    "an output that is none": "steps.kept.name",
    "a field beside a secret one of an output": "steps.kept.whole.holder",
    "what a model says of one": "steps.asked.verdict",
    "the names in a map": "input.labels.merge({a: secrets.key}).keys().join()",
    "whether a map has a name": 'toText(input.labels.merge({a: secrets.key}).has("a"))',
    "a sum of what is none": "toText(input.cards.reduce((n, c) => n + c.holder.length, 0))",
    "mapped by what is none": "input.cards.toMap(c => c.holder, c => c.number).keys().join()",
    "mapped to what is none": "input.cards.toMap(c => c.holder, c => c.holder).values().join()",
    "grouped by what is none": "input.cards.groupBy(c => c.holder).keys().join()",
}
SECRET = {
    "the secret": "secrets.key",
    "a secret field": "input.pin",
    "a secret field of a record": "input.card.number",
    "a secret field of an item": "input.cards[0].number",
    "joined": '"a" + secrets.key',
    "interpolated": '"${input.id}${secrets.key}"',
    "a part of it": "secrets.key.slice(0, 2)",
    "its length": "toText(secrets.key.length)",
    "how it compares": 'secrets.key == "a" ? "a" : "b"',
    "whether it begins so": 'secrets.key.startsWith("a") ? "a" : "b"',
    "one of two": 'input.id == "a" ? secrets.key : "b"',
    "instead of null": "input.cards.first().number ?? input.id",
    "within a list": '["a", secrets.key].join()',
    "the last of a list": '["a", secrets.key].last() ?? ""',
    "through a map": "{a: secrets.key}.a",
    "by a key": 'input.labels.merge({a: secrets.key})["a"] ?? ""',
    "by get": 'input.labels.merge({a: secrets.key}).get("a") ?? ""',
    "the values of a map": "input.labels.merge({a: secrets.key}).values().join()",
    "through a function": "[input.pin].map(x => x.upper()).join()",
    "by a function around it": "[input.id].map(x => x + secrets.key).join()",
    "what passes by it": "[input.id].filter(x => x == input.pin).join()",
    "how many pass by it": "toText([input.id].count(x => x == input.pin))",
    "whether any is it": "toText([input.id].some(x => x == input.pin))",
    "what is found by it": 'input.cards.find(c => c.number == "4").holder ?? ""',
    "in an order by it": "input.cards.sortBy(c => c.number).map(c => c.holder).join()",
    "mapped by it": "input.cards.toMap(c => c.number, c => c.holder).keys().join()",
    "mapped to it": "input.cards.toMap(c => c.holder, c => c.number).values().join()",
    "grouped by it": "input.cards.groupBy(c => c.number).keys().join()",
    "how many differ": "toText(input.cards.unique().length)",
    "reduced": 'input.cards.reduce((all, c) => all + c.number, "")',
    "reduced from it": "input.cards.reduce((all, c) => all + c.holder, input.pin)",
    "as JSON": "JSON.stringify(input.card)",
    "a whole record": '"${input.card}"',
    "a whole list": "toText(input.cards)",
    "the whole input": "JSON.stringify(input)",
    "as a number": "toText(toInteger(input.pin) * 2)",
    "within another": 'input.pin.includes(input.id) ? "a" : "b"',
    "sought in another": 'input.id in [input.pin] ? "a" : "b"',
    "a character": "input.pin[0]",
    "a secret output": "steps.kept.kept",
    "a secret field of an output": "steps.kept.whole.number",
    "a whole output": '"${steps.kept}"',
    "negated": 'not (input.pin == "a") ? "a" : "b"',
    "with another condition": 'input.id == "a" and input.pin == "b" ? "a" : "b"',
}


@pytest.mark.parametrize("value", OPEN.values(), ids=OPEN)
def test_what_is_not_secret_may_be_answered(value: str) -> None:
    assert [code for code in answering(value) if code != "K2008"] == []


@pytest.mark.parametrize("value", SECRET.values(), ids=SECRET)
def test_what_is_made_of_a_secret_is_not_answered(value: str) -> None:
    assert "K4022" in answering(value)
    assert {code for code in answering(value) if code != "K2008"} == {"K4022"}


def test_a_record_with_a_secret_is_no_answer_unless_its_type_says_so() -> None:
    assert answering("input.card", "card") == []
    assert answering("input.cards", "list of card") == []
    assert answering("{holder: input.pin, number: input.pin}", "card") == ["K4022"]
    assert answering("input.card", "any") == ["K4022"]
    assert answering("[input.card]", "list") == ["K4022"]


def test_a_secret_output_of_a_machine_may_be_made_of_secrets() -> None:
    assert answering("secrets.key", "text is secret") == []


def through(steps: str, out: str) -> list[str]:
    text = HEAD.format(out="text") + steps + f"    compute answer\n      {{out: {out}}}\n" + OTHERS
    return [code for code in codes(text) if code not in ("K4006", "K2008")]


DECIDED = """    decide chosen
      when input.id == "a"
        compute inner
          {a: input.id, b: input.pin}
      otherwise
        compute inner
          {a: "a", b: "b"}
"""
LOOP = """    for each one in input.cards as each
      {a: one.holder, b: one.number}
"""
TOGETHER = """    together both
      compute open
        input.id
      compute closed
        input.pin
"""
RETRY = """    retry again, max: 2
      compute inner
        {a: input.id, b: input.pin}
"""
FAILING = """    retry again, max: 2
      compute inner
        {a: input.id, b: input.pin}
      on failure
        {a: error.message, b: "none"}
"""
LETS = """    compute lets
      let a = input.id
      let b = "${a}${input.pin}"
      {a: a, b: b}
"""
WAYS = [
    (DECIDED, "steps.chosen.a", "steps.chosen.b"),
    (DECIDED, "steps.inner.a", "steps.inner.b"),
    (LOOP, "steps.each.map(x => x.a).join()", "steps.each.map(x => x.b).join()"),
    (TOGETHER, "steps.both.open", "steps.both.closed"),
    (RETRY, "steps.again.a", "steps.again.b"),
    (FAILING, "steps.again.a", "steps.again.b"),
    (LETS, "steps.lets.a", "steps.lets.b"),
]


@pytest.mark.parametrize(("steps", "open_", "closed"), WAYS)
def test_secrets_are_followed_through_steps(steps: str, open_: str, closed: str) -> None:
    assert through(steps, open_) == []
    assert through(steps, closed) == ["K4022"]


@pytest.mark.parametrize(("value", "found"), [("input.id", []), ("input.pin", ["K4022"])])
def test_secrets_are_followed_through_flows(value: str, found: list[str]) -> None:
    text = HEAD.format(out="text") + f"    run flow(made)\n    flow made\n      {{out: {value}}}\n"
    seen = [code for code in codes(text + OTHERS) if code not in ("K4006", "K2008")]
    assert seen == found


def test_the_secret_of_a_login_goes_on_to_the_next_request() -> None:
    text = """machine m
  responds with
    status as integer
  ensures
    permissions
      allowed to
        http "api.example.com"
    needs
      key: required
  implements
    action login http
      method: "POST"
      url: "https://api.example.com/login"
      body: {key: secrets.key}
      returns
        session as text is secret
        name as text
    action read http
      url: "https://api.example.com/${steps.login.body.name}"
      headers: {authorization: steps.login.body.session}
    compute answer
      {status: steps.read.status}
"""
    assert codes(text) == []
    assert codes(
        text.replace("{status: steps.read.status}", "{status: WRONG}").replace(
            "WRONG", "steps.login.body.session.length"
        )
    ) == ["K4022"]


LAUNDRY = """machine m
  responds with
    out as text
  ensures
    permissions
      allowed to
        call "same", call "ask", reason
    needs
      key: required
  implements
    ask back, from: "same"
      value: {given}
    ask asked, from: "ask"
      note: steps.back.value
    compute answer
      {{out: steps.asked.verdict}}

machine same
  accepts
    value as text is required is secret
  responds with
    value as text is secret
  implements
    compute answer
      {{value: input.value}}
"""


def test_a_secret_of_the_environment_stays_one_in_other_machines() -> None:
    """It may not come to a model, though what another machine gives back is a secret field."""
    ask = OTHERS[OTHERS.index("machine ask") :]
    found = findings(LAUNDRY.format(given="secrets.key") + "\n" + ask)
    assert [one.code for one in found] == ["K4022"]
    assert "by way of `ask`" in found[0].title
    text = LAUNDRY.format(given='"plain"').replace("    needs\n      key: required\n", "")
    assert codes(text + "\n" + ask) == []


def test_a_schema_says_what_is_secret() -> None:
    compiled = Compilation(Source("app.kanvas", program("{out: input.id}")))
    sides = schemas(compiled.program)["m"]["$defs"]
    pin = sides["input"]["properties"]["pin"]
    assert pin == {"type": "string", "writeOnly": True, "format": "password"}
    assert sides["input"]["properties"]["card"]["properties"]["number"] == pin
    kept = schemas(compiled.program)["keep"]["$defs"]["output"]["properties"]["kept"]
    assert kept == {"type": "string", "format": "password"}
    assert "writeOnly" not in json.dumps(sides["output"])


def test_what_is_secret_in_several_values() -> None:
    span = Span(0, 0)
    one = Origin("secret", "secrets.a", span, Source("a", ""))
    two = Origin("field", "input.b", span, Source("a", ""))
    record = Taint(fields=(("a", Taint((one,))),))
    assert union([CLEAN, record]) is record
    both = union([record, Taint(fields=(("a", Taint((two,))), ("b", Taint((two,)))))])
    assert both.part("a").own == (one, two)
    assert both.part("c") == CLEAN
    assert whole([both]).own == (one, two)
    assert Taint((one,)).part("any").own == (one,)
