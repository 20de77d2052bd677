"""Texts that grow on a page while a model writes them, a piece at a time as the test says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.machine import PageSurface, WebSocketSurface

from tests.auth.surfaces import TEMPLATES
from tests.browser import Browser, Page
from tests.fake_provider import FakeProvider, dictated
from tests.runtime.reasoning.test_partials import CHAT
from tests.runtime.serving import records, service_of, serving

pytestmark = pytest.mark.browser

_SPOKEN = """
  window.spoken = [];
  new MutationObserver(() => window.spoken.push(document.getElementById('said').textContent))
    .observe(document.getElementById('said'), {childList: true, characterData: true, subtree: true})
"""


class Chat:
    """A page, and the models behind it: what each is to say next, and None when it is done."""

    def __init__(self, directory: Path, runs: int) -> None:
        self._directory = directory
        self._runs = runs
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self) -> Chat:
        self._thread.start()
        assert self._ready.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(60)

    def say(self, run: int, *pieces: str | None) -> None:
        """What the model of that run writes."""
        for piece in pieces:
            self._loop.call_soon_threadsafe(self._pieces[run].put_nowait, piece)

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self._pieces: list[asyncio.Queue[str | None]] = [asyncio.Queue() for _ in range(self._runs)]
        service = service_of(self._directory)
        service.directory = TEMPLATES
        service.configure(simulate=False)
        service.websocket(CHAT, WebSocketSurface("/ws"))
        service.page(CHAT, PageSurface("/chat", "Chat", "/ws", follows=False))
        async with FakeProvider(*map(dictated, self._pieces)) as provider:
            with pytest.MonkeyPatch.context() as patched:
                patched.setenv("ANTHROPIC_API_KEY", "sk-key")
                patched.setenv("ANTHROPIC_BASE_URL", provider.url)
                async with serving(service) as served:
                    self.url = f"http://127.0.0.1:{served.port}/chat"
                    self._ready.set()
                    await self._over.wait()


@contextlib.contextmanager
def chatting(browser: Browser, directory: Path, runs: int = 1) -> Iterator[tuple[Chat, Page]]:
    """The page, live, with a question on its way."""
    with Chat(directory, runs) as chat, browser.page() as page:
        begin(chat, page)
        yield chat, page
        assert page.problems == []


def begin(chat: Chat, page: Page) -> None:
    page.goto(chat.url)
    page.wait("document.getElementById('status').dataset.state === 'live'")
    page.evaluate(_SPOKEN)
    page.fill("message", "Hello?")
    page.click(".run")
    page.reads(".run", "Working…")


def shown(text: str) -> Any:
    return f"document.querySelector('#tiles .value')?.textContent === {json.dumps(text)}"


def test_a_text_grows_and_ends_as_the_result(browser: Browser, tmp_path: Path) -> None:
    with chatting(browser, tmp_path) as (chat, page):
        grown = ""
        for piece in ("One", " two <b>", " three\u0301", " — \U0001f642"):
            chat.say(0, '{"reply": "' + piece if not grown else piece)
            grown += piece
            page.wait(shown(grown))
        assert page.evaluate("document.getElementById('result').getAttribute('aria-busy')") == (
            "true"
        )
        assert page.evaluate("window.spoken") == [], "nobody wants every word read out"
        live = "document.getElementById('tiles').closest('[aria-live], [role=status], [role=log]')"
        assert page.evaluate(f"{live} === null")
        chat.say(0, '", "mood": "good"}', None)
        page.reads(".run", "Run")
        page.wait(shown(grown))
        page.wait("window.spoken.length === 1")
        assert page.evaluate("document.getElementById('result').getAttribute('aria-busy')") == (
            "false"
        )


def test_a_reload_in_the_middle_ends_the_run(browser: Browser, tmp_path: Path) -> None:
    with chatting(browser, tmp_path, runs=2) as (chat, page):
        chat.say(0, '{"reply": "Lost')
        page.wait(shown("Lost"))
        begin(chat, page)  # the page anew: nothing of the first run is there
        page.wait("document.querySelector('#tiles .value') === null")
        chat.say(0, " words")
        chat.say(1, '{"reply": "Found')
        page.wait(shown("Found"))
        chat.say(1, ' again", "mood": "good"}', None)
        page.reads(".run", "Run")
        page.wait(shown("Found again"))
    outcomes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess") if "run" in each]
    assert sorted(outcomes) == ["cancelled", "ok"]


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_nothing_moves_for_who_does_not_want_it(
    browser: Browser, tmp_path: Path, motion: str
) -> None:
    with chatting(browser, tmp_path) as (chat, page):
        features = [{"name": "prefers-reduced-motion", "value": motion}]
        page.send("Emulation.setEmulatedMedia", features=features)
        chat.say(0, '{"reply": "One')
        page.wait(shown("One"))
        moving = "document.getAnimations().some((each) => each.playState === 'running')"
        page.eventually(moving, motion == "no-preference")
        chat.say(0, '", "mood": "good"}', None)
        page.reads(".run", "Run")
