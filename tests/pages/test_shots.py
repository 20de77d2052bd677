"""Every example has a picture, of its page if it has one, and the pictures stay small."""

from __future__ import annotations

import re

from tests.e2e.apps import EXAMPLES
from tests.pages.shots import FOLDER, REFERENCE, SHOTS, names

PAGE = re.compile(r"^ +page$|expresses page", re.MULTILINE)


def test_every_example_has_its_pictures() -> None:
    programs = {path.parent.name: path.read_text("utf-8") for path in EXAMPLES.glob("*/app.kanvas")}
    assert set(programs) == set(SHOTS)
    pages = {name for name, text in programs.items() if PAGE.search(text)}
    assert {name for name, shot in SHOTS.items() if shot is not REFERENCE} == pages
    wanted = {name for example in SHOTS for name in names(example)}
    assert {path.name for path in FOLDER.iterdir()} == wanted
    for name in wanted:
        assert (FOLDER / name).read_bytes().startswith(b"\x89PNG")


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_000_000


def test_the_page_about_pages_shows_each_example() -> None:
    text = (FOLDER.parent / "pages.md").read_text("utf-8")
    shown = set(re.findall(r"\(screenshots/([^)]+)\)", text))
    assert shown <= {path.name for path in FOLDER.iterdir()}
    assert {example for example in SHOTS if any(name.startswith(example) for name in shown)} == set(
        SHOTS
    )
