"""Machines that keep a state, around generated expressions: they set it in arms, loops, flows and
recoveries."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tests.soundness import shapes
from tests.soundness.choosing import Chooser
from tests.soundness.expressions import Seen, Writer
from tests.soundness.programs import Program, accepted_fields, declared, seen_of
from tests.soundness.shapes import BOOLEAN, DECIMAL, INTEGER, NUMBER, TEXT, Shape, list_of

DEPTH = 2
KEPT = (TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, list_of(INTEGER), list_of(TEXT))
FIELDS = ("count", "state", "class", "last", "replace")
"""Names of the state's fields: some of them generated code uses for itself."""
FLOWS = ("first_flow", "second_flow")


@dataclass
class _Machine:
    """What is written so far. `flows`: those that can be run from here."""

    choose: Chooser
    kept: tuple[tuple[str, Shape], ...]
    lines: list[str] = field(default_factory=list)
    steps: int = 0
    flows: tuple[str, ...] = ()

    def put(self, depth: int, line: str) -> None:
        self.lines.append("  " * depth + line)

    def name(self) -> str:
        self.steps += 1
        return f"step_{self.steps}"


def stateful(choose: Chooser, name: str) -> Program:
    """One machine; its flows run from its last steps, and from each other backwards."""
    accepts = accepted_fields(choose)
    start = choose.number(0, 2)
    kept = tuple((field, _shape(choose)) for field in FIELDS[start : start + choose.number(1, 3)])
    state = [Seen(f"state.{field}", of) for field, of in kept]
    writer = Writer(choose, (*(place for one in accepts for place in seen_of(one)), *state))
    at = _Machine(choose, kept)
    at.put(0, f"machine {name}")
    at.put(1, "accepts")
    for one in accepts:
        at.put(2, declared(one))
    at.put(1, "responds with")
    for field_, of in kept:
        at.put(2, f"{field_} as {shapes.written(of)}{_modifier(of)} from state.{field_}")
    at.put(2, "told as text from told")
    at.put(1, "implements")
    at.put(2, "state")
    for field_, of in kept:
        at.put(3, f"{field_} as {shapes.written(of)}{_default(choose, of)}")
    flows = FLOWS[: choose.number(0, 2)]
    at.flows = flows
    _steps(at, writer, 2, choose.number(1, 4), 2)
    at.put(2, "compute told")
    at.put(3, writer.expression(TEXT, DEPTH))
    for position, flow in enumerate(flows):
        at.flows = flows[:position]
        at.put(2, f"flow {flow}")
        _steps(at, writer, 3, choose.number(1, 2), 1)
    return Program(name, "\n".join(at.lines) + "\n", accepts)


def _shape(choose: Chooser) -> Shape:
    of = choose.pick(KEPT)
    return of.or_null if choose.number(0, 2) == 0 else of


def _modifier(of: Shape) -> str:
    return " is optional," if of.nullable else ","


def _default(choose: Chooser, of: Shape) -> str:
    if of.nullable:
        return ""
    if of == INTEGER and choose.number(0, 1):
        return ", default: 0, range: [-1000, 1000]"
    if of.word == "list":
        return ", default: []"
    return f", default: {Writer(choose, ()).expression(of, 0, hinted=True)}"


def _steps(at: _Machine, writer: Writer, depth: int, count: int, deeper: int) -> None:
    for _ in range(count):
        kinds = [_set, _set, _compute]
        kinds += [_decide, _loop, _attempt] if deeper else []
        kinds += [_run] if at.flows else []
        at.choose.pick(kinds)(at, writer, depth, deeper)


def _set(at: _Machine, writer: Writer, depth: int, _: int) -> None:
    name, of = at.choose.pick(at.kept)
    at.put(depth, f"set state.{name} = {writer.expression(of, DEPTH, hinted=True)}")


def _compute(at: _Machine, writer: Writer, depth: int, _: int) -> None:
    at.put(depth, f"compute {at.name()}")
    at.put(depth + 1, writer.expression(at.choose.pick(KEPT), DEPTH))


def _run(at: _Machine, _: Writer, depth: int, __: int) -> None:
    at.put(depth, f"run flow({at.choose.pick(at.flows)})")


def _decide(at: _Machine, writer: Writer, depth: int, deeper: int) -> None:
    at.put(depth, f"decide {at.name()}")
    for _ in range(at.choose.number(1, 2)):
        nullable = [(name, of) for name, of in at.kept if of.nullable]
        if nullable and at.choose.number(0, 1):
            name, of = at.choose.pick(nullable)
            at.put(depth + 1, f"when state.{name} is not null")
            _arm(at, _shown(writer, f"state.{name}", of), depth + 2, deeper, (name, of))
            continue
        at.put(depth + 1, f"when {writer.expression(BOOLEAN, DEPTH)}")
        _arm(at, writer, depth + 2, deeper)
    if at.choose.number(0, 1):
        at.put(depth + 1, "otherwise")
        _arm(at, writer, depth + 2, deeper)


def _shown(writer: Writer, path: str, of: Shape) -> Writer:
    """Where a condition has shown that a field is not null. It may have been set since: then the
    checker must refuse what relies on it."""
    rest = tuple(place for place in writer.seen if place.path != path)
    return replace(writer, seen=(*rest, Seen(path, of.present)))


def _arm(
    at: _Machine,
    writer: Writer,
    depth: int,
    deeper: int,
    shown: tuple[str, Shape] | None = None,
) -> None:
    _steps(at, writer, depth, at.choose.number(1, 2), deeper - 1)
    if shown is not None and shown[1].present != BOOLEAN:
        name, of = shown
        sized = of.word in ("text", "list")
        at.put(depth, f"compute {at.name()}")
        at.put(depth + 1, f"state.{name}.length" if sized else f"[-state.{name}]")
    at.put(depth, "0")


def _loop(at: _Machine, writer: Writer, depth: int, deeper: int) -> None:
    item = at.choose.pick((INTEGER, TEXT))
    variable = f"item_{depth}"
    at.put(depth, f"for each {variable} in {writer.expression(list_of(item), DEPTH)}")
    _steps(at, writer.also(Seen(variable, item)), depth + 1, at.choose.number(1, 2), deeper - 1)


def _attempt(at: _Machine, writer: Writer, depth: int, deeper: int) -> None:
    """A body that may fail after it has set something."""
    at.put(depth, f"decide {at.name()}")
    at.put(depth + 1, "when true")
    _steps(at, writer, depth + 2, at.choose.number(1, 2), deeper - 1)
    at.put(depth + 2, writer.expression(INTEGER, DEPTH))
    at.put(depth + 2, "on failure")
    _steps(at, writer, depth + 3, 1, deeper - 1)
    at.put(depth + 3, "0")
