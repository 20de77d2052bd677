"""`kill -9` under load: no reply that a client saw lacks its record, and the chain holds."""

from __future__ import annotations

import hmac
import json
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException

from tests.e2e.apps import App, build, records, verify
from tests.e2e.programs import SHIPPING

KILLS = 20
MANY = 100
CLIENTS = 4


class Client(threading.Thread):
    """Sends messages that can be told apart until the connection breaks; keeps what it saw."""

    def __init__(self, app: App, number: int) -> None:
        super().__init__(daemon=True)
        self.app = app
        self.number = number
        self.seen: list[bytes] = []

    def run(self) -> None:
        try:
            with self.app.connect("/ws/shipping") as socket:
                for count in range(100_000):
                    weight = (self.number * 100_000 + count) / 10**8
                    socket.send(json.dumps({"country": "de", "weight": weight}))
                    reply = socket.recv(timeout=60)
                    assert isinstance(reply, str)
                    assert "price" in json.loads(reply)
                    self.seen.append(reply.encode())
        except (WebSocketException, OSError, EOFError):
            pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fast = SHIPPING.replace('path: "/ws/shipping"', 'path: "/ws/shipping"\n      rate: "100000/s"')
    return build(fast, tmp_path_factory.mktemp("kill") / "app")


@pytest.mark.timeout(900)
def test_no_reply_without_its_record(folder: Path, tmp_path: Path) -> None:
    assert killed(folder, tmp_path / "data", KILLS) > KILLS


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_reply_without_its_record_a_hundred_times(folder: Path, tmp_path: Path) -> None:
    replies = killed(folder, tmp_path / "data", MANY, seed=100)
    print(f"{MANY} kills, {replies} replies: each has its record, and the chain is sound")
    assert replies > MANY


def killed(folder: Path, data: Path, times: int, seed: int = 20) -> int:
    """Kill the app so often, each time at some moment under load; how many replies were seen."""
    chance = random.Random(seed)
    acknowledged: set[str] = set()
    for life in range(times):
        with App(folder, data) as app:
            clients = [Client(app, life * CLIENTS + number) for number in range(CLIENTS)]
            for client in clients:
                client.start()
            while not any(client.seen for client in clients):
                time.sleep(0.01)
            time.sleep(chance.uniform(0.0, 0.35))
            app.end(signal.SIGKILL)
            for client in clients:
                client.join(60)
            key = (data / "instance.key").read_bytes()
            replies = [reply for client in clients for reply in client.seen]
            acknowledged |= {hmac.new(key, reply, "sha256").hexdigest() for reply in replies}
        recorded = {r.get("output_digest") for r in records(data)}
        assert acknowledged - recorded == set()
        verdict = verify(data)
        assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    kinds = [r["kind"] for r in records(data)]
    assert kinds.count("ServerStarted") == times
    return len(acknowledged)
