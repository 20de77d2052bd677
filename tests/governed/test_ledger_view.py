"""`/_kanvas/ledger` of a real app: what is shown, to whom, as JSON and in a browser."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.machine import WebSocketSurface

from tests.browser import Browser, Page
from tests.e2e.apps import App, ask, records
from tests.governed.conftest import Governed
from tests.runtime.serving import service_of, serving
from tests.runtime.sockets import DOUBLE

PATH = "/_kanvas/ledger"
HOSTILE = '<img src=x onerror="document.title=1">"}\u202e<script>alert(1)</script>'


@dataclass(frozen=True)
class Served:
    """A running app and keys for it: one that may read the ledger, and one that may not."""

    app: App
    reader: str
    other: str


@pytest.fixture(scope="module")
def served(governed: Governed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("view")
    keys = Keys(data)
    reader = keys.new("auditor", ("ledger:read",), None)
    other = keys.new("alice", ("machines:run",), None)
    with governed.app(data, KANVAS_LEDGER_PAYLOADS="full") as app:
        with app.connect("/ws/desk") as socket:
            ask(socket, {"message": HOSTILE})
            socket.recv(timeout=60)
            ask(socket, {"message": "rude"})
            ask(socket, "nonsense")
        yield Served(app, reader, other)


def got(app: App, path: str = PATH, key: str = "", **headers: str) -> tuple[int, Any]:
    if key:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(app.page(path), headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_the_newest_records_and_the_state_of_the_chain(served: Served) -> None:
    status, told = got(served.app, key=served.reader)
    assert status == 200
    found = records(served.app.data)
    seqs = [each["seq"] for each in told["records"]]
    assert seqs == sorted(seqs, reverse=True)
    assert told["records"][-1] == found[seqs[-1] - 1]
    head = told["chain"]["head"]
    assert (told["chain"]["id"], told["chain"]["fault"]) == (found[0]["chain"], None)
    assert head["hash"] == found[head["seq"] - 1]["hash"]


def test_who_looks_is_recorded_once_in_a_while(served: Served) -> None:
    for _ in range(3):
        assert got(served.app, key=served.reader)[0] == 200
    looks = [
        each
        for each in records(served.app.data)
        if each.get("surface") == "ledger" and each.get("outcome") == "ok"
    ]
    assert [each["principal"] for each in looks if each["principal"] == "auditor"] == ["auditor"]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("kind=GuardVerdict", {"guard": "polite"}),
        ("outcome=guard_failed", {"outcome": "guard_failed"}),
        ("machine=desk&kind=RunStarted", {"kind": "RunStarted"}),
        ("since=2h&outcome=invalid_json&limit=1", {"outcome": "invalid_json"}),
    ],
)
def test_filters(served: Served, query: str, wanted: dict[str, str]) -> None:
    status, told = got(served.app, f"{PATH}?{query}", served.reader)
    assert status == 200
    assert told["records"]
    assert all(wanted.items() <= each.items() for each in told["records"])
    assert got(served.app, f"{PATH}?{query}&machine=nobody", served.reader)[1]["records"] == []


def test_page_after_page_shows_all(served: Served) -> None:
    seen: list[int] = []
    before = ""
    while True:
        _, told = got(served.app, f"{PATH}?limit=7{before}", served.reader)
        seen += [each["seq"] for each in told["records"]]
        if told["before"] is None:
            break
        before = f"&before={told['before']}"
    assert seen == list(range(max(seen), 0, -1))


@pytest.mark.parametrize("query", ["since=never", "before=x", "limit=0", "limit=501", "before=-1"])
def test_what_makes_no_sense_is_refused(served: Served, query: str) -> None:
    status, told = got(served.app, f"{PATH}?{query}", served.reader)
    assert (status, told["error"]["code"]) == (422, "invalid_input")
    assert told["error"]["field"] == query.partition("=")[0]


def test_one_run(served: Served) -> None:
    run = next(each["run"] for each in records(served.app.data) if "run" in each)
    status, told = got(served.app, f"{PATH}/{run}", served.reader)
    assert status == 200
    assert told["records"] == [each for each in records(served.app.data) if each.get("run") == run]
    assert told["records"][-1]["kind"] == "SurfaceAccess"
    assert got(served.app, f"{PATH}/nothing", served.reader)[0] == 404


def test_who_may_see_it(served: Served) -> None:
    """The app has surfaces with `auth`, so that its own machine is no credential."""
    run = next(each["run"] for each in records(served.app.data) if "run" in each)
    for path in (PATH, f"{PATH}/{run}"):
        assert got(served.app, path)[0] == 401
        assert got(served.app, path, served.other)[0] == 403
        assert got(served.app, path, served.reader, Origin="https://evil.test")[0] == 403
        assert got(served.app, path, served.reader, Host="evil.test")[0] == 421


async def test_an_app_that_serves_its_own_machine_shows_it_there(tmp_path: Path) -> None:
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws")))
    async with serving(service) as running:
        address = f"http://127.0.0.1:{running.port}{PATH}"

        def status(**headers: str) -> int:
            request = urllib.request.Request(address, headers=headers)
            try:
                with urllib.request.urlopen(request) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code

        assert await asyncio.to_thread(status) == 200
        assert await asyncio.to_thread(lambda: status(Forwarded="for=203.0.113.9")) == 401
        assert await asyncio.to_thread(lambda: status(Authorization="Bearer x")) == 401


# --- in a browser


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """Signed in, on the ledger: whoever opens it is led to sign in first."""
    with browser.page(served.app.page(PATH)) as page:
        page.wait("document.getElementById('key')")
        page.fill("key", served.reader)
        page.click("button[type=submit]")
        page.wait("document.querySelector('table')")
        yield page


@pytest.mark.browser
def test_a_person_sees_records_and_a_run(served: Served, page: Page) -> None:
    page.reads("h1", "Ledger")
    page.reads(".state", "Sound")
    page.goto(served.app.page(f"{PATH}?kind=RunStarted"))
    page.click("tbody summary")
    page.click("tbody a")
    page.wait("document.querySelector('h1')?.innerText === 'Run'")
    page.mentions("main", "desk.judged goes to anthropic/claude-haiku-4-5", "$0.000046")
    assert page.problems == []


@pytest.mark.browser
def test_hostile_values_stay_text(served: Served, page: Page) -> None:
    run = next(each["run"] for each in records(served.app.data) if each["kind"] == "RunStarted")
    page.goto(served.app.page(f"{PATH}/{run}"))
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    shown = page.text("main")
    assert "<script>alert(1)</script>" in shown
    assert "\u202e" not in shown
    page.eventually("document.images.length + document.scripts.length", 0)
    page.goto(served.app.page(f"{PATH}?machine=%3Cimg%20src%3Dx%3E%22%27"))
    page.eventually("document.getElementById('machine').value", "<img src=x>\"'")
    page.eventually("document.images.length", 0)
    assert page.problems == []


@pytest.mark.browser
def test_a_chain_that_is_broken_says_so(served: Served, page: Page) -> None:
    """The last test here: what it breaks stays broken."""
    page.goto(served.app.page(f"{PATH}?limit=5"))
    with closing(sqlite3.connect(served.app.data / "ledger.db")) as stranger:
        stranger.execute("UPDATE ledger SET machine = 'x' WHERE seq = 5")
        stranger.commit()
    page.goto(served.app.page(PATH))
    page.reads(".state", "Broken")
    page.mentions("[role=alert]", "record 5")
