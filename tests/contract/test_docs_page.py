"""`/docs` in Chromium: it shows the contracts, and its console talks to the app."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import kanvas_runtime.explorer.page as explorer
import pytest

from tests.browser import Browser, Page, browser
from tests.contract.served import built, desk
from tests.e2e.apps import App, kanvasc
from tests.pages.test_page_accessible import axe, violations

__all__ = ["axe", "browser", "built", "desk"]
pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
FOLDER = Path(explorer.__file__).parent
CONSOLES = "document.querySelectorAll('.console')"


@pytest.fixture
def page(browser: Browser, desk: App) -> Iterator[Page]:
    with browser.page() as tab:
        tab.goto(desk.page("/docs"))
        tab.wait("document.querySelector('.console')")
        yield tab
        assert tab.problems == []


def test_everything_is_shown(page: Page) -> None:
    page.eventually("document.title", "app: reference")
    listed = page.text("#contents").split()
    assert [word for word in listed if word.startswith("/")] == [
        "/ws/desk", "/ws/staff", "/ws/list", "/ws/clock", "/ws/payout",
        "/ws/gauge", "/gauges/{name}", "/gauges",
    ]  # fmt: skip
    page.mentions(
        "#socket-1", "The desk", "/ws/desk", "open to everybody", "at most 200 characters"
    )
    first = page.text("#socket-1")
    assert "lines[].amount optional" in " ".join(first.split())
    page.mentions("#socket-2", "scope machines:run")
    page.mentions("#errors", "provider_error")
    assert "name path text required" in " ".join(page.text("#endpoint-7").split())
    address = page.evaluate("location.origin")
    page.mentions("#endpoint-7", f"curl -X GET '{address}/gauges/text'")
    command = f"curl -X POST '{address}/gauges' -H 'Content-Type: application/json' -d '{{"
    page.mentions("#endpoint-8", command)
    closes = page.evaluate(
        "[...document.querySelectorAll('#socket-1 .part')].map((part) => part.textContent).join()"
    )
    for said in ("kanvas.v1", "unsubscribe", "4408", "421"):
        assert said in closes
    # A text of the program is text, whatever it holds.
    assert 'Ends no */ comment "" and no text' in page.text("main").replace('"""', '""')


def talk(page: Page, number: int, message: object) -> None:
    text = json.dumps(message if isinstance(message, str) else json.dumps(message))
    page.evaluate(f"void ({CONSOLES}[{number}].querySelector('textarea').value = {text})")
    page.evaluate(f"{CONSOLES}[{number}].querySelector('[type=submit]').click()")


def connect(page: Page, number: int) -> None:
    page.evaluate(f"{CONSOLES}[{number}].querySelector('.row .run').click()")


def heard(page: Page, number: int, text: str) -> None:
    said = json.dumps(text)
    page.wait(f"{CONSOLES}[{number}].querySelector('.log').textContent.includes({said})")


def test_the_console_talks(page: Page) -> None:
    connect(page, 0)
    heard(page, 0, '"op": "hello"')
    talk(page, 0, {"op": "run", "id": "1", "input": {"question": "When?"}})
    heard(page, 0, '"answer": "Come at nine."')
    talk(page, 0, "no JSON")
    heard(page, 0, "invalid_json")
    connect(page, 0)
    page.wait(f"{CONSOLES}[0].querySelector('.status').dataset.state === 'offline'")


def test_what_is_offered_fits(page: Page) -> None:
    """The sample of each message, as the page fills it in, is what the app takes."""
    connect(page, 3)
    heard(page, 3, '"op": "hello"')
    page.evaluate(f"{CONSOLES}[3].querySelector('[type=submit]').click()")
    heard(page, 3, '"ticks"')
    connect(page, 3)
    page.wait(f"{CONSOLES}[3].querySelector('.status').dataset.state === 'offline'")
    page.evaluate(
        f"void (() => {{ const list = {CONSOLES}[3].querySelector('select');"
        " list.selectedIndex = 1; list.dispatchEvent(new Event('change')); })()"
    )
    connect(page, 3)
    heard(page, 3, "kanvas.plain")
    page.evaluate(f"{CONSOLES}[3].querySelectorAll('.examples button')[1].click()")
    page.evaluate(f"{CONSOLES}[3].querySelector('[type=submit]').click()")
    page.wait(f"{CONSOLES}[3].querySelectorAll('.log .received').length >= 3")


def test_a_key_opens_what_is_closed(browser: Browser, desk: App) -> None:
    made = kanvasc("keys", "new", "eve", "--scope", "machines:run", "--data-dir", str(desk.data))
    with browser.page() as page:
        page.goto(desk.page("/docs"))
        page.wait("document.querySelector('.console')")
        key = json.dumps(made.stdout.split()[-1])
        page.evaluate(f"void ({CONSOLES}[1].querySelector('[type=password]').value = {key})")
        connect(page, 1)
        heard(page, 1, '"op": "hello"')
        assert page.problems == []
        connect(page, 1)
        page.wait(f"{CONSOLES}[1].querySelector('.status').dataset.state === 'offline'")
        page.evaluate(f"void ({CONSOLES}[1].querySelector('[type=password]').value = 'kv_wrong')")
        connect(page, 1)
        heard(page, 1, "refused")


@pytest.mark.timeout(600)
def test_it_is_accessible_and_fits(page: Page, axe: str) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    for scheme, width in (("light", 1400), ("dark", 360)):
        page.scheme(scheme)
        page.size(width, 900)
        page.wait(f"document.documentElement.scrollWidth <= {width}")
        assert violations(page, axe) == []


def test_it_loads_nothing_but_its_own(desk: App) -> None:
    with urllib.request.urlopen(desk.page("/docs"), timeout=60) as reply:
        text, policy = reply.read().decode(), reply.headers["Content-Security-Policy"]
    with urllib.request.urlopen(desk.page("/docs"), timeout=60) as reply:
        assert reply.headers["Content-Security-Policy"] != policy
    nonce = re.findall(r"script-src 'nonce-([^']+)'", policy)
    assert re.findall(r"<(?:script|link rel=\"stylesheet\")[^>]*nonce=\"([^\"]+)\"", text) == [
        *nonce, *nonce,
    ]  # fmt: skip
    assert "unsafe" not in policy
    for file in FOLDER.glob("*.*"):
        said = file.read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^\s\"'`/]+", said)) <= {"https://example.com"}, file
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", said)
