"""`make bench`: servers side by side, interleaved rounds, ratios with their spread.

Each server runs on one core and the load on another; a round measures all of them one after the
other, and only ratios within a round are compared, since absolute figures drift.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.sync.client import connect

HERE = Path(__file__).parent
ROUNDS, SECONDS, CONNECTIONS = 5, 2.0, 64
BASE = "FastAPI + pydantic, nothing recorded"
OURS = "built app, governed, durable ledger"


def pinned(core: int, *command: str) -> list[str]:
    """The command on one core, where the system can pin and has two."""
    if shutil.which("taskset") and (os.cpu_count() or 1) > 1:
        return ["taskset", "-c", str(core), *command]
    return list(command)


@contextmanager
def server(command: list[str], folder: Path, **environment: str) -> Iterator[int]:
    """A server on a free port, which is read from what it prints."""
    process = subprocess.Popen(
        pinned(0, *command),
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            found = re.search(r"(?:served at|running on) http://[^:]+:(\d+)", line)
            if found:
                yield int(found[1])
                break
        else:
            raise RuntimeError("the server ended at its start")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def answers(port: int) -> None:
    """A server is timed only after it has shown that it does the work."""
    with connect(f"ws://127.0.0.1:{port}/ws/echo") as socket:
        socket.send('{"metric_name":"cpu"}')
        assert json.loads(socket.recv()) == {"value": 4.5, "name": "CPU"}
        socket.send('{"metric":"cpu"}')
        assert "error" in json.loads(socket.recv())


def measure(port: int) -> tuple[float, float]:
    """Messages a second, and the load generator's share of its core."""
    command = pinned(1, sys.executable, "-m", "bench.load", str(port), str(CONNECTIONS))
    done = subprocess.run(
        [*command, "1", str(SECONDS)],
        cwd=HERE.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    return told["rate"], told["share"]


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base)
        subprocess.run(
            [sys.executable, "-m", "kanvasc", "build", str(HERE / "echo.kanvas"), "-o", "app"],
            cwd=folder,
            check=True,
        )
        by_hand = [sys.executable, "-m", "uvicorn", "bench.by_hand:app", "--port", "0"]
        ours = [sys.executable, "app.py", "--port", "0"]
        with (
            server([*by_hand, "--no-access-log"], HERE.parent) as hand_port,
            server(ours, folder / "app", KANVAS_DATA_DIR=str(folder / "data")) as our_port,
        ):
            report({BASE: hand_port, OURS: our_port})


def report(ports: dict[str, int]) -> None:
    for port in ports.values():
        answers(port)
    rounds = [{name: measure(port) for name, port in ports.items()} for _ in range(ROUNDS)]
    print(f"{CONNECTIONS} connections, one message in flight each, {ROUNDS} rounds of {SECONDS} s")
    for name in ports:
        rates = [found[name][0] for found in rounds]
        ratios = [found[name][0] / found[BASE][0] for found in rounds]
        shares = [found[name][1] for found in rounds]
        print(
            f"{name:40} {statistics.median(rates):>8.0f} msg/s   "
            f"{statistics.median(ratios):.2f} of the base "
            f"({min(ratios):.2f} to {max(ratios):.2f}), load at {statistics.median(shares):.0%}"
        )


if __name__ == "__main__":
    main()
