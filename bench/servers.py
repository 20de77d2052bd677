"""Servers under measurement: each on one core, in a process of its own, shown to work first."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from websockets.sync.client import connect

HERE = Path(__file__).parent
PEERS = HERE / "peers"
COMPILED = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""What a user has: modules that were compiled once stay compiled."""


@dataclass(frozen=True)
class Spec:
    """How a server is started. It prints where it runs."""

    command: tuple[str, ...]
    folder: Path = HERE.parent
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Running:
    """One that listens."""

    port: int
    process: int


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def uvicorn(app: str, *options: str) -> tuple[str, ...]:
    """An app under uvicorn with its defaults, apart from the log."""
    return python("-m", "uvicorn", app, "--port", "0", "--no-access-log", *options)


def pinned(core: int, *command: str) -> list[str]:
    """The command on one core, where the system can pin and has two."""
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(core), *command]
    return list(command)


@contextmanager
def server(spec: Spec) -> Iterator[Running]:
    """A server on a free port, which is read from what it prints."""
    process = subprocess.Popen(
        pinned(0, *spec.command),
        cwd=spec.folder,
        env={**COMPILED, **spec.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    told: list[str] = []
    try:
        for line in process.stdout:
            told.append(line)
            found = re.search(r"(?:served at|running on) http://[^:]+:(\d+)", line)
            if found:
                # A log that nobody reads would stop the server when the pipe is full.
                Thread(target=process.stdout.read, daemon=True).start()
                yield Running(int(found[1]), process.pid)
                break
        else:
            raise RuntimeError("the server ended at its start:\n" + "".join(told))
    finally:
        process.terminate()
        process.send_signal(signal.SIGCONT)
        process.wait(timeout=30)


def asleep(running: Running) -> None:
    """It gets no more of its core, which it shares with others."""
    os.kill(running.process, signal.SIGSTOP)


@contextmanager
def awake(running: Running) -> Iterator[None]:
    """It runs for so long, and a moment more to see its clients go."""
    os.kill(running.process, signal.SIGCONT)
    try:
        yield
        time.sleep(0.1)
    finally:
        asleep(running)


def build(program: str, folder: Path) -> Path:
    """The built app of a program that stands beside this file, or at a path."""
    out = folder / Path(program).stem
    command = python("-m", "kanvasc", "build", str(HERE / program), "-o", str(out))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return out


def ours(app: Path) -> Spec:
    """A built app, as `python app.py` serves it."""
    data = str(app.with_name(app.name + ".data"))
    return Spec(python("app.py", "--port", "0"), app, {"KANVAS_DATA_DIR": data})


def answers(running: Running) -> None:
    """A server is timed only after it has shown that it does the work."""
    with connect(f"ws://127.0.0.1:{running.port}/ws/echo") as socket:
        socket.send('{"metric_name":"cpu"}')
        assert json.loads(socket.recv()) == {"value": 4.5, "name": "CPU"}
        for wrong in ('{"metric":"cpu"}', '{"metric_name":1}'):
            socket.send(wrong)
            assert "error" in json.loads(socket.recv())
        socket.send('{"metric_name":"x"}')
        assert json.loads(socket.recv()) == {"value": 1.5, "name": "X"}


def memory(process: int) -> int:
    """KiB that a process takes."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE") // 1024


def available(package: str) -> bool:
    """Whether a peer is installed: a Python package, or a folder of Node's."""
    from importlib.util import find_spec

    if package == "node":
        return shutil.which("node") is not None and (PEERS / "node_modules").is_dir()
    return find_spec(package) is not None
