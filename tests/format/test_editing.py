"""What an editor asks for: some items only, and where the next line begins."""

from __future__ import annotations

import pytest

from kanvasc.format import format_program, format_range, indentation
from kanvasc.format.older import applied
from kanvasc.format.order import same
from kanvasc.source import Source, Span
from kanvasc.syntax import parse
from tests.syntax.programs import corpus

MESSY = """\
machine m
  accepts
    a    as text
    b    as text
  implements
    compute x
      let c   = 1
      let d   = [1,2]
      c+d
    decide y
      when a==1   "one"
      otherwise   2
"""


def edited(text: str, part: str, until: str = "") -> str:
    source = Source("app.kanvas", text)
    start = text.index(part)
    end = text.index(until) + len(until) if until else start + len(part)
    return applied(text, format_range(source, Span(start, end)))


def test_one_line_is_one_item() -> None:
    assert edited(MESSY, "let d") == MESSY.replace("d   = [1,2]", "d = [1, 2]")
    assert edited(MESSY, "b    as") == MESSY.replace("b    as", "b as")


def test_lines_of_one_block() -> None:
    after = MESSY.replace("c   =", "c =").replace("d   = [1,2]", "d = [1, 2]")
    assert edited(MESSY, "let c", "let d") == after


def test_a_heading_is_its_item() -> None:
    after = MESSY.replace('when a==1   "one"', 'when a == 1\n        "one"')
    after = after.replace("otherwise   2", "otherwise\n        2")
    assert edited(MESSY, "decide y") == after


def test_the_indentation_around_stays() -> None:
    shifted = MESSY.replace("\n  ", "\n")
    assert edited(shifted, "let d") == shifted.replace("d   = [1,2]", "d = [1, 2]")


def test_nothing_moves_while_there_are_errors() -> None:
    assert format_range(Source("app.kanvas", MESSY + "    let let"), Span(0, 99)) == []


@pytest.mark.parametrize("name", corpus())
def test_any_line_alone_keeps_the_meaning(name: str) -> None:
    text = corpus()[name].replace(", ", "  ,  ")
    source = Source(name, text)
    tree = parse(source).tree
    for start in source.line_starts[:-1:7]:
        once = applied(text, format_range(source, Span(start, start + 1)))
        assert same(parse(Source(name, once)).tree, tree)


TYPED = {
    "machine m\n": 2,
    "machine m\n  accepts\n": 4,
    "machine m\n  accepts\n    a as text\n": 4,
    "machine m\n  responds with\n": 4,
    "machine m\n  implements\n    compute x\n": 6,
    "machine m\n  implements\n    compute x\n      let a = [\n": 8,
    "machine m\n  implements\n    compute x\n      let a = [\n        1,\n": 8,
    "machine m\n  implements\n    compute x\n      let a = 1 +\n": 8,
    "machine m\n  implements\n    decide x\n      when input.a > 1\n": 8,
    "machine m\n  implements\n    decide x\n      when input.a > 1\n        1\n": 8,
    "machine m\n  implements\n    for each x in input.y\n": 6,
    "machine m\n  expresses\n    page\n": 6,
    'machine m\n  verifies\n    test "one"\n': 6,
    "machine m\n  accepts\n    when as text\n": 4,
    "": 0,
    "// only words\n": 0,
}


@pytest.mark.parametrize("text", TYPED)
def test_where_the_next_line_begins(text: str) -> None:
    assert indentation(Source("app.kanvas", text), max(text.count("\n"), 1)) == TYPED[text]


@pytest.mark.parametrize("name", corpus())
def test_each_first_line_of_a_block_begins_there(name: str) -> None:
    text = format_program(Source(name, corpus()[name])).text
    source = Source(name, text)
    lines = text.split("\n")
    right = deeper = 0
    for number in range(1, len(lines) - 1):
        margins = [len(line) - len(line.lstrip()) for line in lines[number - 1 : number + 1]]
        if lines[number].strip() and margins[1] > margins[0]:
            deeper += 1
            right += indentation(source, number) == margins[1]
    assert right >= deeper * 0.8
