"""Programs whose steps hold other steps: loops, matches, branches, repeats, recoveries, flows, and
a second machine that the first one calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.soundness import shapes
from tests.soundness.choosing import Chooser
from tests.soundness.expressions import Seen, Writer
from tests.soundness.programs import FIXED, Program, accepted_fields, declared, seen_of
from tests.soundness.shapes import (
    BOOLEAN,
    DECIMAL,
    INTEGER,
    NUMBER,
    TEXT,
    Shape,
    list_of,
    text_literal,
)

DEPTH = 2
NAMES = ("one", "type", "self_", "total")
HELPER = "helper"
HELPER_INPUTS = (
    ("n", INTEGER, True),
    ("word", TEXT, False),
    *((name, of, True) for name, of in FIXED),
)
FLOWS = ("tidy", "run_it")
VALUES = (TEXT, INTEGER, NUMBER, DECIMAL, BOOLEAN, list_of(INTEGER), list_of(TEXT))
KINDS = ("timeout", "denied", "invalid_output", "provider", "http", "runtime")
MATCHED = {
    "integer": ("0", "1", "-1", "2", "7"),
    "text": tuple(text_literal(text) for text in shapes.TEXTS[:6]),
    "boolean": ("true", "false"),
}


@dataclass
class _Made:
    """What is written so far. `helper`: the outputs of the machine that can be called; `names`:
    steps that no body sees, so that other bodies may have them, too."""

    choose: Chooser
    lines: list[str] = field(default_factory=list)
    flows: tuple[tuple[str, Shape], ...] = ()
    helper: tuple[tuple[str, Shape], ...] = ()
    calls: bool = False
    names: int = 0

    def put(self, depth: int, line: str) -> None:
        self.lines.append("  " * depth + line)

    def name(self) -> str:
        self.names += 1
        return f"inner_{self.names}"


def control_program(choose: Chooser, name: str) -> Program:
    """One machine with its helper, which is the second one of the text."""
    accepts = accepted_fields(choose)
    writer = Writer(choose, tuple(place for one in accepts for place in seen_of(one)))
    made = _Made(choose)
    flows = _flows(made, writer)
    helper = _helper(made)
    for step in NAMES[: choose.number(1, 4)]:
        writer = writer.also(*_step(made, writer, step, 2, 2))
    outputs = [(f"out{n}", choose.pick(VALUES)) for n in range(choose.number(1, 3))]
    entries = ", ".join(f"{out}: {writer.expression(s, DEPTH, hinted=True)}" for out, s in outputs)
    head = [f"machine {name}", "  accepts", *(f"    {declared(one)}" for one in accepts)]
    head += ["  responds with", *(f"    {out} as {shapes.written(s)}" for out, s in outputs)]
    if made.calls:
        head += ["  ensures", "    permissions", "      allowed to", f'        call "{HELPER}"']
    body = ["  implements", *made.lines, "    compute answer", f"      {{{entries}}}", *flows]
    return Program(name, "\n".join([*head, *body, "", *helper]) + "\n", accepts)


def _flows(made: _Made, writer: Writer) -> list[str]:
    """Each may run those before it."""
    for name in FLOWS[: made.choose.number(0, 2)]:
        of = made.choose.pick(VALUES)
        made.put(2, f"flow {name}")
        _body(made, writer, of, 3, 1)
        made.flows = (*made.flows, (name, of))
    written, made.lines = made.lines, []
    return written


def _helper(made: _Made) -> list[str]:
    made.helper = tuple((f"got{n}", made.choose.pick(VALUES)) for n in range(2))
    seen = [Seen(f"input.{n}", of if needed else of.or_null) for n, of, needed in HELPER_INPUTS]
    at = Writer(made.choose, tuple(seen))
    entries = ", ".join(f"{out}: {at.expression(s, 1, hinted=True)}" for out, s in made.helper)
    needed = {True: " is required", False: ""}
    return [
        f"machine {HELPER}",
        "  accepts",
        *(f"    {n} as {shapes.written(of)}{needed[must]}" for n, of, must in HELPER_INPUTS),
        "  responds with",
        *(f"    {out} as {shapes.written(s)}" for out, s in made.helper),
        "  implements",
        "    compute answer",
        f"      {{{entries}}}",
    ]


Kind = Callable[[_Made, Writer, str, int, int], list[Seen]]


def _step(made: _Made, at: Writer, name: str, depth: int, deeper: int) -> list[Seen]:
    """Writes a step; what those behind it see of it."""
    kinds: list[Kind] = [_compute, _call]
    kinds += [_match, _match, _loop, _loop, _together, _retry, _retry] if deeper else []
    return made.choose.pick(kinds)(made, at, name, depth, deeper)


def _body(
    made: _Made, at: Writer, of: Shape, depth: int, deeper: int, *, seen_after: bool = True
) -> None:
    """Steps of its own, a value, and perhaps what to do where one fails. `seen_after`: that sees
    the steps."""
    inner = at
    before: list[Seen] = []
    for _ in range(made.choose.number(0, 2 if deeper else 0)):
        seen = _step(made, inner, made.name(), depth, deeper - 1)
        before += seen
        inner = inner.also(*seen)
    flows = [name for name, given in made.flows if given == of]
    if flows and made.choose.number(0, 1):
        made.put(depth, f"run flow({made.choose.pick(flows)})")
    else:
        made.put(depth, inner.expression(of, DEPTH))
    if made.choose.number(0, 2) == 0:
        made.put(depth, "on failure")
        maybe = [
            Seen(s.path, s.shape.or_null, False)
            for s in before
            if s.path.count(".") == 1 and seen_after
        ]
        failed = at.also(*maybe, Seen("error.type", Shape("enum", values=KINDS)))
        made.put(depth + 1, failed.expression(of, DEPTH))


def _compute(made: _Made, at: Writer, name: str, depth: int, _: int) -> list[Seen]:
    of = made.choose.pick(VALUES)
    made.put(depth, f"compute {name}")
    made.put(depth + 1, at.expression(of, DEPTH))
    return [Seen(f"steps.{name}", of, declared=False)]


def _call(made: _Made, at: Writer, name: str, depth: int, deeper: int) -> list[Seen]:
    if not made.helper:  # a flow, written before what it could call
        return _compute(made, at, name, depth, deeper)
    made.calls = True
    made.put(depth, f'ask {name}, from: "{HELPER}"')
    for word, of, needed in HELPER_INPUTS:
        if needed or made.choose.number(0, 1):
            made.put(depth + 1, f"{word}: {at.expression(of, 1, hinted=True)}")
    return [Seen(f"steps.{name}.{out}", of) for out, of in made.helper]


def _match(made: _Made, at: Writer, name: str, depth: int, deeper: int) -> list[Seen]:
    kinds = [place for place in at.seen if place.declared and place.shape.word in MATCHED]
    kinds += [place for place in at.seen if place.declared and place.shape.word == "enum"]
    if not kinds:
        return _compute(made, at, name, depth, deeper)
    place, of = made.choose.pick(kinds), made.choose.pick(VALUES)
    known = MATCHED.get(place.shape.word) or tuple(map(text_literal, place.shape.values))
    left = [*known, *(("null",) if place.shape.nullable else ())]
    size = len(left)
    made.put(depth, f"decide {name}")
    made.put(depth + 1, f"match {place.path}")
    while len(left) == size or (left and made.choose.number(0, 5)):
        taken = [left.pop(made.choose.number(0, len(left) - 1)) for _ in left[:2]]
        made.put(depth + 2, f"{', '.join(taken)} =>")
        _body(made, at, of, depth + 3, deeper - 1)
    closed = place.shape.word in ("enum", "boolean")
    whole = closed and not left
    if not whole and made.choose.number(0, 2):
        made.put(depth + 2, "otherwise =>")
        _body(made, at, of, depth + 3, deeper - 1)
        whole = True
    return [Seen(f"steps.{name}", of if whole else of.or_null, declared=False)]


def _loop(made: _Made, at: Writer, name: str, depth: int, deeper: int) -> list[Seen]:
    items, item = at.some_list(1)
    of, variable = made.choose.pick(VALUES), f"item_{depth}"
    at_once = ", concurrency: 2" if made.choose.number(0, 2) == 0 else ""
    made.put(depth, f"for each {variable} in {items} as {name}{at_once}")
    inner = at.also(Seen(variable, item, declared=False), Seen("loop.index", INTEGER))
    _body(made, inner, of, depth + 1, deeper - 1)
    return [Seen(f"steps.{name}", list_of(of), declared=False)]


def _together(made: _Made, at: Writer, name: str, depth: int, deeper: int) -> list[Seen]:
    made.put(depth, f"together {name}")
    found: list[Seen] = []
    for _ in range(made.choose.number(1, 3)):
        child = made.name()
        for seen in _step(made, at, child, depth + 1, deeper - 1):
            path = seen.path.replace("steps.", f"steps.{name}.", 1)
            found.append(Seen(path, seen.shape, declared=False))
    return found


def _retry(made: _Made, at: Writer, name: str, depth: int, deeper: int) -> list[Seen]:
    of = made.choose.pick(VALUES)
    made.put(depth, f"retry {name}, max: {made.choose.number(1, 2)}, delay: 0")
    _body(made, at, of, depth + 1, deeper - 1, seen_after=False)
    return [Seen(f"steps.{name}", of, declared=False)]
