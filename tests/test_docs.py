"""The documentation's programs compile, and its lists are those of the compiler."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.types.library import CONSTANTS, FUNCTIONS, METHODS, LibraryFunction

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("docs/**/*.md"))
PROGRAMS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, block in enumerate(
        re.findall(r"^```kanvas\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M)
    )
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_of_the_documentation_has_no_findings(program: str) -> None:
    assert [d.title for d in Compilation(Source("docs.kanvas", program)).diagnostics] == []


def row(function: LibraryFunction) -> str:
    return f"| `{function.signature}` | {function.doc} |"


def library_page() -> str:
    """docs/library.md, from the one table of the library."""
    groups: dict[str, list[LibraryFunction]] = {}
    for function in METHODS:
        kind = function.signature.split(" ")[0].split(".")[0]
        groups.setdefault(kind.capitalize(), []).append(function)
    for function in FUNCTIONS:
        space = function.name.rpartition(".")[0] or "Conversions"
        groups.setdefault(space, []).append(function)
    lines = [
        "# The library",
        "",
        "Every function of the expression language. `T` and `U` stand for any type, `N` for a",
        "numeric one, `O` for one that has an order; `?` marks what may be left out. `length` is a",
        "property of texts, lists and maps. `now()` is the time at which the run began.",
    ]
    for group, functions in groups.items():
        lines += ["", f"## {group}", "", "| function | gives |", "|---|---|", *map(row, functions)]
    constants = ", ".join(f"`{name}` = {value}" for name, value in CONSTANTS.items())
    return "\n".join([*lines, "", f"Constants: {constants}.", ""])


def test_the_library_page_is_the_library() -> None:
    page = ROOT / "docs" / "library.md"
    if os.environ.get("KANVAS_UPDATE_GOLDEN"):
        page.write_text(library_page(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == library_page()


@pytest.mark.parametrize("page", [*PAGES, *ROOT.glob("*.md")], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
