"""Programs before and after, and what holds for every program there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kanvasc.diagnostics import CODES
from kanvasc.format import format_program
from kanvasc.format.order import same
from kanvasc.source import Source
from kanvasc.syntax import parse
from tests.syntax.programs import corpus, line_a_section, one_line, sections_at_margin
from tests.syntax.test_layouts import INLINE, SEED

ROOT = Path(__file__).parents[2]
FIXTURES = sorted((ROOT / "tests" / "corpus" / "format").glob("*.before.kanvas"))
ALL = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder in ("examples", "templates", "tests/corpus")
    for path in sorted((ROOT / folder).rglob("*.kanvas"))
    if path.is_file()
} | {
    f"{code.code}-{kind}": text
    for code in CODES.values()
    for kind, text in (("wrong", code.wrong), ("right", code.right))
}


def formatted(text: str) -> str:
    return format_program(Source("app.kanvas", text)).text


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name.split(".")[0])
def test_before_and_after(path: Path) -> None:
    after = path.with_name(path.name.replace(".before.", ".after."))
    text = formatted(path.read_text("utf-8"))
    if os.environ.get("KANVAS_UPDATE_GOLDEN"):
        after.write_text(text, encoding="utf-8")
    assert text == after.read_text("utf-8")


@pytest.mark.parametrize("name", ALL)
def test_every_program_keeps_its_meaning_and_comes_to_rest(name: str) -> None:
    text = formatted(ALL[name])
    assert formatted(text) == text
    before, after = (parse(Source("app.kanvas", one)) for one in (ALL[name], text))
    older = any(found.code == "K1009" for found in after.diagnostics)
    assert (
        older
        or name.startswith(("K1009", "tests/corpus/wrong/K1009"))
        or ("older" in name or same(before.tree, after.tree))
    )


def without_blank_lines(text: str) -> str:
    return "\n".join(filter(str.strip, text.split("\n")))


@pytest.mark.parametrize("name", [*INLINE, "seed"])
def test_all_layouts_become_one(name: str) -> None:
    text = formatted({**INLINE, "seed": SEED}[name])
    for layout in (sections_at_margin, line_a_section, one_line):
        if name == "seed" and layout is one_line:
            continue  # Two machines: each begins a line.
        assert formatted(layout(text)) == text, layout.__name__


@pytest.mark.parametrize("name", corpus())
def test_margins_and_line_ends_do_not_count(name: str) -> None:
    text = formatted(corpus()[name])
    assert formatted(sections_at_margin(text)) == text
    assert formatted("\n\n" + text + "\n\n\n") == text
    assert formatted(text.replace("\n\n", "\n\n\n\n")) == text


A_SECTION_A_LINE = {"live_metrics"}
"""The example that shows the short layout."""


@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in ROOT.glob("examples/*/app.kanvas"))
)
def test_the_examples_are_laid_out(name: str) -> None:
    text = (ROOT / "examples" / name / "app.kanvas").read_text("utf-8")
    if name in A_SECTION_A_LINE:
        text = formatted(text)
        assert text.count("\n") > 5
    assert formatted(text) == text


def test_what_init_writes_is_laid_out() -> None:
    text = (ROOT / "templates" / "init" / "app.kanvas").read_text("utf-8")
    text = text.replace("NAME", "first")
    assert formatted(text) == text
