"""Any tree, printed and read again, is that tree; printed twice, it is the same text."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kanvasc import records
from kanvasc.format import format_file, format_program
from kanvasc.format.order import same
from kanvasc.source import Source
from kanvasc.syntax import parse, tree
from tests.format import trees

# A strategy for whole programs has a long name; it is only ever shown when a test fails.
pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
FOUND_AS_IT_IS = [Phase.explicit, Phase.reuse, Phase.generate]
"""Whole programs take long to make, and longer to make smaller."""


@st.composite
def files(draw: st.DrawFn) -> tree.File:
    file: tree.File = draw(trees.files)
    return file


@st.composite
def steps_in_a_row(draw: st.DrawFn) -> list[tree.Step]:
    count = draw(st.integers(1, 3))
    return [draw(trees.steps) for _ in range(count)]


@st.composite
def some_parts(draw: st.DrawFn) -> tuple[tree.Node, ...]:
    rare = (trees.ensured, trees.configuration, trees.steps, trees.surfaces, trees.sections)
    return tuple(draw(kind) for kind in rare for _ in range(3))


NOT_MADE = {tree.Node, tree.Missing, tree.Unsupported, tree.Comment}
"""What holds nothing that can be printed, or only what stands in a source."""


def check(file: tree.File) -> None:
    text = format_file(file)
    parsed = parse(Source("made.kanvas", text))
    found = [found.title for found in parsed.diagnostics if found.severity == "error"]
    assert found == [], text
    assert same(parsed.tree, file), text
    assert format_program(Source("made.kanvas", text)).text == text


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW, phases=FOUND_AS_IT_IS)
@given(files())
def test_any_file(file: tree.File) -> None:
    check(file)


def in_compute(value: tree.Expr) -> tree.File:
    compute = tree.Compute(trees.AT, tree.Name(trees.AT, "x"), (), value)
    section = tree.Implements(trees.AT, (), (compute,), ())
    machine = tree.Machine(trees.AT, tree.Name(trees.AT, "m"), None, (section,))
    return tree.File(trees.AT, (), (), (machine,))


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW, phases=FOUND_AS_IT_IS)
@given(trees.expressions)
def test_any_expression(value: tree.Expr) -> None:
    check(in_compute(value))


@settings(max_examples=25, deadline=None, suppress_health_check=SLOW, phases=FOUND_AS_IT_IS)
@given(steps_in_a_row())
def test_any_steps(steps: list[tree.Step]) -> None:
    section = tree.Implements(trees.AT, (), tuple(steps), ())
    machine = tree.Machine(trees.AT, tree.Name(trees.AT, "m"), None, (section,))
    check(tree.File(trees.AT, (), (), (machine,)))


def test_every_kind_of_node_is_made() -> None:
    kinds = {
        kind
        for kind in vars(tree).values()
        if isinstance(kind, type) and issubclass(kind, tree.Node)
    }
    missing = kinds - NOT_MADE
    seen: set[type] = set()

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=SLOW,
        phases=FOUND_AS_IT_IS,
        database=None,
    )
    @given(files(), some_parts())
    def collect(file: tree.File, parts: tuple[tree.Node, ...]) -> None:
        pending: list[object] = [file, parts]
        while pending:
            found = pending.pop()
            if isinstance(found, tuple):
                pending += found
            elif isinstance(found, tree.Node):
                seen.add(type(found))
                pending += [getattr(found, one.name) for one in records.fields(found)]

    collect()
    assert missing - seen == set()
