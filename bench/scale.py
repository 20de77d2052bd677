"""Many at once on one machine: connections, subscriptions, machines, and one who asks a lot."""

from __future__ import annotations

import json
import resource
import select
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from bench.load import MESSAGE, first_reply, frame, upgraded
from bench.servers import Running, Spec, build, memory, ours, server

CONNECTIONS, SUBSCRIPTIONS, KEYS, MACHINES = 10_000, 1_000, 100, 100
ASKED = 200
"""Messages whose median and 99th percentile are told."""
STEPS = (1_000, 4_000, CONNECTIONS)

MACHINE = """\
machine echo_{number}
  accepts
    metric_name as text, is required
  responds with
    value as number
    name as text
  implements
    compute answer
      {{value: input.metric_name.length * 1.5, name: input.metric_name.upper()}}
  expresses
    websocket
      path: "/ws/echo{number}"
      rate: "1000000/s"
"""


def lines(folder: Path) -> Iterator[str]:
    """What was found, a line each."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    feed = build("feed.kanvas", folder)
    with server(ours(feed)) as running:
        yield from _connections(running)
    with server(ours(feed)) as running:
        yield from _subscriptions(running)
    many = _many(folder)
    begun = time.perf_counter()
    with server(many) as running:
        took = time.perf_counter() - begun
        yield f"{MACHINES} machines in one app: started in {took:.1f} s, {_mib(running)}"
        asked = upgraded(running.port, "/ws/echo7")
        yield f"  asked one at a time: {_waits(asked)}"
    with server(ours(build("echo.kanvas", folder))) as running:
        yield from _fairness(running)


def _mib(running: Running) -> str:
    return f"{memory(running.process) / 1024:.0f} MiB"


def _connections(running: Running) -> Iterator[str]:
    asking = upgraded(running.port, "/ws/feed")
    clients: list[socket.socket] = []
    before, ask = memory(running.process), frame(b'{"topic":"x"}')
    for number in STEPS:
        begun = time.perf_counter()
        new = [upgraded(running.port, "/ws/feed") for _ in range(number - len(clients))]
        took = (time.perf_counter() - begun) / len(new) * 1000
        clients += new
        time.sleep(1.0)
        each = (memory(running.process) - before) / number
        yield (
            f"{number:>6} connections: {each:.1f} KiB each, {took:.2f} ms to open one,"
            f" one of them asks: {_waits(asking, ask)}"
        )
    for client in clients:
        client.close()


def _subscriptions(running: Running) -> Iterator[str]:
    each = SUBSCRIPTIONS // KEYS
    crowds: list[list[socket.socket]] = []
    for key in range(KEYS):
        crowd = [upgraded(running.port, "/ws/feed") for _ in range(each)]
        for client in crowd:
            client.sendall(frame(json.dumps({"subscribe": f"k{key}"}).encode()))
        crowds.append(crowd)
    time.sleep(2.0)
    for client in (client for crowd in crowds for client in crowd):
        _whole(client)
    asking, took = upgraded(running.port, "/ws/feed"), []
    for turn in range(ASKED):
        key = turn % KEYS
        begun = time.perf_counter()
        asking.sendall(frame(json.dumps({"topic": f"k{key}"}).encode()))
        for client in (asking, *crowds[key]):
            _whole(client)
        took.append((time.perf_counter() - begun) * 1000)
    yield (
        f"{SUBSCRIPTIONS} subscriptions over {KEYS} keys, results of 20 KB: all {each} of a key"
        f" have it after {_cut(took)}; {_mib(running)}"
    )


def _fairness(running: Running) -> Iterator[str]:
    """One connection has 64 messages in flight all the time; another asks one by one."""
    quiet, greedy = upgraded(running.port), upgraded(running.port)
    alone, message = _waits(quiet), frame(MESSAGE)
    size = len(first_reply(greedy, message))
    greedy.sendall(message * 64)
    greedy.setblocking(False)
    epoll = select.epoll()
    epoll.register(greedy.fileno(), select.EPOLLIN)
    epoll.register(quiet.fileno(), select.EPOLLIN)
    took: list[float] = []
    rest, answered = 0, 0
    began = begun = time.perf_counter()
    quiet.sendall(message)
    while len(took) < ASKED:
        for number, _ in epoll.poll(5.0):
            if number == greedy.fileno():
                count, rest = divmod(rest + len(greedy.recv(1 << 18)), size)
                answered += count
                greedy.sendall(message * count)
            else:
                quiet.recv(1 << 16)
                took.append((time.perf_counter() - begun) * 1000)
                begun = time.perf_counter()
                quiet.sendall(message)
    rate = answered / (time.perf_counter() - began)
    yield f"beside a connection with 64 in flight ({rate:,.0f} answers a second), another one asks:"
    yield f"  {_cut(took)}; alone: {alone}"


def _many(folder: Path) -> Spec:
    text = "\n".join(MACHINE.format(number=number) for number in range(MACHINES))
    (folder / "many.kanvas").write_text(text, encoding="utf-8")
    return ours(build(str(folder / "many.kanvas"), folder))


def _waits(client: socket.socket, message: bytes | None = None) -> str:
    """How long answers take, one after the other."""
    took: list[float] = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        client.sendall(message or frame(MESSAGE))
        _whole(client)
        took.append((time.perf_counter() - begun) * 1000)
    return _cut(took)


def _cut(took: list[float]) -> str:
    cuts = statistics.quantiles(took, n=100)
    return f"{cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms"


def _whole(client: socket.socket) -> None:
    """Take one frame."""
    client.settimeout(10.0)
    head = client.recv(2, socket.MSG_WAITALL)
    size = head[1]
    if size == 126:
        size = int.from_bytes(client.recv(2, socket.MSG_WAITALL), "big")
    client.recv(size, socket.MSG_WAITALL)
