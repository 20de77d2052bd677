"""The ledger as it grows: `/_kanvas/ledger/live`, and the page that follows it."""

from __future__ import annotations

import http.client
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from kanvas_runtime import ledger_live
from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.choice import Choice
from kanvas_runtime.ledger_live import Place, Streams

from tests.browser import Browser, Page
from tests.e2e.apps import App, ask, records
from tests.governed.conftest import Governed
from tests.governed.test_ledger_view import PATH, Served, got

LIVE = f"{PATH}/live"
NUMBERS = "[...document.querySelectorAll('tbody tr')].map(row => Number(row.cells[0].innerText))"
HEAD = "Number(document.getElementById('head').innerText.split(',')[0])"
STATE = "document.getElementById('state')?.innerText"


@pytest.fixture(scope="module")
def served(governed: Governed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("live")
    keys = Keys(data)
    reader = keys.new("auditor", ("ledger:read",), None)
    other = keys.new("alice", ("machines:run",), None)
    with governed.app(data) as app:
        yield Served(app, reader, other)


def refuse(app: App, times: int = 1) -> int:
    """Leave some records; the number of the last one that is there then."""
    with app.connect("/ws/desk") as socket:
        for _ in range(times):
            ask(socket, {"message": "rude"})
    return int(records(app.data)[-1]["seq"])


@contextmanager
def stream(served: Served, query: str) -> Iterator[Iterator[dict[str, Any]]]:
    """What is told, event by event."""
    connection = http.client.HTTPConnection("127.0.0.1", served.app.port, timeout=60)
    try:
        headers = {"Authorization": f"Bearer {served.reader}"}
        connection.request("GET", f"{LIVE}?{query}", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Type"].partition(";")[0]) == (
            200,
            "text/event-stream",
        )
        yield (json.loads(line[6:]) for line in answer if line.startswith(b"data: "))
    finally:
        connection.close()


def start(served: Served) -> str:
    return f"after={records(served.app.data)[0]['chain']}.0"


def test_each_record_is_told_once_and_in_order(served: Served) -> None:
    refuse(served.app, 3)
    told: list[dict[str, Any]] = []
    with stream(served, start(served)) as events:
        for times in (1, 4):
            last = refuse(served.app, times)
            while not told or told[-1]["seq"] < last:
                told += next(events)["records"]
    assert [each["seq"] for each in told] == list(range(1, len(told) + 1))
    assert told == records(served.app.data)[: len(told)]


def test_who_was_cut_off_goes_on_where_they_were(served: Served) -> None:
    after, told = start(served), []
    last = refuse(served.app, 150)
    while not told or told[-1]["seq"] < last:
        with stream(served, after) as events:
            event = next(events)  # the rest is never read
        told += event["records"]
        after = f"after={event['after']}"
        assert event["head"]["seq"] >= told[-1]["seq"]
        assert event["fault"] is None
    assert [each["seq"] for each in told] == list(range(1, len(told) + 1))


def test_only_what_is_wanted_is_told(served: Served) -> None:
    last = refuse(served.app)
    told: list[dict[str, Any]] = []
    seen = 0
    with stream(served, f"{start(served)}&kind=GuardVerdict&machine=desk") as events:
        while seen < last:
            event = next(events)
            told += event["records"]
            seen = int(event["after"].rpartition(".")[2])
    assert {each["kind"] for each in told} == {"GuardVerdict"}
    found = [each for each in records(served.app.data)[:seen] if each["kind"] == "GuardVerdict"]
    assert told == found


def test_what_comes_from_now_on(served: Served) -> None:
    known = refuse(served.app)
    with stream(served, "") as events:
        last = refuse(served.app)
        told = next(events)["records"]
    assert told[0]["seq"] > known
    assert told[0]["seq"] <= last


def test_another_chain_is_none_of_this_process(served: Served) -> None:
    with stream(served, "after=nowhere.7") as events:
        assert list(events) == [{}]


def test_who_may_follow(served: Served) -> None:
    assert got(served.app, LIVE)[0] == 401
    assert got(served.app, LIVE, served.other)[0] == 403
    assert got(served.app, LIVE, served.reader, Origin="https://evil.test")[0] == 403


@pytest.mark.parametrize("query", ["after=1", "after=a.x", "after=a.-1", "since=never"])
def test_what_makes_no_sense_is_refused(served: Served, query: str) -> None:
    status, told = got(served.app, f"{LIVE}?{query}", served.reader)
    assert (status, told["error"]["code"]) == (422, "invalid_input")
    assert told["error"]["field"] == query.partition("=")[0]


async def test_so_many_may_follow_and_no_more(tmp_path: Path, monkeypatch: Any) -> None:
    class Journal:
        chain, seq = "c", 1

    class Engine:
        journal = Journal()

    engine: Any = Engine()
    monkeypatch.setattr(ledger_live, "_LOOK", 0)
    streams = Streams(lambda: tmp_path, lambda: engine)
    begun = [streams.begun(Choice(), Place("c", 1), None, bool) for _ in range(ledger_live.MOST)]
    for events in begun:
        await anext(events)
    with pytest.raises(Refusal, match="already follow"):
        streams.begun(Choice(), None, None, bool)
    for events in begun:
        await events.aclose()  # type: ignore[attr-defined]
    streams.begun(Choice(), None, None, bool)


def test_a_server_stops_while_somebody_follows(governed: Governed, tmp_path: Path) -> None:
    reader = Keys(tmp_path).new("auditor", ("ledger:read",), None)
    with governed.app(tmp_path) as app:
        served = Served(app, reader, "")
        with stream(served, start(served)) as events:
            next(events)
            app.end()
            assert list(events) == []
        assert "timeout graceful shutdown exceeded" not in app.log


# --- in a browser


@contextmanager
def following(browser: Browser, served: Served, query: str = "") -> Iterator[Page]:
    """A page that follows, signed in."""
    path = f"{PATH}?live=1{query}"
    with browser.page(served.app.page(f"/_kanvas/sign-in?next={quote(PATH)}")) as page:
        page.wait("document.getElementById('key')")
        page.fill("key", served.reader)
        page.click("button[type=submit]")
        page.wait("document.querySelector('table')")
        page.goto(served.app.page(path))
        page.wait("document.querySelector('tbody')")
        yield page


def shown(page: Page, last: int) -> list[int]:
    """The numbers that are shown, as soon as this one is."""
    page.wait(f"{NUMBERS}.includes({last})")
    numbers: list[int] = page.evaluate(NUMBERS)
    return numbers


@pytest.mark.browser
def test_rows_come_as_records_do(browser: Browser, served: Served) -> None:
    refuse(served.app, 3)
    with following(browser, served) as page:
        for times in (1, 60):
            numbers = shown(page, refuse(served.app, times))
            assert numbers == list(range(numbers[0], numbers[-1] - 1, -1))
        page.wait(
            f"{NUMBERS}[0] === Number(document.getElementById('head').innerText.split(',')[0])"
        )
        page.eventually(STATE, "Sound")
        page.evaluate("document.querySelector('tbody summary').click()")
        page.wait("document.querySelector('tbody details[open] dl')?.innerText.includes('chain')")
        assert page.problems == []


@pytest.mark.browser
def test_filters_hold_for_what_comes(browser: Browser, served: Served) -> None:
    with following(browser, served, "&kind=GuardVerdict&outcome=nothing") as page:
        known = refuse(served.app)
        page.wait(f"{HEAD} >= {known}")
        assert page.evaluate(NUMBERS) == []
    with following(browser, served, "&kind=GuardVerdict") as page:
        refuse(served.app)
        last = max(
            each["seq"] for each in records(served.app.data) if each["kind"] == "GuardVerdict"
        )
        shown(page, last)
        page.mentions("tbody", "guard polite")
        assert page.problems == []


@pytest.mark.browser
def test_nobody_is_asked_while_nobody_looks(browser: Browser, served: Served) -> None:
    hide = """(() => {
        Object.defineProperty(document, "hidden", {configurable: true, value: HIDDEN});
        document.dispatchEvent(new Event("visibilitychange"));
    })()"""
    with following(browser, served) as page:
        first = shown(page, refuse(served.app))[-1]
        page.evaluate("""(() => {
            window.begun = 0;
            const Real = EventSource;
            window.EventSource = class extends Real {
                constructor(...of) { super(...of); window.begun += 1; }
            };
            const close = Real.prototype.close;
            Real.prototype.close = function () { window.ended = 1; close.call(this); };
        })()""")
        page.evaluate(hide.replace("HIDDEN", "true"))
        assert page.evaluate("[window.ended, window.begun]") == [1, 0]
        last = refuse(served.app, 3)
        page.evaluate(hide.replace("HIDDEN", "false"))
        numbers = shown(page, last)
        assert numbers == list(range(numbers[0], first - 1, -1))
        assert page.evaluate("window.begun") == 1


@pytest.mark.browser
def test_it_goes_on_when_the_server_comes_back(
    browser: Browser, governed: Governed, tmp_path: Path
) -> None:
    reader = Keys(tmp_path).new("auditor", ("ledger:read",), None)
    with governed.app(tmp_path) as app:
        served = Served(app, reader, "")
        with following(browser, served) as page:
            first = shown(page, refuse(app))[-1]
            page.evaluate("window.same = true")
            app.end()
            page.wait(f"{STATE} === 'Reconnecting'")
            with governed.app(tmp_path, "--port", str(app.port)) as again:
                last = refuse(again, 3)
                page.wait(f"{STATE} === 'Sound'")
                numbers = shown(page, last)
            assert numbers == list(range(numbers[0], first - 1, -1))
            assert page.evaluate("window.same") is True


@pytest.mark.browser
def test_who_is_signed_out_is_led_to_sign_in(
    browser: Browser, governed: Governed, tmp_path: Path
) -> None:
    keys = Keys(tmp_path)
    reader = keys.new("auditor", ("ledger:read",), None)
    with governed.app(tmp_path) as app, following(browser, Served(app, reader, "")) as page:
        page.evaluate("document.cookie.length")
        app.end()
        page.wait(f"{STATE} === 'Reconnecting'")
        page.send("Network.clearBrowserCookies")
        with governed.app(tmp_path, "--port", str(app.port)):
            page.wait("document.getElementById('key')")


@pytest.mark.browser
def test_a_chain_that_breaks_is_told(browser: Browser, governed: Governed, tmp_path: Path) -> None:
    reader = Keys(tmp_path).new("auditor", ("ledger:read",), None)
    with governed.app(tmp_path) as app, following(browser, Served(app, reader, "")) as page:
        shown(page, refuse(app))
        with closing(sqlite3.connect(app.data / "ledger.db")) as stranger:
            stranger.execute("UPDATE ledger SET machine = 'x' WHERE seq = 3")
            stranger.commit()
        refuse(app)
        page.wait(f"{STATE} === 'Broken'")
        assert "record 3" in page.text("[role=alert]")
