"""Whole machines around generated expressions, in canonical layout, and inputs for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.soundness import shapes
from tests.soundness.choosing import Chooser
from tests.soundness.expressions import Seen, Writer
from tests.soundness.shapes import BOOLEAN, DATE, NUMBER, SCALARS, TEXT, UUID, Shape, map_of

DEPTH = 3
FIXED = (
    ("day", DATE),
    ("key", UUID),
    ("numbers", map_of(NUMBER)),
    ("words", map_of(TEXT)),
)
"""Inputs of every machine: their types have no literals."""
STEP_NAMES = ("one", "type", "input_", "ops", "self_", "list_", "total", "records", "l", "print")


@dataclass(frozen=True)
class Accepted:
    """A field of `accepts`: it may be absent unless `required` or `default` is there."""

    name: str
    shape: Shape
    required: bool
    default: str = ""


@dataclass(frozen=True)
class Program:
    """A machine as text, and what is needed to call it."""

    name: str
    text: str
    accepts: tuple[Accepted, ...]


def program(choose: Chooser, name: str) -> Program:
    """One machine: inputs of any type, a few steps, outputs by name and `from`."""
    accepts = accepted_fields(choose)
    at = Writer(choose, tuple(place for field in accepts for place in seen_of(field)))
    steps: list[str] = []
    for step in STEP_NAMES[: choose.number(0, 3)]:
        at = _step(at, step, steps, "    ")
    outputs = [(f"out{n}", _output(choose, accepts)) for n in range(choose.number(1, 3))]
    entries = ", ".join(f"{out}: {at.expression(s, DEPTH, hinted=True)}" for out, s in outputs)
    lines = [f"machine {name}", "  accepts", *(f"    {declared(field)}" for field in accepts)]
    lines += ["  responds with", *(f"    {out} as {shapes.written(s)}" for out, s in outputs)]
    lines += ["  implements", *steps, "    compute answer", f"      {{{entries}}}"]
    return Program(name, "\n".join(lines) + "\n", accepts)


def inputs(choose: Chooser, of: Program) -> dict[str, Any]:
    """A JSON object that the machine accepts."""
    given = {}
    for field in of.accepts:
        if field.required or choose.number(0, 2):
            given[field.name] = shapes.value(choose, field.shape)
        elif not field.default and choose.number(0, 1):
            given[field.name] = None
    return given


def accepted_fields(choose: Chooser) -> tuple[Accepted, ...]:
    fields = [Accepted(name, of, True) for name, of in FIXED]
    start = choose.number(0, len(shapes.FIELD_NAMES) - 4)
    for name in shapes.FIELD_NAMES[start : start + choose.number(1, 4)]:
        of = shapes.shape(choose, 2, declared=True)
        default = _default(choose, of) if choose.number(0, 3) == 0 else ""
        required = not default and choose.number(0, 2) > 0
        fields.append(Accepted(name, of, required, default))
    return tuple(fields)


def _output(choose: Chooser, accepts: tuple[Accepted, ...]) -> Shape:
    """Any shape, or that of an input: a list of an enum cannot be made otherwise."""
    if choose.number(0, 3) == 0:
        return choose.pick(accepts).shape
    return shapes.shape(choose, 1)


def _default(choose: Chooser, of: Shape) -> str:
    if of.word in ("text", "integer", "number", "decimal", "boolean", "enum"):
        return Writer(choose, ()).expression(of, 0, hinted=True)
    return "[]" if of.word == "list" else ""


def declared(field: Accepted) -> str:
    modifier = " is required" if field.required else ""
    modifier = f", default: {field.default}" if field.default else modifier
    return f"{field.name} as {shapes.written(field.shape)}{modifier}"


def seen_of(field: Accepted) -> list[Seen]:
    """The field, and the parts of it that have a path."""
    nullable = not field.required and not field.default
    return _parts(f"input.{field.name}", field.shape.or_null if nullable else field.shape)


def _parts(path: str, of: Shape) -> list[Seen]:
    found = [Seen(path, of)]
    if of.word == "map" and not of.nullable and of.of is not None:
        found.append(Seen(f"{path}.a", of.of.or_null))
    for name, inner in of.fields:
        found += _parts(f"{path}.{name}", inner.or_null if of.nullable else inner)
    return found


def _step(at: Writer, name: str, lines: list[str], indent: str) -> Writer:
    """Writes a step; gives what is in scope behind it."""
    if at.choose.number(0, 1):
        return _compute(at, name, lines, indent)
    return _decide(at, name, lines, indent)


def _compute(at: Writer, name: str, lines: list[str], indent: str) -> Writer:
    lines.append(f"{indent}compute {name}")
    inner = at
    for let in ("first", "sum", "found")[: at.choose.number(0, 3)]:
        of = shapes.shape(at.choose, 1)
        lines.append(f"{indent}  let {let} = {inner.expression(of, DEPTH)}")
        inner = inner.also(Seen(let, of, declared=False))
    if at.choose.number(0, 1):
        of = shapes.shape(at.choose, 1)
        lines.append(f"{indent}  {inner.expression(of, DEPTH)}")
        return at.also(Seen(f"steps.{name}", of, declared=False))
    parts = [(part, shapes.shape(at.choose, 1)) for part in ("value", "class")]
    written = ", ".join(f"{part}: {inner.expression(of, DEPTH - 1)}" for part, of in parts)
    lines.append(f"{indent}  {{{written}}}")
    return at.also(*(Seen(f"steps.{name}.{part}", of, declared=False) for part, of in parts))


def _decide(at: Writer, name: str, lines: list[str], indent: str) -> Writer:
    of = at.choose.pick((*SCALARS, shapes.shape(at.choose, 1)))
    lines.append(f"{indent}decide {name}")
    shared = f"{name}_inner"
    left = False
    for _ in range(at.choose.number(1, 3)):
        condition = at.expression(BOOLEAN, DEPTH)
        left |= _arm(at, f"when {condition}", shared, of, lines, indent + "  ")
    complete = at.choose.number(0, 2) > 0
    if complete:
        _arm(at, "otherwise", f"{name}_last", of, lines, indent + "  ")
    seen = [Seen(f"steps.{name}", of if complete else of.or_null, declared=False)]
    if left:
        seen.append(Seen(f"steps.{shared}", of.or_null, declared=False))
    return at.also(*seen)


def _arm(at: Writer, head: str, name: str, of: Shape, lines: list[str], indent: str) -> bool:
    """Whether it has the step `name` in it."""
    lines.append(f"{indent}{head}")
    kind = at.choose.number(0, 3)
    if kind > 1:
        lines.append(f"{indent}  {at.expression(of, DEPTH)}")
        return False
    lines += [f"{indent}  compute {name}", f"{indent}    {at.expression(of, DEPTH)}"]
    if kind == 1:
        inner = at.also(Seen(f"steps.{name}", of, declared=False))
        lines.append(f"{indent}  {inner.expression(of, 1)}")
    return True
