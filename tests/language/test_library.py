"""Every function of the library: a call that is right, and one that is not."""

from __future__ import annotations

import pytest

from kanvasc.types.library import CONSTANTS, FUNCTIONS, METHODS
from tests.language.tables import Row, codes, said
from tests.language.test_expressions import program

TEXT = {
    "upper": Row("input.t.upper()", "input.i.upper()", "K1008"),
    "lower": Row("input.t.lower()", "input.t.lower(1)", "K2007"),
    "trim": Row("input.t.trim()", "input.t.trim", "K1010"),
    "split": Row('input.t.split(",")', "input.t.split(1)", "K2001"),
    "replace": Row('input.t.replace("a", "b")', 'input.t.replace("a")', "K2007"),
    "includes": Row('input.t.includes("a")', "input.t.includes(1)", "K2001"),
    "startsWith": Row('input.t.startsWith("a")', 'input.t.startswit("a")', "K1008"),
    "endsWith": Row('input.t.endsWith("a")', "input.t.endsWith(input.b)", "K2001"),
    "slice": Row("input.t.slice(1, 3)", "input.t.slice(0.5)", "K2001"),
    "padStart": Row('input.t.padStart(5, "0")', 'input.t.padStart("5")', "K2001"),
    "padEnd": Row("input.t.padEnd(5)", "input.t.padEnd()", "K2007"),
}

LISTS = {
    "map": Row("input.l.map(x => x * 2)", "input.m.map(x => x)", "K1008"),
    "filter": Row("input.l.filter(x => x > 1)", "input.l.filter(x => x + 1)", "K2001"),
    "reduce": Row("input.l.reduce((s, x) => s + x, 0)", "input.l.reduce((s, x) => s)", "K2007"),
    "find": Row("input.l.find(x => x > 1)", "input.l.find(1)", "K2012"),
    "some": Row("input.l.some(x => x > 1)", "input.l.some()", "K2007"),
    "every": Row("input.l.every(x => x > 1)", "input.l.every(x => input.t)", "K2001"),
    "includes": Row("input.l.includes(1)", 'input.l.includes("a")', "K2001"),
    "first": Row("input.l.first()", "input.l.first() + 1", "K2003"),
    "last": Row("input.l.last()", "input.l.last(1)", "K2007"),
    "sort": Row("input.l.sort()", "[input.p].sort()", "K2002"),
    "sortBy": Row("[input.p].sortBy(x => x.city)", "[input.p].sortBy(x => x)", "K2002"),
    "reverse": Row("input.l.reverse()", "input.l.reverse(1)", "K2007"),
    "slice": Row("input.l.slice(1)", "input.l.slice(input.t)", "K2001"),
    "join": Row('input.l.join("; ")', "input.l.join(1)", "K2001"),
    "sum": Row("input.l.sum()", "input.ts.sum()", "K2002"),
    "min": Row("input.l.min()", "[true].min()", "K2002"),
    "max": Row("input.ts.max()", "[input.p].max()", "K2002"),
    "unique": Row("input.l.unique()", "input.l.unique(1)", "K2007"),
    "flat": Row("[input.l, [1]].flat()", "input.l.flat()", "K2002"),
    "toMap": Row("input.ts.toMap(x => x, x => 1)", "input.l.toMap(x => x, x => 1)", "K2001"),
    "groupBy": Row("input.ts.groupBy(x => x)", "input.l.groupBy(x => x)", "K2001"),
    "count": Row("input.l.count(x => x > 1)", "input.l.count(x => x)", "K2001"),
}

MAPS = {
    "keys": Row("input.m.keys()", "input.l.keys()", "K1008"),
    "values": Row("input.m.values().sum()", "input.m.values().upper()", "K1008"),
    "has": Row('input.m.has("a")', "input.m.has(1)", "K2001"),
    "get": Row('input.m.get("a")', 'input.m.get("a") + 1', "K2003"),
    "merge": Row("input.m.merge({a: 1})", 'input.m.merge({a: "x"})', "K2001"),
}

AT = 'DateTime.parse("2026-01-01T00:00:00Z")'
OTHERS = {
    "Math.round": Row("Math.round(input.n)", "Math.round(input.t)", "K2002"),
    "Math.floor": Row("Math.floor(input.d)", "Math.floor()", "K2007"),
    "Math.ceil": Row("Math.ceil(1.5)", "Math.ceil(1, 2)", "K2007"),
    "Math.trunc": Row("Math.trunc(input.n)", "Math.trunc(null)", "K2002"),
    "Math.abs": Row("Math.abs(input.i)", "Math.abs(input.b)", "K2002"),
    "Math.sign": Row("Math.sign(input.d)", "Math.sign(input.l)", "K2002"),
    "Math.min": Row("Math.min(input.i, 2)", "Math.min(input.i)", "K2007"),
    "Math.max": Row("Math.max(input.i, input.n)", "Math.max(input.d, input.n)", "K2001"),
    "Math.pow": Row("Math.pow(2, 10)", 'Math.pow(2, "10")', "K2001"),
    "Math.sqrt": Row("Math.sqrt(input.n)", "Math.sqr(input.n)", "K1008"),
    "DateTime.parse": Row(AT, "DateTime.parse(1)", "K2001"),
    "DateTime.add": Row(
        'DateTime.add(input.at, 1, "day")', 'DateTime.add(input.at, "1", "day")', "K2001"
    ),
    "DateTime.diff": Row('DateTime.diff(now(), input.at, "hour")', "DateTime.diff(now())", "K2007"),
    "DateTime.format": Row(
        'DateTime.format(input.at, "YYYY-MM-DD")', 'DateTime.format(input.t, "YYYY")', "K2001"
    ),
    "DateTime.startOf": Row(
        'DateTime.startOf(input.at, "month")', "DateTime.startOf(input.at)", "K2007"
    ),
    "JSON.parse": Row("JSON.parse(input.t)", "JSON.parse(input.l)", "K2001"),
    "JSON.stringify": Row("JSON.stringify(input.p)", "JSON.strinify(input.p)", "K1008"),
    "UUID.generate": Row("UUID.generate()", "UUID.generate(4)", "K2007"),
    "toNumber": Row("toNumber(input.t)", "toNumber()", "K2007"),
    "toText": Row("toText(input.n)", "toText(x => x)", "K2012"),
    "toInteger": Row("toInteger(input.t)", "toInteger(input.t, 10)", "K2007"),
    "toDecimal": Row("toDecimal(input.n)", "todecimal(input.n)", "K1008"),
    "Math.PI": Row("2 * Math.PI", "Math.PI()", "K1008"),
}

TABLES = {"text": TEXT, "list": LISTS, "map": MAPS, "": OTHERS}
ROWS = {
    f"{kind}.{name}".lstrip("."): row
    for kind, table in TABLES.items()
    for name, row in table.items()
}
rows = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def test_every_function_has_a_row() -> None:
    listed = [name for table in (TEXT, LISTS, MAPS) for name in table]
    assert sorted(listed) == sorted(method.name for method in METHODS)
    assert set(OTHERS) == {function.name for function in FUNCTIONS} | set(CONSTANTS)


@rows
def test_a_call_is_right(row: Row) -> None:
    assert said(program(row.good)) == []


@rows
def test_its_counterpart_is_one_finding(row: Row) -> None:
    assert codes(program(row.bad)) == [row.code], said(program(row.bad))
