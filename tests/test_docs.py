"""The documentation's programs compile, and its lists are those of the compiler."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from kanvasc.types.library import CONSTANTS, FUNCTIONS, METHODS, LibraryFunction

ROOT = Path(__file__).parents[1]
PAGES = sorted(ROOT.glob("docs/**/*.md"))
OF_CODES = ROOT / "docs" / "diagnostics.md"
"""Made of the registry; tests/diagnostics/test_explain.py holds its programs."""

PLACE = "    // pieces stand here\n"


@dataclass(frozen=True)
class Block:
    """A fenced program of a page. `kind`: `program`, `host` (where the page's pieces stand) or
    `piece`. `wrong`: the codes that it must show; none when it must be clean."""

    page: Path
    number: int
    kind: str
    wrong: tuple[str, ...]
    text: str


def blocks() -> list[Block]:
    found: list[Block] = []
    for page in PAGES:
        if page == OF_CODES:
            continue
        fences = re.findall(r"^```kanvas(.*)\n([^`]*?)^```$", page.read_text("utf-8"), re.M)
        for number, (head, text) in enumerate(fences):
            kind = "piece" if "piece" in head else "host" if "host" in head else "program"
            wrong = tuple(re.findall(r"K\d{4}", head))
            assert head.split() == [
                *([kind] if kind != "program" else []),
                *(["wrong", *wrong] if wrong else []),
            ], f"{page.name}: ```kanvas{head}"
            found.append(Block(page, number, kind, wrong, text))
    return found


BLOCKS = blocks()


def whole(block: Block) -> str:
    if block.kind != "piece":
        return block.text
    (host,) = (b.text for b in BLOCKS if b.page == block.page and b.kind == "host")
    assert PLACE in host
    return host.replace(PLACE, re.sub(r"^(?=.)", "    ", block.text, flags=re.M))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: f"{b.page.stem}-{b.number}")
def test_a_program_shows_what_its_page_says(block: Block) -> None:
    found = Compilation(Source("docs.kanvas", whole(block))).diagnostics
    # What a host may do is for all pieces, of which each uses a part.
    ours = [d for d in found if d.code != "K4006" or block.kind == "program"]
    assert [d.code for d in ours] == list(block.wrong), [d.title for d in ours]


def test_every_fence_is_one_of_these() -> None:
    """Else a misspelt fence would hide its program."""
    fences = sum(
        len(re.findall(r"^```kanvas", page.read_text("utf-8"), re.M))
        for page in PAGES
        if page != OF_CODES
    )
    assert fences == len(BLOCKS)


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


LINKING = [*PAGES, *ROOT.glob("*.md"), *ROOT.glob("examples/**/*.md")]


@pytest.mark.parametrize("page", LINKING, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target, heading in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", text):
        if "://" in target:
            continue
        found = page.parent / target if target else page
        assert found.exists(), f"{page.name} links to {target}"
        if heading and found.suffix == ".md":
            assert heading in anchors(found), f"{page.name} links to {target}#{heading}"


def anchors(page: Path) -> set[str]:
    """What headings are called in links, as hosts of repositories make it."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    return {
        re.sub(r"[^\w\- ]", "", title.lower(), flags=re.UNICODE).replace(" ", "-")
        for title in titles
    }
