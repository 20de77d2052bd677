"""No text makes the parser raise, hang, or point outside of the file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanvasc.syntax import parse
from kanvasc.syntax.words import KEYWORDS
from tests.syntax.programs import STEPS, corpus, errors, source

PIECES = [
    *KEYWORDS,
    *"()[]{},:.?+-*/%<>=!\n'@\t",
    "\n  ", "\n    ", "\n      ", '"a"', "1", "x", '"${', '"""', "=>", "==", "??",
    "name", "as text", "a:", "responds with", "for each", "on failure", "allowed to", "//",
]  # fmt: skip
IN_COMPUTE = STEPS + "    compute x\n      "


def check(text: str) -> None:
    parsed = parse(source(text))
    for found in parsed.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text)
        assert all(
            0 <= e.span.start <= e.span.end <= len(text) for f in found.fixes for e in f.edits
        )
    assert parsed.tree == parse(source(text)).tree
    assert repr(parsed.tree)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(text)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(data.decode("utf-8", "replace"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=80), st.sampled_from(["", IN_COMPUTE]))
def test_any_pieces(pieces: list[str], head: str) -> None:
    check(head + " ".join(pieces))


@pytest.mark.parametrize("name", ["live_metrics", "orders"])
def test_every_truncation(name: str) -> None:
    text = corpus()[name]
    for end in range(0, len(text), 3):
        check(text[:end])


DEEP = {
    "brackets": IN_COMPUTE + "[" * 100_000,
    "closed brackets": IN_COMPUTE + "(" * 50_000 + "1" + ")" * 50_000,
    "not": IN_COMPUTE + "not " * 10_000 + "a",
    "minus": IN_COMPUTE + "- " * 50_000 + "a",
    "plus": IN_COMPUTE + "a + " * 10_000 + "a",
    "conditional": IN_COMPUTE + "a ? b : " * 10_000 + "a",
    "members": IN_COMPUTE + "a" + ".b" * 10_000,
    "list of": "machine m\n  accepts\n    a as " + "list of " * 10_000 + "text",
    "objects": "machine m\n  accepts\n    a as " + "object {a as " * 10_000,
    "texts": IN_COMPUTE + '"${' * 5_000 + "1" + '}"' * 5_000,
    "bodies": STEPS + "".join("  " * (i + 2) + "for each x in y\n" for i in range(1_000)),
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_a_finding(name: str) -> None:
    check(DEEP[name])
    assert "K0017" in [found.code for found in errors(DEEP[name])]


def test_many_arms_are_not_deep() -> None:
    arms = "      else if a\n        1\n" * 10_000
    text = STEPS + "    decide d\n      if a\n        1\n" + arms
    assert errors(text) == []


def test_long_lists_are_not_deep() -> None:
    assert errors(IN_COMPUTE + "[" + "1, " * 20_000 + "1]") == []
