"""Clients that keep on asking, and remember what they were answered."""

from __future__ import annotations

import hmac
import json
import threading
from pathlib import Path

from websockets.exceptions import WebSocketException

from tests.e2e.apps import App
from tests.e2e.programs import SHIPPING

FAST = SHIPPING.replace('path: "/ws/shipping"', 'path: "/ws/shipping"\n      rate: "100000/s"')


class Client(threading.Thread):
    """Sends messages that can be told apart until it is stopped or the connection breaks.

    `seen` are the answers of runs; refusals with another code than `overloaded` are `strange`.
    """

    def __init__(self, app: App, number: int) -> None:
        super().__init__(daemon=True)
        self.app = app
        self.number = number
        self.seen: list[bytes] = []
        self.strange: list[str] = []
        self.first = threading.Event()
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            with self.app.connect("/ws/shipping") as socket:
                for count in range(100_000):
                    if self.stopped.is_set():
                        return
                    weight = (self.number * 100_000 + count) / 10**8
                    socket.send(json.dumps({"country": "de", "weight": weight}))
                    self._note(str(socket.recv(timeout=60)))
        except (WebSocketException, OSError, EOFError):
            pass

    def _note(self, reply: str) -> None:
        told = json.loads(reply)
        if "price" in told:
            self.seen.append(reply.encode())
            self.first.set()
        elif told["error"]["code"] != "overloaded":
            self.strange.append(reply)


def digests(clients: list[Client], data: Path) -> set[str]:
    """Of all answers, as the app records them."""
    key = (data / "instance.key").read_bytes()
    return {hmac.new(key, each, "sha256").hexdigest() for one in clients for each in one.seen}
