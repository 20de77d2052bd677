"""Operators by precedence, roots, literals, lambdas and nulls: each row of the language's
description, right and wrong."""

from __future__ import annotations

import pytest

from tests.language.tables import Row, codes, hints, said

HEAD = """type place
  city as text
  floor as integer

machine other
  accepts
    a as integer

machine m
  accepts
    t as text is required
    i as integer is required
    n as number is required
    d as decimal is required
    b as boolean is required
    day as date is required
    at as datetime is required
    id as uuid is required
    l as list of integer is required
    ts as list of text is required
    m as map of integer is required
    p as place is required
    e as enum("x", "y") is required
    any as any
    maybe as text
    near as place
  responds with
    out as OUT
  implements
    compute before
      {x: input.i, y: [input.t]}
    compute made
      {out: VALUE}
"""


def program(value: str, out: str = "any") -> str:
    return HEAD.replace("VALUE", value).replace("OUT", out)


PRECEDENCE = {
    # A value of the wrong type shows how tightly the two bind.
    "member before unary": Row("-input.i", "-input.t", "K2002"),
    "call": Row("input.t.upper()", "input.t()", "K1008"),
    "index of a list": Row("input.l[0]", 'input.l["a"]', "K2001"),
    "index of a text": Row("input.t[0]", 'input.t["a"]', "K2001"),
    "index of a map": Row('input.m["a"]', "input.m[0]", "K2001"),
    "a space before a bracket": Row("input.l[0]", "input.l [0]", "K0001"),
    "unary -": Row("-input.n", "-input.b", "K2002"),
    "unary !": Row("!input.b", "!input.i", "K2004"),
    "*": Row("input.i * 2", "input.t * 2", "K2002"),
    "/": Row("input.n / 2", "input.l / 2", "K2002"),
    "%": Row("input.i % 2", "input.b % 2", "K2002"),
    "* before +": Row('"a" + 2 * 3', '"a" + 2 * "3"', "K2002"),
    "+ of numbers": Row("input.i + 0.5", "input.i + input.b", "K2002"),
    "+ of texts": Row("input.t + input.t", "input.p + input.p", "K2002"),
    "+ of a text and another": Row("input.t + 1", "input.l + input.l", "K2002"),
    "-": Row("input.i - 1", "input.t - 1", "K2002"),
    "+ before <": Row("input.i + 1 < 5", "input.i + (1 < 5)", "K2002"),
    "<": Row("input.i < 5", 'input.i < "5"', "K2002"),
    "<=": Row("input.n <= input.i", "input.n <= input.t", "K2002"),
    ">": Row("input.day > input.day", "input.day > input.t", "K2002"),
    ">=": Row("input.d >= 0.5", "input.p >= 0.5", "K2002"),
    "is less than": Row("input.i is less than 5", "input.i is less than input.t", "K2002"),
    "is at most": Row("input.i is at most 5", "input.i is at most input.t", "K2002"),
    "is greater than": Row("input.i is greater than 5", "input.l is greater than 5", "K2002"),
    "is at least": Row("input.i is at least 5", "input.b is at least 5", "K2002"),
    "< before ==": Row("input.b == input.i < 5", "(input.b == input.i) < 5", "K2005"),
    "==": Row("input.i == 5", 'input.i == "5"', "K2005"),
    "== is deep": Row("input.l == [1, 2]", 'input.l == ["1"]', "K2005"),
    "!=": Row('input.t != "a"', "input.t != 1", "K2005"),
    "is": Row('input.e is "x"', 'input.e is "z"', "K2005"),
    "is not": Row('input.e is not "x"', "input.b is not 1", "K2005"),
    "in a list": Row("input.i in input.l", "input.t in input.l", "K2005"),
    "in a text": Row('"a" in input.t', "1 in input.t", "K2005"),
    "in a map": Row('"a" in input.m', "input.i in input.i", "K2005"),
    "not is looser than ==": Row("not input.i == 5", "(not input.b) == 5", "K2005"),
    "not before and": Row("not input.b and input.b", "not input.t and input.b", "K2004"),
    "&&": Row("input.b && input.i < 5", "input.b && input.i", "K2004"),
    "and": Row("input.b and input.b", "input.t and input.b", "K2004"),
    "||": Row("input.b || input.b", "input.b || input.t", "K2004"),
    "or": Row("input.b or input.b", "input.b or input.l", "K2004"),
    "and before or": Row("input.b or input.b and input.b", "input.b or input.b and 1", "K2004"),
    "??": Row('input.maybe ?? "none"', "input.maybe ?? 1", "K2006"),
    "?? of what is never null": Row('input.maybe ?? "a"', 'input.t ?? "a"', "K2010"),
    "?? before ? :": Row(
        'input.b ? input.maybe ?? "a" : "b"', 'input.b ? input.maybe ?? 1 : "b"', "K2006"
    ),
    "? :": Row('input.b ? "a" : "b"', 'input.i ? "a" : "b"', "K2004"),
    "? : of two types": Row("input.b ? 1 : 2.5", 'input.b ? 1 : "b"', "K2006"),
    "? : to the right": Row(
        "input.b ? 1 : input.b ? 2 : 3", "input.b ? 1 : input.i ? 2 : 3", "K2004"
    ),
}

LAMBDAS = {
    "one parameter": Row("input.l.map(x => x + 1)", "input.l.map(x => x.upper())", "K1008"),
    "two parameters": Row(
        "input.l.reduce((sum, x) => sum + x, 0)", "input.l.reduce((sum, x) => sum + x)", "K2007"
    ),
    "fewer parameters": Row("input.l.reduce(sum => sum + 1, 0)", "input.l.reduce(1, 0)", "K2012"),
    "too many parameters": Row("input.l.map(x => x)", "input.l.map((x, y) => x)", "K2007"),
    "only as an argument": Row("input.l.some(x => x > 1)", "x => x", "K2012"),
    "a condition": Row("input.l.filter(x => x > 1)", "input.l.filter(x => x)", "K2001"),
    "no name of a value": Row("input.l.map(x => x)", "input.l.map(input.i)", "K2012"),
    "seen only inside": Row("input.l.map(x => x)", "input.l.map(x => y)", "K1001"),
}

ROOTS = {
    "input": Row("input.t", "inputs.t", "K1001"),
    "steps": Row("steps.before.x", "steps.befor.x", "K1002"),
    "context.principal": Row("context.principal", "context.user", "K1003"),
    "context.surface": Row("context.surface", "context.surfaces", "K1003"),
    "context.now": Row("context.now", "context.time", "K1003"),
    "now()": Row("now()", "now(1)", "K2007"),
    "loop": Row("input.i", "loop.index", "K1020"),
    "error": Row("input.i", "error.message", "K1020"),
    "state": Row("input.i", "state.count", "K1040"),
    "Math.PI": Row("Math.PI", "Math.E", "K1008"),
}

MEMBERS = {
    "a field of a record": Row("input.p.city", "input.p.town", "K1003"),
    "a member of a map": Row("input.m.some_key", "input.l.some_key", "K1003"),
    "a member of any": Row("input.any.some.key", "input.i.some", "K1003"),
    "length of a text": Row("input.t.length", "input.i.length", "K1003"),
    "length of a list": Row("input.l.length", "input.p.length", "K1003"),
    "length of a map": Row("input.m.length", "input.b.length", "K1003"),
}

LITERALS = {
    "list": Row("[1, 2.5]", '[1, "a"]', "K2006"),
    "map": Row('{a: 1, "k 2": 2}', "{a: 1, a: 2}", "K1004"),
    "text with a value": Row('"a ${input.i} b"', '"a ${input.j} b"', "K1003"),
    "integer": Row("9007199254740991", "9007199254740992", "K2011"),
    "number": Row("1e308", "1e309", "K2011"),
}

TYPED = {
    # out type → what fits, and what does not
    "decimal": Row("input.d * 0.9", "input.n * 0.9", "K2009"),
    "decimal, from an integer": Row("input.i", "input.d * input.n", "K2009"),
    "integer": Row("1e3", "1.5", "K3002"),
    "integer, a sum": Row("input.i + 1", "input.i / 2", "K3002"),
    "number": Row("input.i", "input.t", "K3002"),
    "text": Row("toText(input.i)", "input.i", "K3002"),
    "date": Row("input.day", "input.t", "K3002"),
    "datetime": Row("input.at", "input.day", "K3002"),
    "uuid": Row("UUID.generate()", "input.t", "K3002"),
    "boolean": Row("input.b", "input.i", "K3002"),
    "list of number": Row("input.l", "input.ts", "K3002"),
    "map of number": Row("input.m", "input.l", "K3002"),
    "place": Row('{city: "x", floor: 1}', "{city: 1, floor: 1}", "K3002"),
    'enum("x", "y", "z")': Row("input.e", "input.t", "K3002"),
    "text ": Row('input.maybe ?? ""', "input.maybe", "K2003"),
}

ANY = {**PRECEDENCE, **LAMBDAS, **ROOTS, **MEMBERS, **LITERALS}
untyped = pytest.mark.parametrize("row", ANY.values(), ids=ANY)
typed = pytest.mark.parametrize(("out", "row"), TYPED.items(), ids=TYPED)


@untyped
def test_an_expression_is_right(row: Row) -> None:
    assert hints(program(row.good)) in ([], ["K2008"])


@untyped
def test_its_counterpart_is_one_finding(row: Row) -> None:
    assert codes(program(row.bad)) == [row.code], said(program(row.bad))


@typed
def test_a_value_fits_the_type_that_its_place_asks_for(out: str, row: Row) -> None:
    assert said(program(row.good, out.split(",")[0] if "enum" not in out else out)) == []


@typed
def test_another_value_does_not_fit(out: str, row: Row) -> None:
    text = program(row.bad, out.split(",")[0] if "enum" not in out else out)
    assert codes(text) == [row.code], said(text)


HINTS = {
    "length()": ("input.t.length()", ["K1011"]),
    "a member of what may be null": ("input.near.city", ["K2008"]),
    "further members": ('(input.near.city ?? "").upper()', ["K2008"]),
    "a bare step": ("before.x", ["K1009"]),
}


@pytest.mark.parametrize(("value", "expected"), HINTS.values(), ids=HINTS)
def test_what_is_taken_with_a_word_about_it(value: str, expected: list[str]) -> None:
    assert codes(program(value)) == expected, said(program(value))


CONDITIONS = {
    "boolean": ("input.b", []),
    "any": ("input.any", []),
    "a nullable boolean": ("input.m.a == 1 ? true : null", []),
    "text": ("input.t", ["K2004"]),
    "number": ("input.n", ["K2004"]),
    "integer": ("input.i", ["K2004"]),
    "list": ("input.l", ["K2004"]),
    "record": ("input.p", ["K2004"]),
    "null": ("null", ["K2004"]),
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_is_boolean(condition: str, expected: list[str]) -> None:
    text = program(f"({condition}) ? 1 : 2")
    assert codes(text) == expected, said(text)


@pytest.mark.parametrize(
    ("condition", "offered"),
    [
        ("input.t", 'input.t is not ""'),
        ("input.n", "input.n is not 0"),
        ("input.l", "input.l.length is greater than 0"),
    ],
)
def test_a_bare_value_is_offered_as_a_comparison(condition: str, offered: str) -> None:
    from tests.diagnostics.programs import findings

    text = program(f"{condition} ? 1 : 2")
    (found,) = findings(text)
    edits = [edit for fix in found.fixes for edit in fix.edits]
    fixed = text
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        fixed = fixed[: edit.span.start] + edit.text + fixed[edit.span.end :]
    assert offered in fixed
    assert said(fixed) == []
