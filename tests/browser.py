"""Drives Chromium without a window over the DevTools protocol, as far as our tests need it.

    def test_it(browser):
        with browser.page("http://127.0.0.1:9000/") as page:
            page.wait("document.querySelector('h1')")
            assert page.problems == []

`browser` skips where Chromium is missing, but fails when the environment says CI=true.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 10.0
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
)


class Page:
    """A tab. `problems` is what the browser complained of: exceptions, errors, CSP violations."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self.session = session
        self.target = target
        self.problems: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A DevTools command."""
        return self._browser.send(method, parameters, self.session)

    def goto(self, url: str) -> None:
        """Opens a page and waits until it is loaded."""
        self.evaluate("window.leaving = true")
        self.send("Page.navigate", url=url)
        self.wait("!window.leaving && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of the page (a promise is awaited); raises what it raises."""
        reply = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in reply:
            raise AssertionError(reply["exceptionDetails"])
        return reply["result"].get("value")

    def wait(self, expression: str) -> Any:
        """The expression's value as soon as it is true; True for an element."""
        tested = f"((it) => it instanceof Node || it)({expression})"
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            value = self.evaluate(tested)
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"never true: {expression}\n{self.text('body')[:500]}")

    def text(self, selector: str) -> str:
        """What a person reads of an element; empty when there is none."""
        query = json.dumps(selector)
        return str(self.evaluate(f"document.querySelector({query})?.innerText ?? ''"))

    def fill(self, name: str, value: str | bool) -> None:
        """Sets a control of the form as a person would."""
        property_ = "checked" if isinstance(value, bool) else "value"
        control = f"document.getElementById('form').elements.namedItem({json.dumps(name)})"
        self.evaluate(f"void ({control}.{property_} = {json.dumps(value)})")

    def click(self, selector: str) -> None:
        """Clicks with the mouse, in the middle of the element: works without script as well."""
        query = json.dumps(selector)
        place = self.evaluate(
            f"(() => {{ const node = document.querySelector({query}); node.scrollIntoView();"
            " const box = node.getBoundingClientRect();"
            " return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent",
                type=kind,
                x=place[0],
                y=place[1],
                button="left",
                clickCount=1,
            )

    def scripts(self, on: bool) -> None:
        """Whether the page's own scripts run."""
        self.send("Emulation.setScriptExecutionDisabled", value=not on)

    def size(self, width: int, height: int) -> None:
        """The viewport, in CSS pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def scheme(self, name: str) -> None:
        """`light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.send("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, path: Path) -> None:
        """Writes what is in the viewport as PNG."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def notice(self, method: str, parameters: dict[str, Any]) -> None:
        """Keeps what an event complains of."""
        if method == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.problems.append(f"{parameters['entry']['source']}: {parameters['entry']['text']}")
        elif method == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.problems.append(json.dumps(parameters["args"]))


class Browser:
    """A running Chromium with a profile of its own. Use as a context manager."""

    def __enter__(self) -> Browser:
        self._profile = Path(tempfile.mkdtemp(prefix="chromium-"))
        self._process = subprocess.Popen(
            [CHROMIUM, *_FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pages: dict[str, Page] = {}
        self._last = 0
        self._open = ExitStack()
        self._open.callback(self._end)
        try:
            self._socket = self._open.enter_context(self._connect())
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    @contextmanager
    def page(self, url: str | None = None) -> Iterator[Page]:
        """A new tab without cookies or cache of the others, closed in the end."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send(
            "Target.createTarget", {"url": "about:blank", "browserContextId": context}
        )["targetId"]
        attached = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})
        page = Page(self, attached["sessionId"], target)
        self._pages[page.session] = page
        try:
            if url is not None:
                page.goto(url)
            yield page
        finally:
            del self._pages[page.session]
            self.send("Target.disposeBrowserContext", {"browserContextId": context})

    def send(
        self, method: str, parameters: dict[str, Any] | None = None, session: str | None = None
    ) -> dict[str, Any]:
        """A DevTools command and its result; events that come before it are noticed."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters or {}}
        self._socket.send(json.dumps(message | ({"sessionId": session} if session else {})))
        while True:
            reply = json.loads(self._socket.recv(timeout=PATIENCE))
            if reply.get("id") == self._last:
                if "error" in reply:
                    raise AssertionError(f"{method}: {reply['error']}")
                return dict(reply["result"])
            page = self._pages.get(reply.get("sessionId", ""))
            if page is not None:
                page.notice(reply["method"], reply["params"])

    def _connect(self) -> AbstractContextManager[ClientConnection]:
        """Chromium writes its port and path down once it listens."""
        place = self._profile / "DevToolsActivePort"
        until = time.monotonic() + PATIENCE
        while not (place.exists() and place.read_text().count("\n") == 1):
            if time.monotonic() > until or self._process.poll() is not None:
                raise AssertionError("Chromium did not start")
            time.sleep(0.05)
        port, path = place.read_text().split("\n")
        return connect(f"ws://127.0.0.1:{port}{path}", max_size=None)

    def _end(self) -> None:
        """Ends the whole group: the program is a shell script with children."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a session."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing, and CI must not skip")
        pytest.skip(f"{CHROMIUM} is not installed")
    with Browser() as running:
        yield running
