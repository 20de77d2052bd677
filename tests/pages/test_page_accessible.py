"""Pages under axe-core, in both themes and in every state; and by keyboard alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import npm
from tests.browser import Browser, Page
from tests.e2e.apps import ROOT
from tests.pages.conftest import Served

pytestmark = pytest.mark.browser

SOURCE = Path(__file__).parent / "node"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ALL_SHOWN = """
for (const details of document.querySelectorAll("details")) details.open = true;
document.getElementById("ribbon").hidden = false;
document.getElementById("notice").hidden = false;
document.getElementById("notice-text").textContent = "Something failed";
document.getElementById("notice-code").textContent = "step_failed · run 1";
"""
STATES = ("live", "connecting", "reconnecting", "offline", "paused", "signed-out")


@pytest.fixture(scope="module")
def axe() -> str:
    """The script that looks for violations."""
    folder = npm.installed(SOURCE, ROOT / "build" / "pages", "node")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


def violations(page: Page, axe: str) -> list[str]:
    """What axe says of the page as it stands. It is put there past the page's own policy."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"void (() => {{ {axe} }})()")
    asked = json.dumps({"runOnly": TAGS, "resultTypes": ["violations"]})
    found: list[dict[str, Any]] = page.evaluate(
        f"axe.run(document, {asked}).then(r => r.violations)"
    )
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def is_live(page: Page) -> None:
    page.wait("document.getElementById('status').dataset.state === 'live'")


def test_the_lock_file_names_no_registry() -> None:
    assert npm.registries(SOURCE) == []


@pytest.mark.timeout(npm.INSTALL_TIMEOUT)
@pytest.mark.parametrize("path", ["report", "every_kind", "rows", "call", "forms"])
def test_no_rule_of_accessibility_is_broken(
    browser: Browser, served: Served, axe: str, path: str
) -> None:
    with browser.page(f"{served.url}/{path}") as page:
        page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
        if path == "rows":
            is_live(page)
            page.fill("rows", "250")
            page.click(".run")
            page.wait("document.querySelector('.pager')")
        page.evaluate(ALL_SHOWN)
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            page.wait(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
            assert violations(page, axe) == [], scheme


@pytest.mark.timeout(npm.INSTALL_TIMEOUT)
def test_no_state_breaks_a_rule(browser: Browser, served: Served, axe: str) -> None:
    with browser.page(f"{served.url}/every_kind") as page:
        is_live(page)
        page.fill("name", "x")
        page.fill("tone", "warm")
        page.click(".run")
        page.wait("document.querySelector('[aria-invalid]')")
        for scheme in ("light", "dark"):
            page.scheme(scheme)
            for state in STATES:
                page.evaluate(
                    f"void (document.getElementById('status').dataset.state = '{state}',"
                    f" document.getElementById('state').textContent = '{state}')"
                )
                assert violations(page, axe) == [], (scheme, state)


def key(page: Page, name: str, text: str = "") -> None:
    """A key, as a person presses it."""
    codes = {"Tab": 9, "Enter": 13, " ": 32}
    common = {"key": name, "code": name, "windowsVirtualKeyCode": codes.get(name, 0)}
    page.send("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
    page.send("Input.dispatchKeyEvent", type="keyUp", **common)


def focus(page: Page) -> str:
    """What has the focus: a control's name, else its class or text."""
    return str(
        page.evaluate(
            "(({ name, className, textContent, id }) => name || id || className || textContent)"
            "(document.activeElement)"
        )
    )


def test_a_form_is_used_by_keyboard_alone(browser: Browser, served: Served) -> None:
    with browser.page(f"{served.url}/rows") as page:
        is_live(page)
        seen = []
        for _ in range(3):
            key(page, "Tab")
            seen.append(focus(page))
        assert seen == ["skip", "rows", "run"]
        page.evaluate("document.getElementById('field-rows').focus()")
        page.send("Input.insertText", text="250")
        key(page, "Enter", "\r")
        page.wait("document.querySelector('tbody')")
        for _ in range(3):  # the button, the table that can be scrolled, its first heading
            key(page, "Tab")
        assert focus(page) == "number"
        for _ in range(2):
            key(page, "Enter", "\r")
        page.wait("document.querySelector('td').textContent === '249'")
        assert focus(page) == "number"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'")
        for _ in range(2):
            key(page, "Tab")
        assert focus(page) == "Next"
        key(page, " ", " ")
        page.wait("document.querySelector('.pager').innerText.includes('101–200')")
        assert page.problems == []
