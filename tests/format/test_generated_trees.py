"""Any tree, printed and read again, is that tree; printed twice, it is the same text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kanvasc.format import format_file, format_program
from kanvasc.format.order import same
from kanvasc.source import Source
from kanvasc.syntax import parse, tree
from tests.format import trees

NOT_MADE = {tree.Node, tree.Missing, tree.Unsupported, tree.Comment}
"""What holds nothing that can be printed, or only what stands in a source."""


def check(file: tree.File) -> None:
    text = format_file(file)
    parsed = parse(Source("made.kanvas", text))
    found = [found.title for found in parsed.diagnostics if found.severity == "error"]
    assert found == [], text
    assert same(parsed.tree, file), text
    assert format_program(Source("made.kanvas", text)).text == text


@settings(max_examples=60, deadline=None)
@given(trees.files)
def test_any_file(file: tree.File) -> None:
    check(file)


def in_compute(value: tree.Expr) -> tree.File:
    compute = tree.Compute(trees.AT, tree.Name(trees.AT, "x"), (), value)
    section = tree.Implements(trees.AT, (), (compute,), ())
    machine = tree.Machine(trees.AT, tree.Name(trees.AT, "m"), None, (section,))
    return tree.File(trees.AT, (), (), (machine,))


@settings(max_examples=200, deadline=None)
@given(trees.expressions)
def test_any_expression(value: tree.Expr) -> None:
    check(in_compute(value))


@settings(max_examples=60, deadline=None)
@given(st.lists(trees.steps, min_size=1, max_size=3))
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

    @settings(max_examples=200, deadline=None, database=None)
    @given(trees.files)
    def collect(file: tree.File) -> None:
        pending: list[object] = [file]
        while pending:
            found = pending.pop()
            if isinstance(found, tuple):
                pending += found
            elif isinstance(found, tree.Node):
                seen.add(type(found))
                pending += [getattr(found, name) for name in found.__dataclass_fields__]

    collect()
    assert missing - seen == set()
