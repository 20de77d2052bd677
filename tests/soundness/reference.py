"""What a program means: its tree walked with plain values, without types and without a plan.

Written from the language's description alone; nothing of the compiler behind the parser is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any
from uuid import UUID

from kanvasc.syntax import tree
from tests.soundness import reference_library as lib
from tests.soundness.reference_library import EXACT, Failed, equal, exact, numeric, rendered, whole


class Written(float):
    """A number with a point, as it was written: where a decimal is asked for, its digits count."""

    text: str


def written(text: str) -> int | float:
    if text.isdigit():
        return int(text)
    value = Written(numeric(float(text)))
    value.text = text
    return value


def decimal_of(value: Any) -> Decimal:
    return Decimal(value.text if isinstance(value, Written) else str(value))


@dataclass
class Place:
    """What stands in scope."""

    input: dict[str, Any]
    steps: dict[str, Any] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)

    def also(self, **names: Any) -> Place:
        return Place(self.input, self.steps, {**self.names, **names})


def answer(machine: tree.Machine, given: dict[str, Any]) -> dict[str, Any]:
    """The output, in plain values. Raises Failed."""
    sections = {type(section): section for section in machine.sections}
    accepts, responds, implements = (
        sections[kind] for kind in (tree.Accepts, tree.RespondsWith, tree.Implements)
    )
    assert isinstance(accepts, tree.Accepts)
    assert isinstance(responds, tree.RespondsWith)
    assert isinstance(implements, tree.Implements)
    place = Place({f.name.text: accepted(f, given) for f in accepts.fields})
    last = None
    for step in implements.steps:
        last = _step(step, place)
    assert isinstance(last, dict)
    return {f.name.text: lib.plain(typed(f.type, last[f.name.text])) for f in responds.fields}


def accepted(declared: tree.Field, given: dict[str, Any]) -> Any:
    """A field of the input, or its default, or null."""
    name = declared.name.text
    if name in given:
        return typed(declared.type, given[name])
    for modifier in declared.modifiers:
        if modifier.word.text == "default" and modifier.value is not None:
            return typed(declared.type, evaluate(modifier.value, Place({})))
    return None


def typed(type_: tree.TypeExpr | None, value: Any) -> Any:
    """A value as its declared type holds it: extra fields of records dropped."""
    assert type_ is not None
    if value is None:
        return None
    match type_.word.text:
        case "decimal":
            return value if isinstance(value, Decimal) else decimal_of(value)
        case "date":
            return value if isinstance(value, date) else date.fromisoformat(value)
        case "datetime":
            return value if isinstance(value, date) else lib.instant(value)
        case "uuid":
            return value if isinstance(value, UUID) else UUID(value)
        case "list" | "map" if type_.of is None:
            return value
        case "list":
            return [typed(type_.of, item) for item in value]
        case "map":
            return {key: typed(type_.of, item) for key, item in value.items()}
        case "object":
            return {f.name.text: typed(f.type, value.get(f.name.text)) for f in type_.fields or ()}
    return value


def _step(step: tree.Step, place: Place) -> Any:
    match step:
        case tree.Compute():
            inner = place
            for let in step.lets:
                inner = inner.also(**{let.name.text: evaluate(let.value, inner)})
            assert step.value is not None
            value = evaluate(step.value, inner)
        case tree.Decide():
            value = _decide(step, place)
        case _:
            raise AssertionError(step)
    place.steps[step.name.text] = value
    return value


def _decide(step: tree.Decide, place: Place) -> Any:
    for when in step.whens:
        if truth(evaluate(when.condition, place)):
            return _body(when.body, place)
    return None if step.otherwise is None else _body(step.otherwise, place)


def _body(body: tree.Body, place: Place) -> Any:
    last = None
    for step in body.steps:
        last = _step(step, place)
    return last if body.value is None else evaluate(body.value, place)


def truth(value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Failed
    return value


def evaluate(expr: tree.Expr, at: Place) -> Any:
    match expr:
        case tree.NullLit():
            return None
        case tree.BoolLit(value=value):
            return value
        case tree.NumberLit(text=text):
            return written(text)
        case tree.TextLit(parts=parts):
            shown = (p if isinstance(p, str) else rendered(evaluate(p, at)) for p in parts)
            return "".join(shown)
        case tree.ListLit(items=items):
            return [evaluate(item, at) for item in items]
        case tree.MapLit(entries=entries):
            return {entry.key.text: evaluate(entry.value, at) for entry in entries}
        case tree.NameRef(text=name):
            return (
                at.names[name] if name in at.names else {"input": at.input, "steps": at.steps}[name]
            )
        case tree.Member(object=inner, name=name):
            return _member(evaluate(inner, at), name.text)
        case tree.Index(object=inner, index=index):
            return _index(evaluate(inner, at), evaluate(index, at))
        case tree.Unary(op="!", operand=operand):
            return not truth(evaluate(operand, at))
        case tree.Unary(operand=operand):
            value = evaluate(operand, at)
            return EXACT.minus(value) if isinstance(value, Decimal) else -value
        case tree.Conditional(condition=condition, then=then, otherwise=otherwise):
            return evaluate(then if truth(evaluate(condition, at)) else otherwise, at)
        case tree.Binary():
            return _binary(expr, at)
        case tree.Call():
            return _call(expr, at)
    raise AssertionError(expr)


def _member(value: Any, name: str) -> Any:
    if name == "length" and isinstance(value, str | list):
        return len(value)
    return value.get(name) if isinstance(value, dict) else None


def _index(value: Any, index: Any) -> Any:
    if isinstance(value, dict):
        return value.get(index)
    if not 0 <= index < len(value):
        raise Failed
    return value[index]


def _binary(expr: tree.Binary, at: Place) -> Any:
    left = evaluate(expr.left, at)
    match expr.op:
        case "&&":
            return truth(left) and truth(evaluate(expr.right, at))
        case "||":
            return truth(left) or truth(evaluate(expr.right, at))
        case "??":
            return evaluate(expr.right, at) if left is None else left
    right = evaluate(expr.right, at)
    match expr.op:
        case "==":
            return equal(left, right)
        case "!=":
            return not equal(left, right)
        case "in":
            return _holds(right, left)
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "+" if isinstance(left, str) or isinstance(right, str):
            return rendered(left) + rendered(right)
    return _arithmetic(expr.op, left, right)


def _holds(container: Any, item: Any) -> bool:
    if isinstance(container, list):
        return any(equal(item, each) for each in container)
    return item in container


def _arithmetic(op: str, a: Any, b: Any) -> Any:
    if isinstance(a, Decimal) or isinstance(b, Decimal):
        return _exactly(op, decimal_of(a), decimal_of(b))
    if op in "/%" and b == 0:
        raise Failed
    integers = isinstance(a, int) and isinstance(b, int)
    match op:
        case "+":
            return whole(a + b) if integers else numeric(a + b)
        case "-":
            return whole(a - b) if integers else numeric(a - b)
        case "*":
            return whole(a * b) if integers else numeric(a * b)
        case "/":
            return numeric(a / b)
    if integers:
        return abs(a) % abs(b) * (-1 if a < 0 else 1)
    return numeric(math.fmod(a, b))


def _exactly(op: str, a: Decimal, b: Decimal) -> Decimal:
    if op in "/%" and not b:
        raise Failed
    steps = {
        "+": EXACT.add,
        "-": EXACT.subtract,
        "*": EXACT.multiply,
        "/": EXACT.divide,
        "%": EXACT.remainder,
    }
    try:
        return exact(steps[op](a, b))
    except DecimalException:
        raise Failed from None


def _call(expr: tree.Call, at: Place) -> Any:
    callee = expr.callee
    arguments = [_argument(argument, at) for argument in expr.arguments]
    if isinstance(callee, tree.NameRef):
        return FUNCTIONS[callee.text](*arguments)
    assert isinstance(callee, tree.Member)
    name = callee.name.text
    if isinstance(callee.object, tree.NameRef) and callee.object.text in NAMESPACES:
        return FUNCTIONS[f"{callee.object.text}.{name}"](*arguments)
    return METHODS[name](evaluate(callee.object, at), *arguments)


def _argument(argument: tree.Expr, at: Place) -> Any:
    if not isinstance(argument, tree.Lambda):
        return evaluate(argument, at)
    names = [parameter.text for parameter in argument.parameters]
    body = argument.body
    return lambda *values: evaluate(body, at.also(**dict(zip(names, values, strict=False))))


NAMESPACES = ("Math", "DateTime", "JSON")
FUNCTIONS: dict[str, Any] = {
    "Math.round": lib.rounded,
    "Math.floor": lambda x: whole(math.floor(x)),
    "Math.ceil": lambda x: whole(math.ceil(x)),
    "Math.trunc": lambda x: whole(int(x)),
    "Math.sign": lambda x: (x > 0) - (x < 0),
    "Math.abs": lambda x: x.copy_abs() if isinstance(x, Decimal) else abs(x),
    "Math.min": lambda a, b: b if b < a else a,
    "Math.max": lambda a, b: b if b > a else a,
    "Math.pow": lib.power,
    "Math.sqrt": lib.root,
    "DateTime.parse": lib.instant,
    "DateTime.add": lib.later,
    "DateTime.diff": lib.between,
    "DateTime.format": lib.formatted,
    "DateTime.startOf": lib.start_of,
    "JSON.parse": lib.parse,
    "JSON.stringify": lib.compact,
    "toText": rendered,
    "toNumber": lambda value: numeric(float(lib.numeral(value))),
    "toInteger": lib.to_integer,
    "toDecimal": lib.to_decimal,
}
METHODS: dict[str, Any] = {
    "upper": str.upper,
    "lower": str.lower,
    "trim": str.strip,
    "split": lib.split,
    "replace": lib.replaced,
    "includes": _holds,
    "startsWith": lambda text, part: text[: len(part)] == part,
    "endsWith": lambda text, part: part == "" or text[-len(part) :] == part,
    "slice": lib.sliced,
    "padStart": lambda text, length, fill=" ": lib.padding(text, length, fill) + text,
    "padEnd": lambda text, length, fill=" ": text + lib.padding(text, length, fill),
    "map": lambda items, each: [each(item) for item in items],
    "filter": lambda items, test: [item for item in items if test(item)],
    "reduce": lib.reduced,
    "find": lambda items, test: next((item for item in items if test(item)), None),
    "some": lambda items, test: any(test(item) for item in items),
    "every": lambda items, test: all(test(item) for item in items),
    "first": lambda items: items[0] if items else None,
    "last": lambda items: items[-1] if items else None,
    "sort": sorted,
    "sortBy": lambda items, by: sorted(items, key=by),
    "reverse": lambda items: [*reversed(items)],
    "join": lambda items, separator=",": separator.join(map(rendered, items)),
    "sum": lib.added,
    "min": lambda items: min(items, default=None),
    "max": lambda items: max(items, default=None),
    "unique": lib.unique,
    "flat": lambda items: [item for inner in items for item in inner],
    "groupBy": lib.grouped,
    "toMap": lambda items, key, value: {key(item): value(item) for item in items},
    "count": lambda items, test=lambda _: True: sum(1 for item in items if test(item)),
    "keys": list,
    "values": lambda map_: [*map_.values()],
    "has": lambda map_, key: key in map_,
    "get": lambda map_, key: map_.get(key),
    "merge": lambda map_, other: {**map_, **other},
}
