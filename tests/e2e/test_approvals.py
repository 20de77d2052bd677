"""The example with an approval, built and served: by commands, in a browser, and over a crash."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Browser, Page, browser
from tests.e2e.apps import EXAMPLES, App, ask, build, kanvasc, records, verify

__all__ = ["browser"]

RUNTIME = [sys.executable, "-m", "kanvas_runtime"]
BIG = {"order": "A-8", "amount": 250}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built once."""
    return build(EXAMPLES / "refunds" / "app.kanvas", tmp_path_factory.mktemp("refunds") / "app")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> str:
    made = runtime(
        "keys", "new", "boss", "--scope", "approvals:decide", data=folder.parent / "data"
    )
    return made.stdout.split()[-1]


@pytest.fixture(scope="module")
def app(folder: Path, key: str) -> Iterator[App]:
    with App(folder, folder.parent / "data", "--simulate") as served:
        yield served


def runtime(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    command = [*RUNTIME, *arguments, "--data-dir", str(data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def approvals(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    return runtime("approvals", *arguments, data=data)


def fetched(app: App, run: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(app.page(f"/_kanvas/runs/{run}"), timeout=60) as reply:
            return reply.status, json.loads(reply.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def test_a_person_at_a_terminal(app: App) -> None:
    with app.connect("/ws/refunds") as socket:
        held = ask(socket, BIG)["held"]
        listed = approvals("list", data=app.data)
        assert listed.returncode == 0
        assert 'refunds.paid, call "bank"' in listed.stdout
        assert '{"input":{"amount":250,"order":"A-8"},"machine":"bank"}' in listed.stdout
        assert held["run"] in listed.stdout
        hold = listed.stdout.split()[0]
        denied = approvals("deny", hold, "--reason", "twice already", data=app.data)
        assert (denied.returncode, denied.stdout) == (0, f"denied {hold}\n")
        assert json.loads(socket.recv())["status"] == "refused"
    again = approvals("approve", hold, data=app.data)
    assert again.returncode == 2
    assert "already" in again.stderr
    nothing = approvals("list", data=app.data)
    assert (nothing.stdout, "nothing waits" in nothing.stderr) == ("", True)
    assert fetched(app, held["run"]) == (200, {"status": "refused", "receipt": None})
    told = kanvasc("ledger", "show", held["run"], "--data-dir", str(app.data)).stdout
    assert "refunds.paid wants call bank: held" in told
    assert ": twice already" in told


def test_without_a_server_nothing_waits(tmp_path: Path) -> None:
    done = approvals("list", data=tmp_path)
    assert done.returncode == 2
    assert "nothing waits" in done.stderr


def test_a_crash_expires_what_was_held(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with App(folder, data, "--simulate") as app, app.connect("/ws/refunds") as socket:
        run = ask(socket, BIG)["held"]["run"]
        assert fetched(app, run)[0] == 202
        app.end(signal.SIGKILL)
    with App(folder, data, "--simulate") as app:
        status, body = fetched(app, run)
        assert (status, body["error"]["code"]) == (504, "approval_expired")
        assert json.loads(approvals("list", "--json", data=data).stdout) == []
    assert verify(data).returncode == 0
    told = [record for record in records(data) if record.get("run") == run]
    assert [record.get("verdict") for record in told] == [None, "held", "expired", None]
    assert told[-1]["outcome"] == "approval_expired"


def wanted(page: Page, app: App, order: str) -> None:
    page.goto(app.page("/refunds"))
    page.wait("document.getElementById('status').dataset.state === 'live'")
    page.fill("order", order)
    page.fill("amount", "250")
    page.click(".run")
    page.wait("!document.getElementById('held').hidden")


def decide(page: Page, app: App, decision: str) -> None:
    page.goto(app.page("/_kanvas/approvals"))
    page.wait("document.querySelector('.hold')")
    page.click(f".hold [value={decision}]")
    page.wait("document.querySelector('.empty') && !document.querySelector('.hold')")


@pytest.mark.browser
def test_two_people_in_browsers(browser: Browser, app: App, key: str) -> None:
    with browser.page() as asking, browser.page() as deciding:
        wanted(asking, app, "A-1")
        asking.mentions("#held", "Waiting for approval")
        asking.fill("amount", "20")  # the form is free again
        asking.click(".run")
        asking.wait("document.querySelector('#tiles').innerText.includes('R-A-1')")
        deciding.goto(app.page("/_kanvas/approvals"))
        deciding.wait("document.getElementById('key')")
        deciding.fill("key", key)
        deciding.click("#form .run")
        deciding.wait("document.querySelector('.hold')")
        deciding.mentions(".hold", "input.amount", "250")
        decide(deciding, app, "deny")
        asking.wait("document.querySelector('#tiles').innerText.includes('refused')")
        asking.wait("document.getElementById('held').hidden")
        wanted(asking, app, "A-2")
        decide(deciding, app, "approve")
        asking.wait("document.querySelector('#tiles').innerText.includes('R-A-2')")
        deciding.size(360, 800)
        deciding.wait("document.documentElement.scrollWidth <= 360")
        assert asking.problems == []
        assert deciding.problems == []


@pytest.mark.browser
def test_a_page_that_lost_its_socket_asks_for_what_it_waits_for(browser: Browser, app: App) -> None:
    with browser.page() as page:
        wanted(page, app, "A-3")
        page.evaluate("dispatchEvent(new Event('kanvas-closed'))")
        (hold,) = json.loads(approvals("list", "--json", data=app.data).stdout)
        assert approvals("approve", hold["hold"], data=app.data).returncode == 0
        page.wait("document.querySelector('#tiles').innerText.includes('R-A-3')")


@pytest.mark.browser
def test_a_browser_without_script(browser: Browser, app: App) -> None:
    with browser.page() as page:
        page.scripts(False)
        page.goto(app.page("/refunds"))
        page.fill("order", "A-4")
        page.fill("amount", "300")
        page.click(".run")
        page.wait("document.body?.innerText.includes('Waiting for approval')")
        page.wait("location.pathname.startsWith('/_kanvas/runs/')")
        (hold,) = json.loads(approvals("list", "--json", data=app.data).stdout)
        approvals("approve", hold["hold"], data=app.data)
        page.wait("document.body?.innerText.includes('R-A-4')")
        assert page.problems == []
