"""The front end as files: small, without anything foreign, without inline code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kanvas_runtime.pages.assets import FILES, Assets, compact

from tests.pages.fake_host import FOLDER

STATIC = FOLDER / "static"
TEMPLATES = sorted((FOLDER / "templates").iterdir())


SERVED = Assets.read(STATIC).files


def test_the_front_end_is_small() -> None:
    assert set(FILES) == {file.name for file in STATIC.iterdir()}
    assert sum(map(len, SERVED.values())) - len(SERVED["ledger.js"]) < 30 * 1024
    assert len(SERVED["ledger.js"]) < 2.5 * 1024  # no page of a machine loads it


def test_what_is_served_has_neither_comments_nor_layout() -> None:
    style = "/* A card */\na, b {\n\tmargin: 0;\n\tfont: 1rem/1.5 serif;\n}\n"
    assert compact("page.css", style) == b"a,b{margin:0;font:1rem/1.5 serif}"
    script = """
// A card
const f = (a) => { // "two"
	if (a === 1) return [ `// ${a} : = `, "{ a }" ];
	return a ? -1 : a - -1;
}
f(
	1,
	2,
)
"""
    assert compact("page.js", script).decode().splitlines() == [
        'const f=(a)=>{if(a===1)return[`// ${a} : = `,"{ a }"];return a?-1:a - -1;}',
        "f(1,2,)",
    ]


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_scripts_keep_to_what_can_be_made_compact(name: str) -> None:
    """Texts stand on one line, in the quotes that are known; no expression looks like one."""
    for line in (STATIC / name).read_text().splitlines():
        said = re.sub(r'"[^"]*"|`[^`]*`', "", line)
        assert not re.search(r"[\"`]", said), f"a text of several lines: {line}"
        assert not re.search(r"^[^/]*'", said), f"a text in other quotes: {line}"
    assert "\n//" not in SERVED[name].decode()


def test_nothing_foreign_is_loaded() -> None:
    """Namespaces are names, not addresses."""
    for file in STATIC.iterdir():
        addresses = re.findall(r"https?://[^\s\"']+", file.read_text())
        assert set(addresses) <= {"http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"}


def test_the_script_never_makes_markup_of_values() -> None:
    script = "".join(file.read_text() for file in STATIC.glob("*.js"))
    sinks = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|srcdoc|href ="
    assert re.findall(sinks, script) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_code_and_escape_everything(template: Path) -> None:
    text = template.read_text()
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []
    assert re.findall(r"\|\s*safe|autoescape", text) == []
