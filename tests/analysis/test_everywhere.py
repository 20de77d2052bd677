"""Every question at every place of sound, wrong and half-typed programs: an answer, no failure."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanvasc.analysis import Analysis
from kanvasc.analysis.actions import actions, fix_all
from kanvasc.analysis.complete import complete
from kanvasc.analysis.folding import folds
from kanvasc.analysis.hints import hints
from kanvasc.analysis.hover import hover
from kanvasc.analysis.lenses import lenses
from kanvasc.analysis.navigate import definitions, selections, type_definitions
from kanvasc.analysis.outline import every, outline
from kanvasc.analysis.rename import NoRename, rename
from kanvasc.analysis.signature import signature
from kanvasc.analysis.tokens import tokens
from kanvasc.source import Source, Span

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(
    (
        path
        for path in (*ROOT.glob("examples/*/[!.]*.kanvas"), *ROOT.glob("tests/corpus/**/*.kanvas"))
        if path.is_file()
    ),
    key=str,
)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")


def ask_everything(text: str, offset: int) -> None:
    analysis = Analysis(Source("app.kanvas", text))
    whole = Span(0, len(text))
    found = hover(analysis, offset)
    assert found is None or found.code
    for place in (*definitions(analysis, offset), *type_definitions(analysis, offset)):
        assert 0 <= place.span.start < place.span.end <= len(place.source.text)
    spans = selections(analysis, offset)
    for inner, outer in pairwise(spans):
        assert outer.start <= inner.start
        assert inner.end <= outer.end
    completed = complete(analysis, offset)
    assert completed.span.start <= offset <= completed.span.end
    signature(analysis, offset)
    actions(analysis, Span(offset, offset))
    fix_all(analysis)
    hints(analysis, whole)
    lenses(analysis.tree)
    folds(analysis.source, analysis.tree)
    list(every(outline(analysis.source, analysis.tree)))
    last = 0
    for token in tokens(analysis):
        assert last <= token.span.start < token.span.end
        assert "\n" not in text[token.span.start : token.span.end]
        last = token.span.end


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PROGRAMS), st.data())
def test_a_program_cut_off_anywhere_answers(path: Path, data: st.DataObject) -> None:
    text = read(path)
    end = data.draw(st.integers(0, len(text)))
    ask_everything(text[:end], end)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(PROGRAMS), st.data())
def test_a_program_with_a_hole_in_it_answers(path: Path, data: st.DataObject) -> None:
    text = read(path)
    start = data.draw(st.integers(0, len(text)))
    end = min(start + data.draw(st.integers(0, 12)), len(text))
    ask_everything(f"{text[:start]}{text[end:]}", start)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/*/[!.]*.kanvas")), ids=lambda p: p.parent.name
)
def test_every_name_of_an_example_can_be_renamed_or_says_why_not(path: Path) -> None:
    text = read(path)
    analysis = Analysis(Source("app.kanvas", text))
    for occurrence in analysis.index.occurrences:
        if occurrence.role != "definition":
            continue
        try:
            (change,) = rename(analysis, occurrence.span.start, "another_name")
        except NoRename:
            continue
        renamed = Analysis(Source("app.kanvas", change.text))
        assert [d.code for d in renamed.diagnostics] == [d.code for d in analysis.diagnostics]
        assert len(renamed.index.occurrences) == len(analysis.index.occurrences)
