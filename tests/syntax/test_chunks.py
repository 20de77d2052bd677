"""Parsing again what changed gives what parsing all of it gives."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.source import Source
from kanvasc.syntax import parse
from kanvasc.syntax.chunks import Chunks, starts

ROOT = Path(__file__).parents[2]
PROGRAMS = [
    path.read_text(encoding="utf-8")
    for path in sorted(
        (*ROOT.glob("examples/*/[!.]*.kanvas"), *ROOT.glob("tests/corpus/syntax/*.kanvas"))
    )
]
CHUNKS = Chunks()
"""One for all, so that what it remembers of one text is there for the next."""


def whole(text: str) -> bool:
    """Whether nothing in it is broken."""
    said = parse(Source("app.kanvas", text)).diagnostics
    return all(found.severity is not Severity.ERROR for found in said)


def certain(said: tuple[Diagnostic, ...]) -> list[Diagnostic]:
    """Without what is said of margins, which are judged by those of the whole file."""
    return [found for found in said if found.code not in ("K0015", "K0018")]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(PROGRAMS), min_size=1, max_size=2), st.data())
def test_a_change_is_read_as_if_all_were_new(programs: list[str], data: st.DataObject) -> None:
    text = "\n".join(programs)
    for _ in range(3):
        start = data.draw(st.integers(0, len(text)))
        removed = data.draw(st.integers(0, 3))
        added = data.draw(st.sampled_from(["", "x", " ", "\n", "// so\n", "1", ", "]))
        changed = f"{text[:start]}{added}{text[start + removed :]}"
        source = Source("app.kanvas", changed)
        parts, all_ = CHUNKS.parse(source), parse(source)
        if whole(changed):
            assert parts.tree == all_.tree
            assert certain(parts.diagnostics) == certain(all_.diagnostics)
            text = changed
        else:
            # Where one is broken, the next may be read otherwise; both know that it is broken.
            assert any(one.severity is Severity.ERROR for one in parts.diagnostics)


def test_spans_are_places_in_the_whole_text() -> None:
    source = Source("app.kanvas", "\n".join(PROGRAMS))
    parts, all_ = CHUNKS.parse(source).tree, parse(source).tree
    assert [one.span for one in parts.machines] == [one.span for one in all_.machines]
    assert [one.name.span for one in parts.machines] == [one.name.span for one in all_.machines]
    assert [one.span for one in parts.comments] == [one.span for one in all_.comments]


def test_only_what_changed_is_parsed() -> None:
    chunks = Chunks()
    before = chunks.parse(Source("app.kanvas", "machine a\n\nmachine b\n\nmachine c\n"))
    after = chunks.parse(Source("app.kanvas", "machine a\n\nmachine d\n\nmachine c\n"))
    same = [old is new for old, new in zip(before.tree.machines, after.tree.machines, strict=True)]
    assert same == [True, False, True]


def test_a_declaration_in_a_text_begins_no_part() -> None:
    text = 'machine a\n  implements\n    compute b\n      """\nmachine c\n"""\nmachine d\n'
    assert [text[start : start + 9] for start in starts(text)] == ["machine a", "machine d"]
    source = Source("app.kanvas", text)
    assert Chunks().parse(source).diagnostics == parse(source).diagnostics
