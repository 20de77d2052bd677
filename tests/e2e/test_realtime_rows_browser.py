"""A page in a browser tells signed out from offline: a browser says of neither why it is so."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.browser import Browser, Page
from tests.e2e.apps import App, build, kanvasc

pytestmark = pytest.mark.browser

PROGRAM = """\
machine clock "Clock"
  responds with
    ticks as integer
  implements
    state
      ticks as integer, default: 0
    set state.ticks = state.ticks + 1
    compute answer
      {ticks: state.ticks}
  expresses
    websocket
      path: "/ws/clock"
      auth: session
      every: "200ms"
    page
      path: "/clock"
      auth: session
"""


def state(page: Page) -> str:
    return str(page.evaluate("document.getElementById('status').dataset.state"))


def sign_in(page: Page, app: App, key: str) -> None:
    page.goto(app.page("/clock"))
    page.fill("key", key)
    page.click("button")
    page.wait("location.pathname === '/clock' && document.getElementById('status')")
    page.wait("document.getElementById('status').dataset.state === 'live'")


def new_key(app: App, name: str) -> str:
    done = kanvasc("keys", "new", name, "--data-dir", str(app.data))
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def test_a_page_says_that_one_is_signed_out(browser: Browser, tmp_path: Path) -> None:
    folder = build(PROGRAM, tmp_path / "app")
    with App(folder, tmp_path / "data") as app:
        alice, bob = new_key(app, "alice"), new_key(app, "bob")
        with browser.page() as page:
            sign_in(page, app, alice)
            kanvasc("keys", "revoke", "alice", "--data-dir", str(app.data))
            page.wait("document.getElementById('status').dataset.state === 'signed-out'")
            page.wait("document.body.innerText.toLowerCase().includes('signed out')")
            page.evaluate("new Promise(r => setTimeout(r, 1200))")
            assert state(page) == "signed-out", "it does not try again"
            page.goto(app.page("/clock"))
            page.reads("h2", "Sign in")
            sign_in(page, app, bob)
            app.end(signal.SIGTERM)
            page.wait("document.getElementById('status').dataset.state !== 'live'")
            assert state(page) in ("reconnecting", "offline")
