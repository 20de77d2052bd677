"""Expressions that are well typed by construction, as source text in brackets where it matters."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.soundness import shapes
from tests.soundness.choosing import Chooser
from tests.soundness.shapes import (
    ANY,
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NUMBER,
    SCALARS,
    SORTABLE,
    TEXT,
    Shape,
    list_of,
    text_literal,
)

UNITS = ("millisecond", "second", "minutes", "hour", "day", "week", "month", "years")


@dataclass(frozen=True)
class Seen:
    """A place that an expression can refer to. `declared`: its type is exactly `shape`, while
    that of a `let` may be narrower (a text literal's)."""

    path: str
    shape: Shape
    declared: bool = True


@dataclass(frozen=True)
class Writer:
    """Writes expressions; `seen` is what stands in scope."""

    choose: Chooser
    seen: tuple[Seen, ...]
    lambdas: int = 0

    def also(self, *more: Seen) -> Writer:
        return replace(self, seen=(*self.seen, *more))

    def expression(self, of: Shape, depth: int, *, hinted: bool = False) -> str:
        """A value of the shape. `hinted`: the place asks for the type, as a field does."""
        if of.nullable:
            return self._nullable(of, depth, hinted)
        options = [lambda: literal(self, of, depth, hinted)]
        paths = [place.path for place in self.seen if place.shape == of]
        if paths:
            options += [lambda: self.choose.pick(paths)] * 3
        if enumerated(of):
            if paths and not hinted:
                return self.choose.pick(paths)
            options += [lambda: self._either(of, depth, hinted)] if depth > 0 else []
        elif depth > 0:
            # What type checkers make of two list literals at once is their own affair.
            if of.word != "list" or hinted:
                options += [lambda: self._either(of, depth, hinted)]
            options += [lambda: self._instead(of, depth)]
            made = MAKERS.get(of.word, ())
            options += [lambda: self.choose.pick(made)(self, of, depth - 1)] * (4 if made else 0)
            options += [lambda: self._narrowed(of, depth)]
        return self.choose.pick(options)()

    def _nullable(self, of: Shape, depth: int, hinted: bool) -> str:
        paths = [place.path for place in self.seen if place.shape == of]
        if paths and self.choose.number(0, 1):
            return self.choose.pick(paths)
        if depth and not enumerated(of) and self.choose.number(0, 2) == 0:
            items = self.expression(list_of(of.present), depth - 1)
            return f"({items}).{self.choose.pick(('first', 'last'))}()"
        if depth and self.choose.number(0, 2) == 0:
            return f"({self.test(depth - 1)} ? {self.expression(of.present, depth - 1)} : null)"
        return self.expression(of.present, depth, hinted=hinted)

    def _either(self, of: Shape, depth: int, hinted: bool) -> str:
        then = self.expression(of, depth - 1, hinted=hinted)
        otherwise = self.expression(of, depth - 1, hinted=hinted)
        return f"({self.test(depth - 1)} ? {then} : {otherwise})"

    def _instead(self, of: Shape, depth: int) -> str:
        nullable = [p.path for p in self.seen if p.shape == of.or_null and p.shape.nullable]
        left = self.choose.pick(nullable) if nullable else f"({self._maybe(of, depth - 1)})"
        return f"({left} ?? {self.expression(of, depth - 1)})"

    def _maybe(self, of: Shape, depth: int) -> str:
        """Something that may be null."""
        items = self.expression(list_of(of), depth)
        if self.choose.number(0, 1):
            return f"({items}).{self.choose.pick(('first', 'last'))}()"
        return f"({items}).find({self.test_of(of, depth)})"

    def _narrowed(self, of: Shape, depth: int) -> str:
        """A place that may be null, used as a value where a condition rules null out."""
        nullable = [p for p in self.seen if p.shape.nullable]
        if not nullable:
            return literal(self, of, 0, False)
        place = self.choose.pick(nullable)
        rest = tuple(other for other in self.seen if other is not place)
        inner = replace(self, seen=(*rest, Seen(place.path, place.shape.present)))
        known, other = inner.expression(of, depth - 1), self.expression(of, depth - 1)
        if self.choose.number(0, 1):
            return f"({place.path} is not null ? {known} : {other})"
        return f"({place.path} is null ? {other} : {known})"

    def test(self, depth: int) -> str:
        return self.expression(BOOLEAN, depth)

    def parameter(self) -> str:
        return self.choose.pick(("x", "item", "id", "p")) + str(self.lambdas or "")

    def lambda_of(self, of: Shape, gives: Shape, depth: int) -> str:
        name = self.parameter()
        inner = replace(self.also(Seen(name, of)), lambdas=self.lambdas + 1)
        return f"{name} => {inner.expression(gives, depth)}"

    def test_of(self, of: Shape, depth: int) -> str:
        return self.lambda_of(of, BOOLEAN, depth)

    def some_list(self, depth: int) -> tuple[str, Shape]:
        """A list, and the shape of its items; one that is there already where there is one."""
        lists = [place for place in self.seen if place.shape.word == "list"]
        lists = [place for place in lists if not place.shape.nullable and place.shape.of != ANY]
        if lists and self.choose.number(0, 3):
            place = self.choose.pick(lists)
            assert place.shape.of is not None
            return place.path, place.shape.of
        item = self.choose.pick(SCALARS)
        return self.expression(list_of(item), depth), item


def enumerated(of: Shape) -> bool:
    """Whether some part of it is an enum: few expressions keep one what it is."""
    if of.of is not None:
        return enumerated(of.of)
    return of.word == "enum" or any(enumerated(inner) for _, inner in of.fields)


def literal(at: Writer, of: Shape, depth: int, hinted: bool) -> str:
    """A literal, or the shortest expression where a shape has none."""
    choose = at.choose
    match of.word:
        case "text":
            return text_literal(choose.pick(shapes.TEXTS))
        case "integer":
            return str(choose.pick(shapes.INTEGERS))
        case "number":
            whole = (0, 1, 1000) if hinted else ()
            return repr(choose.pick((-2.5, 0.1, 1e-7, 123456.789, 1e21, 3.5, *whole)))
        case "decimal":
            wanted = choose.pick(shapes.DECIMALS)
            return wanted if hinted else f"toDecimal({text_literal(wanted)})"
        case "boolean":
            return choose.pick(("true", "false"))
        case "enum":
            return text_literal(choose.pick(of.values))
        case "datetime":
            wanted = choose.pick(shapes.DATETIMES)
            return f"DateTime.parse({text_literal(wanted)})"
        case "list":
            assert of.of is not None
            if of.of == BOOLEAN and not hinted:
                return f"[1, 2].map({at.lambda_of(INTEGER, BOOLEAN, depth - 1)})"
            count = choose.number(0 if hinted else 1, 3)
            items = [at.expression(of.of, depth - 1, hinted=hinted) for _ in range(count)]
            return f"[{', '.join(items)}]"
        case "object":
            entries = [
                f"{name}: {at.expression(inner, depth - 1, hinted=hinted)}"
                for name, inner in of.fields
                if not (inner.nullable and choose.number(0, 1))
            ]
            return f"{{{', '.join(entries)}}}"
        case "any":
            return f"JSON.parse({text_literal(json.dumps(choose.pick(shapes.ANYS)))})"
        case "map":
            return _map(at, of, depth, hinted)
    # A uuid or a date has no literal: `accepts` of every program has one of each.
    return next(place.path for place in at.seen if place.shape == of)


def _map(at: Writer, of: Shape, depth: int, hinted: bool) -> str:
    assert of.of is not None
    if not hinted:
        return next(place.path for place in at.seen if place.shape == of)
    entries = [
        f'"{key}": {at.expression(of.of, depth - 1, hinted=True)}'
        for key in ("a", "b 2", "class")[: at.choose.number(0, 3)]
    ]
    return f"{{{', '.join(entries)}}}"


Maker = Callable[[Writer, Shape, int], str]


def _arithmetic(operators: str) -> Maker:
    def made(at: Writer, of: Shape, depth: int) -> str:
        sign = at.choose.pick(operators)
        return f"({at.expression(of, depth)} {sign} {at.expression(of, depth)})"

    return made


def _call(function: str, *arguments: Shape) -> Maker:
    def made(at: Writer, _: Shape, depth: int) -> str:
        given = ", ".join(at.expression(argument, depth) for argument in arguments)
        return f"{function}({given})"

    return made


def _method(receiver: Shape, name: str, *arguments: Shape) -> Maker:
    def made(at: Writer, _: Shape, depth: int) -> str:
        given = ", ".join(at.expression(argument, depth) for argument in arguments)
        return f"({at.expression(receiver, depth)}).{name}({given})"

    return made


def _small(at: Writer) -> str:
    return str(at.choose.number(-2, 4))


def _slice(at: Writer, of: Shape, depth: int) -> str:
    end = f", {_small(at)}" if at.choose.number(0, 1) else ""
    return f"({at.expression(of, depth)}).slice({_small(at)}{end})"


def _pad(at: Writer, _: Shape, depth: int) -> str:
    name = at.choose.pick(("padStart", "padEnd"))
    fill = f", {text_literal(at.choose.pick(('0', 'ab', '')))}" if at.choose.number(0, 1) else ""
    return f"({at.expression(TEXT, depth)}).{name}({at.choose.number(-1, 12)}{fill})"


PLAIN = (TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, DATETIME, DATE)


def _joined(at: Writer, _: Shape, depth: int) -> str:
    other = at.choose.pick(PLAIN)
    other = other.or_null if at.choose.number(0, 2) == 0 else other
    return f"({at.expression(TEXT, depth)} + {at.expression(other, depth)})"


def _interpolated(at: Writer, _: Shape, depth: int) -> str:
    value = at.expression(at.choose.pick(PLAIN), depth)
    return f'"{at.choose.pick(("", "so: ", "{", "%"))}${{{value}}}!"'


def _joined_list(at: Writer, _: Shape, depth: int) -> str:
    items = at.expression(list_of(at.choose.pick(PLAIN)), depth)
    return f"({items}).join({at.choose.pick(('', text_literal('; ')))})"


def _text_at(at: Writer, _: Shape, depth: int) -> str:
    return f"({at.expression(TEXT, depth)})[{at.choose.number(0, 2)}]"


def _length(at: Writer, _: Shape, depth: int) -> str:
    of = at.choose.pick((TEXT, list_of(TEXT), list_of(INTEGER)))
    return f"({at.expression(of, depth)}).length"


def _count(at: Writer, _: Shape, depth: int) -> str:
    items, item = at.some_list(depth)
    test = at.test_of(item, depth) if at.choose.number(0, 1) else ""
    return f"({items}).count({test})"


def _reduced(at: Writer, of: Shape, depth: int) -> str:
    items, item = at.some_list(depth)
    inner = replace(at.also(Seen("so_far", of), Seen("each", item)), lambdas=at.lambdas + 1)
    start = at.expression(of, depth) if of != TEXT else f"toText({at.expression(of, depth)})"
    return f"({items}).reduce((so_far, each) => {inner.expression(of, depth)}, {start})"


def _extreme(at: Writer, of: Shape, depth: int) -> str:
    name = at.choose.pick(("min", "max"))
    return f"(({at.expression(list_of(of), depth)}).{name}() ?? {at.expression(of, depth)})"


def _compared(at: Writer, _: Shape, depth: int) -> str:
    of = at.choose.pick(SORTABLE)
    sign = at.choose.pick(("<", "<=", ">", ">=", "is less than", "is at least"))
    return f"({at.expression(of, depth)} {sign} {at.expression(of, depth)})"


def _equal(at: Writer, _: Shape, depth: int) -> str:
    """A literal beside a literal could never be equal, so one side is declared."""
    places = [p for p in at.seen if p.declared and p.shape.word not in ("any", "object", "map")]
    sign = at.choose.pick(("==", "!=", "is", "is not"))
    if not places:
        return f"({at.expression(INTEGER, depth)} {sign} {at.expression(INTEGER, depth)})"
    place = at.choose.pick(places)
    other = at.expression(place.shape.present, depth)
    return f"({place.path} {sign} {other})"


def _null_test(at: Writer, _: Shape, depth: int) -> str:
    nullable = [place.path for place in at.seen if place.shape.nullable]
    sign = at.choose.pick(("is null", "is not null", "== null", "!= null"))
    path = at.choose.pick(nullable) if nullable else at._maybe(INTEGER, depth)
    return f"({path} {sign})"


def _logic(at: Writer, _: Shape, depth: int) -> str:
    word = at.choose.pick(("and", "or", "&&", "||"))
    return f"({at.test(depth)} {word} {at.test(depth)})"


def _not(at: Writer, _: Shape, depth: int) -> str:
    return f"({at.choose.pick(('not ', '!'))}{at.test(depth)})"


def _in(at: Writer, _: Shape, depth: int) -> str:
    if at.choose.number(0, 1):
        return f"({at.expression(TEXT, depth)} in toText({at.expression(TEXT, depth)}))"
    return f"({at.expression(INTEGER, depth)} in {at.expression(list_of(INTEGER), depth)})"


def _some(at: Writer, _: Shape, depth: int) -> str:
    items, item = at.some_list(depth)
    return f"({items}).{at.choose.pick(('some', 'every'))}({at.test_of(item, depth)})"


def _includes(at: Writer, _: Shape, depth: int) -> str:
    items, item = at.some_list(depth)
    return f"({items}).includes({at.expression(item, depth)})"


def _mapped(at: Writer, of: Shape, depth: int) -> str:
    assert of.of is not None
    items, item = at.some_list(depth)
    return f"({items}).map({at.lambda_of(item, of.of, depth)})"


def _kept(at: Writer, of: Shape, depth: int) -> str:
    assert of.of is not None
    return f"({at.expression(of, depth)}).filter({at.test_of(of.of, depth)})"


def _ordered(at: Writer, of: Shape, depth: int) -> str:
    assert of.of is not None
    items = at.expression(of, depth)
    if of.of in SORTABLE and at.choose.number(0, 1):
        return f"({items}).sort()"
    return f"({items}).sortBy({at.lambda_of(of.of, at.choose.pick(SORTABLE), depth)})"


def _rearranged(at: Writer, of: Shape, depth: int) -> str:
    name = at.choose.pick(("reverse", "unique"))
    return f"({at.expression(of, depth)}).{name}()"


def _flat(at: Writer, of: Shape, depth: int) -> str:
    return f"({at.expression(list_of(of), depth)}).flat()"


def _texts(at: Writer, of: Shape, depth: int) -> str:
    if of.of != TEXT:
        return _kept(at, of, depth)
    if at.choose.number(0, 1):
        separator = text_literal(at.choose.pick((",", "", " ")))
        return f"({at.expression(TEXT, depth)}).split({separator})"
    return "input.numbers.keys()"


def _merged(at: Writer, of: Shape, depth: int) -> str:
    return f"({at.expression(of, depth)}).merge({at.expression(of, depth)})"


def _unit(at: Writer) -> str:
    return f'"{at.choose.pick(UNITS)}"'


def _diff(at: Writer, _: Shape, depth: int) -> str:
    later, earlier = at.expression(DATETIME, depth), at.expression(DATETIME, depth)
    return f"DateTime.diff({later}, {earlier}, {_unit(at)})"


def _added(at: Writer, _: Shape, depth: int) -> str:
    return f"DateTime.add({at.expression(DATETIME, depth)}, {_small(at)}, {_unit(at)})"


def _start_of(at: Writer, _: Shape, depth: int) -> str:
    return f"DateTime.startOf({at.expression(DATETIME, depth)}, {_unit(at)})"


def _formatted(at: Writer, _: Shape, depth: int) -> str:
    pattern = at.choose.pick(("YYYY-MM-DD", "HH:mm:ss", "DD.MM.YYYY '%d'", "x"))
    return f"DateTime.format({at.expression(DATETIME, depth)}, {text_literal(pattern)})"


def _has(at: Writer, _: Shape, depth: int) -> str:
    return f"(input.numbers).has({at.expression(TEXT, depth)})"


def _value_of(at: Writer, _: Shape, depth: int) -> str:
    key = at.expression(TEXT, depth)
    found = at.choose.pick((f".get({key})", f"[{key}]", ".a"))
    return f"(input.numbers{found} ?? {at.expression(NUMBER, depth)})"


def _rounded(at: Writer, _: Shape, depth: int) -> str:
    name = at.choose.pick(("round", "floor", "ceil", "trunc", "sign"))
    return f"Math.{name}({at.expression(at.choose.pick((NUMBER, DECIMAL, INTEGER)), depth)})"


def _either_number(at: Writer, of: Shape, depth: int) -> str:
    name = at.choose.pick(("min", "max"))
    return f"Math.{name}({at.expression(of, depth)}, {at.expression(of, depth)})"


def _mixed(at: Writer, _: Shape, depth: int) -> str:
    return (
        f"({at.expression(INTEGER, depth)} {at.choose.pick('+-*/')} {at.expression(NUMBER, depth)})"
    )


def _halves(at: Writer, _: Shape, depth: int) -> str:
    return f"({at.expression(INTEGER, depth)} / {at.expression(INTEGER, depth)})"


def _beside(at: Writer, of: Shape, depth: int) -> str:
    """A literal beside a decimal is one."""
    number = at.choose.pick(("0.9", "2", "1.05", "3"))
    return f"({at.expression(of, depth)} {at.choose.pick('+-*/%')} {number})"


def _negated(at: Writer, of: Shape, depth: int) -> str:
    return f"(-({at.expression(of, depth)}))"


_NUMERIC: tuple[Maker, ...] = (_extreme, _negated, _either_number)

MAKERS: dict[str, tuple[Maker, ...]] = {
    "integer": (
        _arithmetic("+-*%"),
        _arithmetic("+-*"),
        _length,
        _count,
        _reduced,
        _rounded,
        _call("Math.abs", INTEGER),
        _method(list_of(INTEGER), "sum"),
        _call("toInteger", TEXT),
        _call("toInteger", NUMBER),
        *_NUMERIC,
    ),
    "number": (
        _arithmetic("+-*/%"),
        _mixed,
        _halves,
        _value_of,
        _diff,
        _call("Math.abs", NUMBER),
        _call("Math.sqrt", NUMBER),
        _call("Math.pow", NUMBER, INTEGER),
        _method(list_of(NUMBER), "sum"),
        _call("toNumber", TEXT),
        _call("toNumber", DECIMAL),
        *_NUMERIC,
    ),
    "decimal": (
        _arithmetic("+-*/%"),
        _arithmetic("+-*"),
        _beside,
        _call("Math.abs", DECIMAL),
        _call("toDecimal", INTEGER),
        _call("toDecimal", NUMBER),
        _call("toDecimal", TEXT),
        _method(list_of(DECIMAL), "sum"),
        *_NUMERIC,
    ),
    "boolean": (
        _compared,
        _equal,
        _equal,
        _null_test,
        _logic,
        _not,
        _in,
        _some,
        _includes,
        _has,
        _method(TEXT, "includes", TEXT),
        _method(TEXT, "startsWith", TEXT),
        _method(TEXT, "endsWith", TEXT),
    ),
    "text": (
        _joined,
        _interpolated,
        _joined_list,
        _slice,
        _pad,
        _text_at,
        _formatted,
        _method(TEXT, "upper"),
        _method(TEXT, "lower"),
        _method(TEXT, "trim"),
        _method(TEXT, "replace", TEXT, TEXT),
        *(_call("toText", plain) for plain in PLAIN),
        _call("JSON.stringify", list_of(TEXT)),
        _call("JSON.stringify", ANY),
        _reduced,
        _extreme,
    ),
    "datetime": (_added, _start_of, _extreme),
    "date": (_extreme,),
    "list": (_mapped, _mapped, _kept, _ordered, _rearranged, _slice, _flat, _texts),
    "map": (_merged,),
}
