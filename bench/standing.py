"""What it costs to be there: starting, connections that say nothing, results for many."""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bench.load import frame, upgraded
from bench.ratios import Rounds, rounds
from bench.servers import Running, Spec, build, memory, ours, server, uvicorn

BASE, OURS = "FastAPI", "built app"
IDLE, SUBSCRIBERS, RESULTS = 1_000, 200, 60
START_ROUNDS, IDLE_ROUNDS, PUSH_ROUNDS = 7, 3, 5


def by_hand() -> Spec:
    return Spec(uvicorn("bench.peers.fastapi_pydantic:app"))


def starts(folder: Path) -> Rounds:
    """Seconds from the command to the first handshake."""
    app = build("echo.kanvas", folder)

    def start(spec: Spec) -> float:
        begun = time.perf_counter()
        with server(spec) as running:
            upgraded(running.port).close()
            return time.perf_counter() - begun

    return rounds(START_ROUNDS, {BASE: lambda: start(by_hand()), OURS: lambda: start(ours(app))})


def idle(folder: Path) -> Rounds:
    """KiB a connection that has only been opened."""
    app = build("feed.kanvas", folder)

    def each(spec: Spec) -> float:
        with server(spec) as running:
            upgraded(running.port, "/ws/feed", deflate=True).close()
            before = memory(running.process)
            clients = [upgraded(running.port, "/ws/feed", deflate=True) for _ in range(IDLE)]
            time.sleep(0.5)
            taken = (memory(running.process) - before) / IDLE
            for client in clients:
                client.close()
        return taken

    return rounds(IDLE_ROUNDS, {BASE: lambda: each(by_hand()), OURS: lambda: each(ours(app))})


def pushes(folder: Path) -> Rounds:
    """Results a second that reach all who listen, of 20 KB each."""
    app = build("feed.kanvas", folder)
    with ExitStack() as stack:
        running = {
            BASE: stack.enter_context(server(by_hand())),
            OURS: stack.enter_context(server(ours(app))),
        }
        crowds = {name: Crowd(each) for name, each in running.items()}
        measures: dict[str, Callable[[], float]] = {
            name: crowd.rate for name, crowd in crowds.items()
        }
        return rounds(PUSH_ROUNDS, measures)


class Crowd:
    """Who listens, and one who asks."""

    def __init__(self, running: Running) -> None:
        self._listeners = [upgraded(running.port, "/ws/feed") for _ in range(SUBSCRIBERS)]
        self._asking = upgraded(running.port, "/ws/feed")
        for each in self._listeners:
            each.sendall(frame(b'{"subscribe":"news"}'))
        time.sleep(0.5)
        for each in (*self._listeners, self._asking):
            each.setblocking(False)
            _drain(each)
        self._epoll = select.epoll()
        self._by_number = {each.fileno(): each for each in (*self._listeners, self._asking)}
        for number in self._by_number:
            self._epoll.register(number, select.EPOLLIN)
        self._size = self._one()

    def rate(self) -> float:
        begun = time.perf_counter()
        for _ in range(RESULTS):
            self._ask(self._size)
        return SUBSCRIBERS * RESULTS / (time.perf_counter() - begun)

    def _one(self) -> int:
        """Bytes of a result, after it was looked at."""
        self._asking.sendall(frame(b'{"topic":"news"}'))
        time.sleep(0.5)
        said = [_drain(each) for each in (*self._listeners, self._asking)]
        for each in said:
            assert json.loads(each[4:])["topic"] == "news", each[:100]
        assert len({len(each) for each in said}) == 1
        return len(said[0])

    def _ask(self, size: int) -> None:
        left = dict.fromkeys(self._by_number, size)
        self._asking.send(frame(b'{"topic":"news"}'))
        while left:
            ready = self._epoll.poll(5.0)
            assert ready, "no result for five seconds"
            for number, _ in ready:
                left[number] -= len(self._by_number[number].recv(1 << 18))
                if left[number] <= 0:
                    assert left[number] == 0
                    del left[number]


def _drain(client: socket.socket) -> bytes:
    data = b""
    try:
        while part := client.recv(1 << 18):
            data += part
    except BlockingIOError:
        pass
    return data
