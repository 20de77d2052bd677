"""What the tests of pages share: a browser, a served app, a client without a server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import browser
from tests.ports import own_port

__all__ = ["browser"]

ROOT = Path(__file__).parents[2]


class Served:
    """The app of `served.py` in a process of its own, which can be stopped and started again."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.port = own_port()  # the same after a restart
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**os.environ, "KANVAS_DATA_DIR": str(data)}
        self._arguments = arguments

    def start(self, *arguments: str) -> None:
        """Returns when it answers. `arguments` replace those given at first."""
        command = [sys.executable, "-m", "tests.pages.served", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, *(arguments or self._arguments)],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 60
        while not self._is_ready():
            assert self._process.poll() is None, "the server ended at its start"
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it as an operator would, and waits for that."""
        self._process.terminate()
        self._process.wait(60)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz"):
                return True
        except (urllib.error.URLError, ConnectionError):
            return False


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The app, served once for all tests that leave it as it is."""
    server = Served(tmp_path_factory.mktemp("data"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Served]:
    """The app for a test that stops and starts it."""
    server = Served(tmp_path)
    server.start()
    yield server
    server.stop()
