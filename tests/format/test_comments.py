"""Comments in every gap between two signs: none is lost, none changes its place or its item."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanvasc.format import format_program
from kanvasc.format.order import same
from kanvasc.format.printer import Placed, Printer
from kanvasc.format.program import sound_text
from kanvasc.format.regions import breaking
from kanvasc.format.written import Written
from kanvasc.source import Source
from kanvasc.syntax import parse
from kanvasc.syntax.scanner import NUMBER, STRING, WORD, scan
from tests.syntax.programs import corpus

PROGRAMS = corpus()
COUNTED = (WORD, NUMBER, STRING)


@cache
def plain(name: str) -> str:
    """The program in canonical layout, so that nothing but comments can move."""
    return format_program(Source(name, PROGRAMS[name])).text


@cache
def gaps(name: str) -> list[tuple[int, bool]]:
    starts = [piece.start for piece in scan(Source(name, plain(name))).pieces]
    return [(start, own) for start in starts for own in (True, False)]


def with_comments(name: str, chosen: set[tuple[int, bool]]) -> str:
    """Comments in some gaps: on a line of their own, or at the end of one."""
    text, out, at = plain(name), [], 0
    for number, (start, own) in enumerate(sorted(chosen)):
        margin = start - text.rfind("\n", 0, start) - 1
        out += [text[at:start], "\n" + " " * margin if own else " ", f"// mark {number}\n"]
        out.append(" " * margin)
        at = start
    return "".join([*out, text[at:]])


def words_before(text: str) -> list[tuple[str, int]]:
    """Each comment with the number of words, numbers and texts before it."""
    found = scan(Source("", text))
    ends = [piece.start for piece in found.pieces if piece.kind in COUNTED]
    return [(c.text, bisect_left(ends, c.span.start)) for c in found.comments]


@cache
def items(name: str) -> list[tuple[int, int]]:
    """Each item of the program, as numbers of words, numbers and texts."""
    source = Source(name, plain(name))
    written = Written(source)
    printer = Printer(written)
    sound_text(printer, parse(source).tree)
    starts = [piece.start for piece in written.pieces if piece.kind in COUNTED]
    found: list[tuple[int, int]] = []
    pending: list[Placed] = [*printer.placed]
    while pending:
        item = pending.pop()
        pending += item.children
        span = item.span
        found.append((bisect_left(starts, span.start), bisect_left(starts, span.end)))
    return found


def innermost(name: str, place: int) -> tuple[int, int]:
    inside = [(start, end) for start, end in items(name) if start < place < end]
    return min(inside, key=lambda item: item[1] - item[0], default=(place, place))


@pytest.mark.parametrize("name", PROGRAMS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_comments_stay(name: str, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(gaps(name)), min_size=1, max_size=4))
    text = with_comments(name, chosen)
    before = parse(Source(name, text))
    if breaking(before.diagnostics) or not same(before.tree, parse(Source(name, plain(name))).tree):
        return  # Here a line cannot end.
    result = format_program(Source(name, text)).text
    assert format_program(Source(name, result)).text == result
    old, new = words_before(text), words_before(result)
    assert [comment for comment, _ in new] == [comment for comment, _ in old]
    for (_, place), (_, now) in zip(old, new, strict=True):
        start, end = innermost(name, place)
        assert start <= now <= end
        assert abs(now - place) <= 4


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_comment_on_each_line(name: str) -> None:
    """One behind each line, and one above it."""
    lines = plain(name).split("\n")
    kept = [line for line in lines if line.strip() and '"""' not in line]
    marked: list[str] = []
    inside = False
    for number, line in enumerate(lines):
        if inside or not line.strip() or '"""' in line:
            inside ^= line.count('"""') % 2 == 1
            marked.append(line)
            continue
        margin = line[: len(line) - len(line.lstrip())]
        behind = "" if "//" in line else f" // behind {number}"
        if line.strip()[0] not in ")]}":  # There it would belong to the items inside.
            marked.append(f"{margin}// above {number}")
        marked.append(f"{line}{behind}")
    text = "\n".join(marked)
    assert len(kept) > 10
    assert format_program(Source(name, text)).text == text
