"""The front end as files: small, without anything foreign, without inline code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pages.fake_host import FOLDER

STATIC = FOLDER / "static"
TEMPLATES = sorted((FOLDER / "templates").iterdir())


def test_the_front_end_is_small() -> None:
    assert sum(file.stat().st_size for file in STATIC.iterdir()) < 30 * 1024


def test_nothing_foreign_is_loaded() -> None:
    """Namespaces are names, not addresses."""
    for file in STATIC.iterdir():
        addresses = re.findall(r"https?://[^\s\"']+", file.read_text())
        assert set(addresses) <= {"http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"}


def test_the_script_never_makes_markup_of_values() -> None:
    script = (STATIC / "page.js").read_text()
    sinks = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|srcdoc|href ="
    assert re.findall(sinks, script) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_code_and_escape_everything(template: Path) -> None:
    text = template.read_text()
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []
    assert re.findall(r"\|\s*safe|autoescape", text) == []
