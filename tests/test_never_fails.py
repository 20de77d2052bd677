"""Whatever is in a file, `check` answers with findings or without, and never fails or hangs."""

from __future__ import annotations

import random
import re
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kanvasc.cli.reading import text_of
from kanvasc.diagnostics import Diagnostic
from kanvasc.diagnostics.run import Run
from kanvasc.diagnostics.text import Style, render
from kanvasc.pipeline import Compilation
from kanvasc.source import Source

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*/app.kanvas"))
TRUNCATIONS = 250
WORDS = sorted(
    {
        word
        for path in EXAMPLES
        for word in re.findall(r"\w+|[^\w\s]|\s+", path.read_text(encoding="utf-8"))
    }
)


def findings(text: str) -> tuple[Diagnostic, ...]:
    """All findings, rendered in every way, and the plan and output where there are none."""
    source = Source("app.kanvas", text)
    compilation = Compilation(source)
    found = compilation.diagnostics
    for diagnostic in found:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.title
        said = f"{diagnostic.title} {diagnostic.label} {diagnostic.help} {diagnostic.why}"
        for leak in ("Python", "Lark", "Traceback", "NoneType", "kanvasc.types"):
            assert leak not in said or leak in text
    assert render(source, found, Style()).count("\n") >= len(found)
    run = Run(((source, found),), Path("/work"))
    for name in ("json", "concise", "github", "gitlab", "sarif", "junit"):
        written = import_module(f"kanvasc.diagnostics.{name}").document(run)
        assert written.count("\n") >= len(found)
    if compilation.ok:
        assert compilation.plan.file == "app.kanvas"
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_random_bytes(content: bytes) -> None:
    findings(text_of(content))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_random_text(text: str) -> None:
    findings(text)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(WORDS), max_size=120))
def test_soup_of_the_examples_words(words: list[str]) -> None:
    findings(" ".join(words))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(WORDS), max_size=120))
def test_soup_without_spaces_added(words: list[str]) -> None:
    findings("".join(words))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_truncations_of_an_example(path: Path) -> None:
    """Every one of a short example; of a long one some hundreds, since each costs its length."""
    text = path.read_text(encoding="utf-8")
    for end in range(0, len(text) + 1, len(text) // TRUNCATIONS + 1):
        findings(text[:end])


@pytest.mark.soak
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_every_truncation_of_an_example(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for end in range(len(text) + 1):
        findings(text[:end])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_with_one_piece_lost_or_doubled(path: Path) -> None:
    pieces = re.findall(r"\w+|[^\w\s]|\s+", path.read_text(encoding="utf-8"))
    chance = random.Random(7)
    for _ in range(100):
        at = chance.randrange(len(pieces))
        again = pieces[at] if chance.random() < 0.5 else chance.choice(WORDS)
        changed = [*pieces[:at], *([] if chance.random() < 0.4 else [again]), *pieces[at + 1 :]]
        findings("".join(changed))
