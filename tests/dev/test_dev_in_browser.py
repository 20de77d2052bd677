"""While a program is written: its pages reload and show what is wrong; the playground."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, Page, browser
from tests.dev.programs import BROKEN, COUNTER, OF_TEXT, Written, until
from tests.e2e.apps import App, ask, records

__all__ = ["browser"]

pytestmark = pytest.mark.browser

REFUND = """machine refund
  accepts
    amount as integer is required

  responds with
    booked as text

  ensures
    permissions
      requires approval for
        call "billing"

  implements
    ask booked, from: "billing"
      amount: input.amount

  expresses
    websocket
      path: "/ws/refund"


machine billing
  accepts
    amount as integer is required

  responds with
    booked as text

  implements
    compute answer
      {booked: "${input.amount} booked"}
"""


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Written:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Written(tmp_path)


@pytest.fixture
def app(written: Written) -> Iterator[App]:
    with written.serve() as served:
        yield served


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.page() as tab:
        yield tab


BY = "document.getElementById('form').elements.by"
NOTE = "document.getElementById('form').elements.note"
RESTORED = f"!window.old && sessionStorage.length === 0 && {BY}"
LATE = """
const Source = EventSource;
EventSource = class {
    addEventListener(...asked) { all.push(asked); }
    close() {}
};
const all = [];
const listen = () => {
    for (const asked of all) new Source("/_kanvas/dev/news").addEventListener(...asked);
};
"""
"""The streams of a page begin when it is told to listen."""
RENAMED = COUNTER.replace('"Counter"', '"Another title"')


def marked(page: Page, app: App) -> None:
    """The form, in a page that can be told from those that follow."""
    page.goto(app.page("/"))
    page.evaluate("void (window.old = true)")


def test_a_page_reloads_and_keeps_what_was_typed(page: Page, app: App, written: Written) -> None:
    marked(page, app)
    page.fill("by", "41")
    written.save(RENAMED)
    page.wait(f"{RESTORED}.value === '41' && document.title.includes('Another title')")
    assert page.problems == []


def test_what_nobody_typed_is_as_the_new_version_has_it(
    page: Page, app: App, written: Written
) -> None:
    marked(page, app)
    written.save(COUNTER.replace("default: 1", "default: 5"))
    page.wait(f"{RESTORED}.value === '5' && document.readyState === 'complete'")


def test_typing_goes_on_where_it_was(page: Page, written: Written) -> None:
    noted = COUNTER.replace("  responds with", "    note as text\n\n  responds with")
    written.save(noted)
    with written.serve() as app:
        marked(page, app)
        page.fill("by", "41")
        page.fill("note", "slowly")
        page.evaluate(f"{NOTE}.focus(), {NOTE}.setSelectionRange(4, 4)")
        written.save(noted.replace('"Counter"', '"Another title"'))
        page.wait(f"{RESTORED}.value === '41' && document.activeElement === {NOTE}")
        page.send("Input.insertText", text="er and s")
        page.wait(f"{NOTE}.value === 'slower and sly'")


def test_typing_goes_on_behind_a_number(page: Page, app: App, written: Written) -> None:
    marked(page, app)
    page.fill("by", "41")
    page.evaluate(f"{BY}.focus()")
    written.save(RENAMED)
    page.wait(f"{RESTORED}.value === '41' && document.activeElement === {BY}")
    page.send("Input.insertText", text="7")
    page.wait(f"{BY}.value === '417'")


def test_what_is_typed_while_a_page_reloads_is_kept(page: Page, app: App, written: Written) -> None:
    marked(page, app)
    page.fill("by", "4")
    page.evaluate(f"addEventListener('beforeunload', () => {{ {BY}.value += '1' }})")
    written.save(RENAMED)
    page.wait(f"{RESTORED}.value === '41'")


def test_what_is_typed_before_the_rest_is_back_stays(
    page: Page, app: App, written: Written
) -> None:
    marked(page, app)
    page.fill("by", "41")
    # The next page is parsed then, and its scripts did not run.
    early = (
        "document.addEventListener('readystatechange', () => {"
        f" if (document.readyState === 'interactive') {BY}.value = '9'; }})"
    )
    page.send("Page.addScriptToEvaluateOnNewDocument", source=early)
    written.save(RENAMED)
    page.wait(f"{RESTORED} && document.readyState === 'complete'")
    page.eventually(f"{BY}.value", "9")


def test_what_was_typed_outlives_a_version_that_cannot_start(
    page: Page, app: App, written: Written
) -> None:
    marked(page, app)
    page.fill("by", "41")
    with app.connect("/ws/counter") as open_:
        ask(open_, {"by": 1})
    written.save(OF_TEXT)
    page.wait("!window.old && document.querySelector('.kanvas-problems')")
    written.save(RENAMED)
    page.wait(f"{RESTORED}?.value === '41'")


def test_a_save_before_a_page_listens_reloads_it_too(
    page: Page, app: App, written: Written
) -> None:
    page.send("Page.addScriptToEvaluateOnNewDocument", source=LATE)
    marked(page, app)
    written.save(RENAMED)
    until(app, "reloaded in ")
    page.evaluate("void listen()")
    page.wait("!window.old && document.title.includes('Another title')")


def test_errors_lie_over_the_page_until_they_are_mended(
    page: Page, app: App, written: Written
) -> None:
    page.goto(app.page("/"))
    written.save(BROKEN)
    page.wait("document.querySelector('.kanvas-problems pre')?.textContent.includes('nothing')")
    page.mentions(".kanvas-problems pre", "app.kanvas:16")
    page.click(".kanvas-problems button")
    page.wait("!document.querySelector('.kanvas-problems')")
    written.save(BROKEN.replace("input.nothing", "input.neither"))
    page.wait("document.querySelector('.kanvas-problems pre')?.textContent.includes('neither')")
    written.save(COUNTER)
    page.wait("!document.querySelector('.kanvas-problems')")
    assert page.problems == []


def test_the_playground_shows_frames_and_records(page: Page, app: App, written: Written) -> None:
    page.goto(app.page("/_kanvas/play"))
    page.wait("document.getElementById('input').value.includes('by')")
    page.evaluate("void (document.getElementById('input').value = '{\"by\": 3}')")
    page.click("button.main")
    page.wait("document.getElementById('frames').textContent.includes('\"total\": 3')")
    page.wait("document.getElementById('records').textContent.includes('SurfaceAccess')")
    page.click("#subscribe")
    page.wait("document.getElementById('frames').textContent.includes('push')")
    page.click("#frames .run")
    page.wait("document.querySelectorAll('#records li:not([hidden])').length === 1")
    page.click("#all")
    written.save(COUNTER.replace("first", "second"))
    page.wait("document.getElementById('frames').textContent.includes('a new version is served')")
    page.click("button.main")
    page.wait("document.getElementById('frames').textContent.includes('\"said\": \"second\"')")
    assert page.problems == []


def test_the_playground_says_what_is_wrong_and_text_stays_text(page: Page, app: App) -> None:
    page.goto(app.page("/_kanvas/play"))
    page.wait("document.getElementById('input').value.includes('by')")
    page.evaluate("void (document.getElementById('input').value = 'nonsense')")
    page.click("button.main")
    page.mentions("#wrong", "no JSON")
    hostile = '{\\"by\\": \\"<img src=x onerror=window.broken=1>\\"}'
    page.evaluate(f'void (document.getElementById("input").value = "{hostile}")')
    page.click("button.main")
    page.wait("document.getElementById('frames').textContent.includes('invalid_input')")
    assert page.evaluate("window.broken === undefined && !document.querySelector('#frames img')")


def test_the_playground_decides_what_waits(page: Page, tmp_path: Path, written: Written) -> None:
    written.save(REFUND)
    with written.serve("--simulate") as app:
        page.goto(app.page("/_kanvas/play"))
        page.wait("document.getElementById('input').value.includes('amount')")
        for word, told in (("Approve", "booked"), ("Deny", "approval_denied")):
            page.evaluate("document.getElementById('clear').click()")
            page.click("form button.main")
            page.wait("document.querySelector('.hold')")
            page.mentions(".hold pre", "amount")
            page.evaluate(
                "void [...document.querySelectorAll('.hold button')]"
                f".find((each) => each.textContent === '{word}').click()"
            )
            page.wait(f"document.getElementById('frames').textContent.includes('{told}')")
            page.wait("document.getElementById('holds-part').hidden")
        decided = [r for r in records(app.data) if r["kind"] == "Decision" and "decider" in r]
    assert [r["verdict"] for r in decided] == ["approved", "denied"]
    assert {r["decider"] for r in decided} == {"operator:developer"}
    assert page.problems == []
