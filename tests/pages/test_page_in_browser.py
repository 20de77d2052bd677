"""Pages as people have them: in Chromium, with and without script."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import Browser, Page
from tests.pages.conftest import Served

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>window.broken = true</script>",
    "</script><script>window.broken = true</script>",
    "<img src=x onerror='window.broken = true'>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    '" onmouseover="window.broken = true',
    "<!--<script>",
    "javascript:alert(1)",
    "שלום עולם " * 5 + "‮evil",
    "👩‍👩‍👧‍👦🏳️‍🌈 ﷽ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "W" * 4000,
]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.page() as tab:
        yield tab
        assert tab.problems == []


def post(url: str, value: dict[str, Any]) -> Any:
    """The result of a run that somebody else causes."""
    headers = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    request = urllib.request.Request(url, json.dumps(value).encode(), headers)
    with urllib.request.urlopen(request) as reply:
        assert reply.status == 200
        return json.loads(reply.read())


def is_live(page: Page) -> None:
    page.wait("document.getElementById('status').dataset.state === 'live'")


def open_live(page: Page, url: str) -> None:
    page.goto(url)
    is_live(page)


def test_a_form_gives_a_result(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/double")
    page.mentions("#tiles", "No result yet")
    page.fill("n", "2100")
    page.click(".run")
    page.wait("document.querySelector('.metric')?.textContent === '4,200'")
    page.reads(".run", "Run")
    page.mentions("#updated", "Updated")
    page.eventually("document.getElementById('form').elements.n.value", "2100")


def test_without_a_socket_the_form_is_posted(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/plain")
    page.fill("n", "21")
    page.click(".run")
    page.wait("document.querySelector('.metric')?.textContent === '42'")
    page.eventually("document.getElementById('status').dataset.state", "static")


def test_an_error_stands_beside_its_field(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/every_kind")
    page.fill("name", "x")
    page.fill("tone", "warm")
    page.click(".run")
    page.wait("document.getElementById('error-name')?.textContent")
    page.mentions("#error-name", "2")
    page.eventually("document.activeElement.name", "name")
    page.eventually("document.activeElement.getAttribute('aria-invalid')", "true")
    page.fill("name", "Ada")
    page.click(".run")
    page.wait("document.querySelector('.pairs')")
    page.reads("#error-name", "")


def test_every_kind_of_control_is_read(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/every_kind")
    given: dict[str, str | bool] = {
        "name": "Ada",
        "note": "two\nlines",
        "tone": "cold",
        "count": "7",
        "ratio": "0.5",
        "price": "12.340",
        "urgent": False,
        "agreed": "true",
        "day": "2026-05-07",
        "tags": '["a", "b"]',
        "options": '{"k": [1, null]}',
        "address": '{"street": "Harbour Road"}',
        "anything": "[true]",
    }
    for name, value in given.items():
        page.fill(name, value)
    page.click(".run")
    page.wait("document.querySelector('.pairs')")
    page.mentions(
        ".pairs", "two\nlines", "cold", "7", "0.5", "12.340", "2026-05-07", "Harbour Road"
    )
    page.fill("tags", "[")
    page.click(".run")
    told = page.wait("document.getElementById('error-tags').textContent")
    assert told.startswith("This is not JSON: ")
    page.eventually("document.activeElement.name", "tags")


def test_json_is_judged_and_laid_out_when_one_leaves_it(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/every_kind")
    tags = "document.getElementById('form').elements.tags"
    for text in ('["a", ', '["a", "b"]'):
        page.fill("tags", text)
        page.evaluate(f"{tags}.dispatchEvent(new Event('change', {{bubbles: true}}))")
        faulty = text == '["a", '
        page.eventually(
            "document.getElementById('error-tags').textContent.startsWith('This is not JSON: ')",
            faulty,
        )
        page.eventually(f"{tags}.getAttribute('aria-invalid')", "true" if faulty else None)
    page.eventually(f"{tags}.value", '[\n  "a",\n  "b"\n]')


def test_a_time_is_meant_in_local_time(page: Page, served: Served) -> None:
    page.send("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
    open_live(page, f"{served.url}/every_kind?at=2026-05-07T03:00:00Z")
    page.eventually(
        "document.getElementById('form').elements.at.value.slice(0, 16)", "2026-05-07T12:00"
    )
    page.fill("name", "Ada")
    page.fill("tone", "warm")
    page.click(".run")
    page.wait("document.querySelector('.pairs')")
    page.mentions(".pairs", "2026-05-07T03:00:00")


def test_results_that_others_cause_are_pushed(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/ticket")
    page.fill("desk", "north")
    page.click(".run")
    first = page.wait("document.querySelector('.metric')?.textContent")
    post(f"{served.url}/ticket", {"desk": "north"})
    page.wait(f"document.querySelector('.metric').textContent !== '{first}'")
    page.eventually("document.querySelectorAll('.spark').length", 1)


def test_each_press_of_the_button_is_a_run(page: Page, served: Served) -> None:
    """Though a subscription may begin with what another one has just brought."""
    open_live(page, f"{served.url}/ticket")
    page.fill("desk", "south")
    seen = set()
    for _ in range(3):
        before = page.text(".metric")
        page.click(".run")
        page.wait(f"(document.querySelector('.metric')?.textContent ?? '') !== '{before}'")
        page.wait("document.querySelector('.run').textContent === 'Run'")
        seen.add(page.text(".metric"))
    assert len(seen) == 3
    assert "values" in page.evaluate(
        "document.querySelector('.spark').getAttribute('aria-label').replace('The last 3 ', '')"
    )


def test_what_has_effects_outside_waits_for_a_person(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/call")
    page.mentions("#tiles", "No result yet")
    page.click(".run")
    page.wait("document.querySelector('.metric')")
    shown = page.text(".metric")
    page.goto(f"{served.url}/call")
    is_live(page)
    page.reads(".metric", shown)


def test_once_a_person_has_begun_the_socket_goes_on(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/calls")
    page.eventually("document.querySelector('.metric')", None)
    page.click(".run")
    first = page.wait("document.querySelector('.metric')?.textContent")
    page.wait(f"document.querySelector('.metric').textContent !== '{first}'")


def test_what_may_have_been_done_is_not_done_again(page: Page, served: Served) -> None:
    page.send("Page.addScriptToEvaluateOnNewDocument", source=_SOCKETS)
    open_live(page, f"{served.url}/slow")
    page.fill("desk", "north")
    page.click(".run")
    page.wait("window.sent.some((message) => message.op === 'run')")
    page.evaluate("window.sockets.at(-1).close()")
    page.wait("!document.getElementById('notice').hidden")
    page.mentions("#notice", "look before you run it again")
    is_live(page)
    page.reads(".run", "Run")
    page.eventually("window.sent.filter((message) => message.op === 'run').length", 1)


def test_only_the_input_last_run_is_followed(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/ticket")
    for desk in ("one", "two"):
        page.fill("desk", desk)
        page.click(".run")
        page.wait(f"document.getElementById('tiles').innerText.includes('{desk}')")
    shown = page.text(".metric")
    post(f"{served.url}/ticket", {"desk": "one"})
    post(f"{served.url}/ticket", {"desk": "two"})
    page.wait(f"document.querySelector('.metric').textContent !== '{shown}'")
    assert "one" not in page.text("#tiles")


def test_it_reconnects_when_the_server_comes_back(browser: Browser, own_server: Served) -> None:
    with browser.page() as page:  # a refused connection is an error in the console, rightly
        open_live(page, f"{own_server.url}/ticket")
        page.wait("document.getElementById('ribbon').hidden")
        page.fill("desk", "north")
        page.click(".run")
        page.wait("document.querySelector('.metric')")
        own_server.stop()
        page.wait(
            "['reconnecting', 'offline'].includes(document.getElementById('status').dataset.state)"
        )
        page.wait("document.querySelector('.metric').textContent")
        own_server.start("--simulate")
        is_live(page)
        page.wait("!document.getElementById('ribbon').hidden")
        page.mentions("#ribbon", "SIMULATED")
        shown = page.wait("document.querySelector('.metric').textContent")
        post(f"{own_server.url}/ticket", {"desk": "north"})
        page.wait(f"document.querySelector('.metric').textContent !== '{shown}'")
        assert not [problem for problem in page.problems if "Security Policy" in problem]


_SOCKETS = """
window.sockets = [];
window.sent = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.sockets.push(this); }
  send(text) { window.sent.push(JSON.parse(text)); super.send(text); }
};
"""


def shows_next(page: Page, served: Served) -> None:
    """What somebody else causes is pushed."""
    number = post(f"{served.url}/ticket", {"desk": "west"})["number"]
    page.reads(".metric", f"{number:,}")


def test_it_gets_what_it_has_missed(page: Page, served: Served) -> None:
    """By the cursor of what came last, so that nothing is run again."""
    page.send("Page.addScriptToEvaluateOnNewDocument", source=_SOCKETS)
    open_live(page, f"{served.url}/ticket")
    page.fill("desk", "west")
    page.click(".run")
    page.wait("window.sent.some((message) => message.op === 'subscribe')")
    shows_next(page, served)
    page.evaluate("void (window.later = [], window.setTimeout = (then) => later.push(then))")
    page.evaluate("window.sockets.at(-1).close()")
    page.wait("document.getElementById('status').dataset.state === 'reconnecting'")
    post(f"{served.url}/ticket", {"desk": "west"})
    missed = post(f"{served.url}/ticket", {"desk": "west"})["number"]
    page.evaluate("window.later.forEach((then) => then())")
    is_live(page)
    page.reads(".metric", f"{missed:,}")
    last = page.evaluate("window.sent.filter((message) => message.op === 'subscribe').at(-1)")
    assert last["after"]
    shows_next(page, served)


def _counted(page: Page) -> int:
    return int(page.text(".metric").replace(",", ""))


def test_a_counter_is_not_counted_up_by_a_connection_that_comes_back(
    browser: Browser, own_server: Served
) -> None:
    with browser.page() as page:
        page.send("Page.addScriptToEvaluateOnNewDocument", source=_SOCKETS)
        open_live(page, f"{own_server.url}/counter")
        page.fill("by", "5")
        page.click(".run")
        page.reads(".metric", "5")
        page.wait("window.sent.some((message) => message.op === 'subscribe')")
        own_server.stop()
        page.wait("document.getElementById('status').dataset.state !== 'live'")
        own_server.start()
        is_live(page)
        page.wait("window.sent.filter((message) => message.op === 'subscribe').length === 2")
        count = post(f"{own_server.url}/counter", {"by": 5})["count"]
        assert count == 10  # no run in between
        page.reads(".metric", "10")  # and it follows again
        assert not [problem for problem in page.problems if "Security Policy" in problem]


def test_what_is_sent_again_by_another_way_is_done_once(page: Page, served: Served) -> None:
    """The answer is lost with the connection: the page asks again, and gets what was kept."""
    page.send("Page.addScriptToEvaluateOnNewDocument", source=_SOCKETS)
    page.send("Page.addScriptToEvaluateOnNewDocument", source=_DEAF)
    open_live(page, f"{served.url}/counter")
    before = post(f"{served.url}/counter", {"by": 0})["count"]
    page.fill("by", "3")
    page.click(".run")
    page.wait("window.unheard.some((message) => message.op === 'result')")
    page.evaluate("window.sockets.at(-1).close()")
    page.reads(".metric", f"{before + 3:,}")
    assert post(f"{served.url}/counter", {"by": 0})["count"] == before + 3


_DEAF = """
window.unheard = [];
window.WebSocket = class extends WebSocket {
  set onmessage(then) {
    super.onmessage = (event) => {
      const message = JSON.parse(event.data);
      message.op === "result" ? window.unheard.push(message) : then(event);
    };
  }
};
"""


def test_a_run_while_the_server_is_away_keeps_the_input(
    browser: Browser, own_server: Served
) -> None:
    with browser.page() as page:
        open_live(page, f"{own_server.url}/double")
        own_server.stop()
        page.wait("document.getElementById('status').dataset.state !== 'live'")
        page.fill("n", "4")
        page.click(".run")
        page.wait("!document.getElementById('notice').hidden")
        page.mentions("#notice", "cannot be reached")
        page.eventually("document.getElementById('form').elements.n.value", "4")
        own_server.start()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("script", [True, False])
def test_hostile_texts_stay_text(page: Page, served: Served, text: str, script: bool) -> None:
    page.size(360, 800)
    page.scripts(script)
    page.goto(f"{served.url}/echo")
    if script:
        is_live(page)
    page.fill("text", text)
    page.click(".run")
    page.wait("document.querySelectorAll('.tile').length === 3")
    page.eventually("document.querySelector('.tile .value').textContent", text)
    page.eventually("window.broken", None)
    page.eventually("document.scripts.length", 2)
    page.eventually("document.querySelector('.page img')", None)
    page.wait("document.documentElement.scrollWidth <= 360")


def test_without_script_the_form_works_and_keeps_what_was_written(
    page: Page, served: Served
) -> None:
    page.scripts(False)
    page.goto(f"{served.url}/every_kind")
    page.wait("document.getElementById('form').elements.urgent.checked")
    page.fill("name", "x")
    page.fill("tone", "warm")
    page.fill("urgent", False)
    page.fill("password", "secret")
    page.click(".run")
    page.wait("document.getElementById('error-name')?.textContent")
    form = "document.getElementById('form').elements"
    page.eventually(
        f"[{form}.name.value, {form}.tone.value, {form}.urgent.checked]", ["x", "warm", False]
    )
    page.eventually(f"{form}.password.value", "")
    page.problems.clear()  # the browser notes the answer's status, 422
    page.fill("name", "Ada")
    page.click(".run")
    page.wait("document.querySelector('.pairs')")
    page.mentions(".pairs", "Ada")


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("report", ("1,284,310.50", "Hidden", "north", "battery", "Harbour Road 12")),
        (
            "forms",
            ("12,345", "46.6667", "Last 1,234,570", "north", "12,000", '"deeper": null', "Name"),
        ),
    ],
)
def test_the_script_draws_what_the_server_draws(
    browser: Browser, served: Served, path: str, parts: tuple[str, ...]
) -> None:
    """Times and the counter apart: the one is local with script, the other counts."""
    drawn, plots = [], []
    for script in (True, False):
        with browser.page() as page:
            page.scripts(script)
            page.goto(f"{served.url}/{path}")
            if script:
                page.wait("document.querySelector('th button')")
            plots.append(
                page.evaluate(
                    "[...document.querySelectorAll('.chart svg, .spark')].map((plot) =>"
                    " plot.getAttribute('aria-label') + plot.innerHTML.replace(/[^\\d., ]/g, ''))"
                )
            )
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
            # At once: a push in between would draw again what was opened or taken away.
            counter = ".metric" if path == "report" else "time"
            text = page.wait(
                "[...document.querySelectorAll('details')].every((d) => d.open && d.children[1])"
                " && (() => {"
                f" document.querySelector('{counter}').remove();"
                " document.querySelectorAll('time, .spark').forEach((node) => node.remove());"
                " return document.querySelector('#tiles').innerText; })()"
            )
            drawn.append(" ".join(text.split()))
    assert drawn[0] == drawn[1]
    if path == "forms":  # no socket brings more of it
        assert plots[0] == plots[1]
        assert len(plots[0]) == 2
    for part in parts:
        assert part.lower() in drawn[0].lower()


def test_a_long_table_pages_and_sorts(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/rows")
    page.fill("rows", "5000")
    page.click(".run")
    page.wait("document.querySelector('tbody')")
    page.eventually("document.querySelectorAll('tbody tr').length", 100)
    page.mentions(".pager", "1–100 of 5,000")
    page.click(".pager button:last-child")
    page.wait("document.querySelector('.pager').innerText.includes('101–200')")
    page.click("th button")
    page.click("th button")
    page.wait("document.querySelector('td').textContent === '4,999'")
    page.eventually("document.querySelector('th').getAttribute('aria-sort')", "descending")
    page.eventually("document.activeElement.textContent", "number")


def test_a_push_leaves_the_view_where_it_is(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/log")
    page.fill("desk", "north")
    page.click(".run")
    shown = page.wait("document.querySelector('td')?.textContent")
    page.evaluate("document.querySelector('details').open = true")
    page.evaluate("document.querySelectorAll('th button')[1].focus()")
    page.evaluate("document.querySelector('.scroll').scrollTop = 200")
    page.wait("document.querySelector('details').children[1]")
    post(f"{served.url}/log", {"desk": "north"})
    page.wait(f"document.querySelector('td').textContent !== '{shown}'")
    page.eventually("document.querySelector('.scroll').scrollTop", 200)
    page.eventually("document.activeElement.textContent", "line")
    page.wait("document.querySelector('details').open")


def test_a_machine_that_says_nothing_has_a_decent_page(page: Page, served: Served) -> None:
    open_live(page, f"{served.url}/system_dashboard")
    page.wait("document.getElementById('tiles').innerText.includes('Nothing to report')")
    page.eventually("document.querySelector('form')", None)


@pytest.mark.parametrize("width", [360, 900, 1600])
@pytest.mark.parametrize("path", ["report", "every_kind", "double"])
def test_nothing_sticks_out(page: Page, served: Served, path: str, width: int) -> None:
    page.size(width, 900)
    open_live(page, f"{served.url}/{path}")
    page.wait(f"document.documentElement.scrollWidth <= {width}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["report", "every_kind"])
def test_texts_have_enough_contrast(page: Page, served: Served, path: str, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1, for every element that has text of its own."""
    page.scheme(scheme)
    open_live(page, f"{served.url}/{path}")
    page.evaluate("document.getElementById('ribbon').hidden = false")
    page.evaluate("document.getElementById('notice').hidden = false")
    page.evaluate("document.getElementById('notice-text').textContent = 'Something failed'")
    page.eventually(_CONTRASTS, [])


_CONTRASTS = """(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = channels(colour).map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const bad = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!own || !node.checkVisibility() || node.tagName === "SCRIPT") continue;
    const [one, two] = [light(getComputedStyle(node).color), light(ground(node))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) bad.push(`${node.tagName}.${node.className} ${ratio.toFixed(2)}`);
  }
  return bad;
})()"""
