"""Every registered code explains itself, and its two programs show it and nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kanvasc.diagnostics import CODES, Code, explain
from tests.diagnostics.programs import codes, findings

PAGE = Path(__file__).parents[2] / "docs" / "diagnostics.md"
FOREIGN = re.compile(r"\b([Pp]ython|[Ll]ark|[Tt]okens?|[Pp]arser|LALR|None|[Tt]raceback)\b")
"""Words that say how the compiler is made, which is nobody's concern."""

entries = pytest.mark.parametrize("entry", CODES.values(), ids=CODES)


@entries
def test_a_code_explains_itself(entry: Code) -> None:
    assert re.fullmatch(r"K[0-79]\d{3}", entry.code)
    assert entry.severity in ("error", "warning", "hint")
    assert 8 <= len(entry.title) <= 80
    assert entry.title[0].isupper()
    assert not entry.title.endswith(".")
    assert len(entry.why) >= 40
    assert entry.why.endswith(".")
    assert not FOREIGN.search(f"{entry.title} {entry.why}")


@entries
def test_the_wrong_program_shows_the_code_and_nothing_else(entry: Code) -> None:
    assert set(codes(entry.wrong)) == {entry.code}


@entries
def test_the_right_program_shows_nothing(entry: Code) -> None:
    assert codes(entry.right) == []


def test_the_two_programs_differ_in_what_they_show_alone() -> None:
    for entry in CODES.values():
        assert entry.wrong != entry.right
        assert entry.wrong.endswith("\n")
        assert entry.right.endswith("\n")


def test_codes_stand_in_their_families() -> None:
    families = [code[:2] for code in CODES]
    assert families == sorted(families)


def test_the_page_of_codes_is_the_registry() -> None:
    """`KANVAS_UPDATE_GOLDEN=1` writes it anew."""
    page = explain.page(lambda source: findings(source.text, source.path))
    if os.environ.get("KANVAS_UPDATE_GOLDEN"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page
