"""Built apps in processes of their own, as a user starts them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
START = 120.0
"""Seconds until an app must serve: machines that run tests are slow."""


def kanvasc(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The real command."""
    command = [sys.executable, "-m", "kanvasc", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def build(program: str | Path, folder: Path) -> Path:
    """The folder that `kanvasc build` wrote; `program` is a path or a text."""
    path = program if isinstance(program, Path) else folder.parent / f"{folder.name}.kanvas"
    if isinstance(program, str):
        path.write_text(program, encoding="utf-8")
    done = kanvasc("build", str(path), "-o", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


class App:
    """`python app.py` on a free port; leaving the block ends it."""

    def __init__(
        self,
        folder: Path,
        data: Path,
        *arguments: str,
        python: str = sys.executable,
        command: list[str] | None = None,
        **environment: str,
    ) -> None:
        self.data = data
        self.lines: list[str] = []
        self.port = 0
        self._command = command or [python, "app.py", "--port", "0", *arguments]
        self._folder = folder
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC", "KANVAS"))}
        self._environment = {**clean, "KANVAS_DATA_DIR": str(data), **environment}
        self._served = threading.Event()

    def __enter__(self) -> App:
        self.process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._served.wait(START), f"the app does not serve:\n{self.log}"
        assert self.port, f"the app ended:\n{self.log}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and waits: the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(60)
        self._reader.join(60)
        assert not self._reader.is_alive(), "a process that the app started outlives it"
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    @property
    def log(self) -> str:
        """All that it printed so far."""
        return "".join(self.lines)

    def url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def page(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def connect(self, path: str, **options: Any) -> ClientConnection:
        return connect(self.url(path), **{"max_size": None, "compression": None, **options})

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            found = re.search(r"(?:served at|running on) http://[^:]+:(\d+)", line)
            if found and not self.port:
                self.port = int(found[1])
                self._served.set()
        self._served.set()


def refused(folder: Path, data: Path, *before: str, **environment: str) -> str:
    """What an app says that does not start; `before` is what runs it."""
    done = subprocess.run(
        [*before, sys.executable, "app.py", "--port", "0"],
        cwd=folder,
        env={"KANVAS_DATA_DIR": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    told = done.stdout + done.stderr
    assert "Traceback" not in told
    return told


def ask(socket: ClientConnection, message: object) -> Any:
    """The answer to one message; text and bytes are sent as they are."""
    socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
    return json.loads(socket.recv(timeout=60))


def records(data: Path) -> list[dict[str, Any]]:
    """The ledger's records, in order, read as anybody could: from the database."""
    import sqlite3

    connection = sqlite3.connect(f"file:{data / 'ledger.db'}?mode=ro", uri=True)
    try:
        rows = connection.execute("SELECT body FROM ledger ORDER BY seq").fetchall()
    finally:
        connection.close()
    return [json.loads(body) for (body,) in rows]


def verify(data: Path) -> subprocess.CompletedProcess[str]:
    return kanvasc("ledger", "verify", "--data-dir", str(data))
