"""Drives Chromium without a window over the DevTools protocol, as far as our tests need it.

    def test_it(browser):
        with browser.page("http://127.0.0.1:9000/") as page:
            page.mentions("h1", "Metrics")
            assert page.problems == []

A page changes while a test looks at it. `wait`, `reads`, `mentions` and `eventually` ask until it
is as they say; `evaluate` and `text` tell what is there now, for what does not change any more.

`browser` skips where Chromium is missing, but fails when the environment says CI=true.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

CHROMIUM = "/usr/bin/chromium"
PATIENCE = 60.0
"""Seconds for a page to become what a test waits for: machines that run tests are slow."""
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
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
        """The expression's value as soon as it is true; True for an element.

        What it raises is no answer yet: a page that gives way to another has nothing in it.
        """
        tested = f"((it) => it instanceof Node || it)({expression})"
        return self._ask(tested, bool, f"never true: {expression}")

    def eventually(self, expression: str, value: Any) -> None:
        """Waits until the expression has the value."""
        self._ask(expression, lambda found: found == value, f"never {value!r}: {expression}")

    def reads(self, selector: str, text: str) -> None:
        """Waits until that is all a person reads of an element; empty when there is none."""
        self.eventually(_reading(selector), text)

    def mentions(self, selector: str, *parts: str) -> None:
        """Waits until a person reads all parts somewhere in an element."""
        wanted = f"{selector} never mentions {parts}"
        self._ask(_reading(selector), lambda text: all(part in text for part in parts), wanted)

    def _ask(self, expression: str, is_so: Callable[[Any], bool], complaint: str) -> Any:
        """The expression's first value that is as it should be."""
        until = time.monotonic() + PATIENCE
        found: object = None
        while time.monotonic() < until:
            try:
                found = self.evaluate(expression)
                if is_so(found):
                    return found
            except AssertionError as error:
                found = error
            time.sleep(0.02)
        raise AssertionError(f"{complaint}\nlast: {found}\n{self.text('body')[:500]}")

    def text(self, selector: str) -> str:
        """What a person reads of an element; empty when there is none."""
        return str(self.evaluate(_reading(selector)))

    def fill(self, name: str, value: str | bool) -> None:
        """Sets a control of the form as a person would."""
        property_ = "checked" if isinstance(value, bool) else "value"
        control = f"document.getElementById('form').elements.namedItem({json.dumps(name)})"
        self.evaluate(f"void ({control}.{property_} = {json.dumps(value)})")

    def click(self, selector: str) -> None:
        """Clicks with the mouse, in the middle of the element, as soon as it is there and nothing
        lies over it: works without script as well."""
        query = json.dumps(selector)
        place = self.wait(
            f"(() => {{ const node = document.querySelector({query}); node.scrollIntoView();"
            " const box = node.getBoundingClientRect();"
            " const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];"
            " return node.contains(document.elementFromPoint(x, y)) && [x, y]; })()"
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
        self._pages: dict[str, Page] = {}
        self._last = 0
        self._read = b""
        commands, self._commands = os.pipe()
        self._replies, replies = os.pipe()
        commands, replies = _aside(commands), _aside(replies)
        self._process = subprocess.Popen(
            [*_shell(commands, replies), *_FLAGS, f"--user-data-dir={self._profile}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(commands, replies),
            start_new_session=True,
        )
        os.close(commands)
        os.close(replies)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._commands)
        os.close(self._replies)
        os.killpg(self._process.pid, signal.SIGKILL)  # a shell script's children, in their group
        self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

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
        text = json.dumps(message | ({"sessionId": session} if session else {}))
        with open(self._commands, "wb", closefd=False) as commands:
            commands.write(text.encode() + b"\0")
        while True:
            reply = self._receive()
            if reply.get("id") == self._last:
                if "error" in reply:
                    raise AssertionError(f"{method}: {reply['error']}")
                return dict(reply["result"])
            page = self._pages.get(reply.get("sessionId", ""))
            if page is not None:
                page.notice(reply["method"], reply["params"])

    def _receive(self) -> dict[str, Any]:
        """The next message; each ends with a zero byte."""
        while b"\0" not in self._read:
            ready, _, _ = select.select([self._replies], [], [], PATIENCE)
            chunk = os.read(self._replies, 1 << 20) if ready else b""
            if not chunk:
                raise RuntimeError("Chromium does not answer" if not ready else "Chromium ended")
            self._read += chunk
        message, _, self._read = self._read.partition(b"\0")
        return dict(json.loads(message))


def _reading(selector: str) -> str:
    """An expression for what a person reads of an element."""
    return f"(document.querySelector({json.dumps(selector)})?.innerText ?? '')"


def _aside(descriptor: int) -> int:
    """The same pipe under a number that is neither 3 nor 4: those are about to be taken."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def _shell(commands: int, replies: int) -> list[str]:
    """Chromium with the pipes where it looks for them.

    A pipe rather than a port: it closes however this process ends, and Chromium ends with it.
    """
    script = f'exec "$0" "$@" 3<&{commands} 4>&{replies} {commands}<&- {replies}>&-'
    return ["/bin/bash", "-c", script, CHROMIUM]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a session."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing, and CI must not skip")
        pytest.skip(f"{CHROMIUM} is not installed")
    with Browser() as running:
        yield running
