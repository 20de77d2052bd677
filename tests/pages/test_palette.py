"""The colours stand in one place, and come with every sheet."""

from __future__ import annotations

import re
from pathlib import Path

import kanvas_runtime
import pytest
from kanvas_runtime.dev import static
from kanvas_runtime.explorer import page as explorer
from kanvas_runtime.pages.assets import Assets
from kanvas_runtime.palette import SHEETS

from tests.pages.fake_host import FOLDER

RUNTIME = Path(kanvas_runtime.__file__).parent
PALETTE = (RUNTIME / "palette.css").read_text(encoding="utf-8")
NAMES = set(re.findall(r"(--[a-z-]+):", PALETTE))
OWN = sorted(
    file
    for folder in (RUNTIME, FOLDER)
    for kind in ("*.css", "*.html", "*.jinja", "*.js")
    for file in folder.rglob(kind)
    if file.name != "palette.css"
)


@pytest.mark.parametrize("file", OWN, ids=lambda file: file.name)
def test_no_other_file_has_colours_of_its_own(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "light-dark(" not in text
    assert set(re.findall(r"var\((--[a-z-]+)\)", text)) <= NAMES | set(
        re.findall(r"(--[a-z-]+):", text)
    )


def test_every_sheet_comes_with_them() -> None:
    overlay, play = (static.file(name) for name in ("overlay.css", "play.css"))
    assert overlay is not None
    assert play is not None
    served = {
        "page.css": Assets.read(FOLDER / "static").files["page.css"],
        "docs.css": explorer._read("docs.css"),
        "overlay.css": bytes(overlay.body),
        "play.css": bytes(play.body),
    }
    assert served.keys() == SHEETS
    for content in served.values():
        assert set(re.findall(r"(--[a-z-]+):", content.decode())) >= NAMES
