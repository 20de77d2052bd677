"""A person signs in, sees a page and its socket, and is signed out by a revocation."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kanvas_runtime.auth import admin

from tests.auth.surfaces import keys_of, running
from tests.browser import Browser, browser

__all__ = ["browser"]

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A port and a key."""
    key = keys_of(tmp_path).new("alice")
    ready = threading.Event()
    found: list[int] = []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        async with running(tmp_path) as app:
            found.append(app.port)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    yield found[0], key
    loop.call_soon_threadsafe(done.set)
    thread.join(60)
    loop.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_session_from_its_beginning_to_its_end(
    browser: Browser, served: tuple[int, str], tmp_path: Path, scheme: str
) -> None:
    port, key = served
    with browser.page() as page:
        page.size(900, 640)
        page.scheme(scheme)
        page.goto(f"http://127.0.0.1:{port}/signed")
        page.reads("h2", "Sign in")
        page.screenshot(tmp_path / "sign-in.png")
        page.fill("key", "wrong")
        page.click("button")
        page.wait("document.querySelector('#error')?.innerText.includes('not valid')")
        page.fill("key", key)
        page.click("button")
        page.wait("location.pathname === '/signed' && document.querySelector('.leave')")
        page.problems.clear()  # the browser reports every 401
        page.mentions(".leave", "alice")
        page.eventually("document.cookie", "")
        page.evaluate(
            f"void (window.endedBy = new Promise((done) => {{ const socket ="
            f" new WebSocket('ws://127.0.0.1:{port}/ws/signed');"
            " socket.onopen = () => socket.send('{}');"
            " socket.onmessage = (event) => { window.heardHere = event.data; };"
            " socket.onclose = (event) => done(event.code); }))"
        )
        page.wait("window.heardHere")
        page.eventually("window.heardHere", '{"who":"alice"}')
        page.screenshot(tmp_path / "page.png")
        admin.ask(tmp_path / "data", {"do": "keys.revoke", "which": "alice"})
        assert page.evaluate("window.endedBy") == 4401
        session = page.evaluate("fetch('/_kanvas/session').then((reply) => reply.json())")
        assert session == {"signed_in": False}
        assert page.problems == []
        page.goto(f"http://127.0.0.1:{port}/signed")
        page.reads("h2", "Sign in")
