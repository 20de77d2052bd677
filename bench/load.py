"""A load generator that costs little: frames are made once, and replies are compared as bytes.

`python -m bench.load PORT CONNECTIONS DEPTH SECONDS` keeps DEPTH messages in flight on each
connection and prints JSON: replies a second, milliseconds of the median and the 99th percentile,
and the generator's share of its core.

Bare sockets and one epoll: with an event loop's callbacks in between, a client costs more than the
fastest servers, and what is measured is the client.
"""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import struct
import sys
import time
from statistics import quantiles

PATH = "/ws/echo"
MESSAGE = b'{"metric_name":"cpu_usage"}'
MASK = b"\x01\x02\x03\x04"
WARM = 0.3
"""Seconds before anything counts."""


def frame(payload: bytes) -> bytes:
    """A masked text frame (RFC 6455 section 5.2) of at most 125 bytes."""
    masked = bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))
    return struct.pack("!BB", 0x81, 0x80 | len(payload)) + MASK + masked


def upgraded(port: int, path: str = PATH, *, deflate: bool = False) -> socket.socket:
    """A connection after its handshake; `deflate`: as browsers offer it."""
    offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if deflate else ""
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    client.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"{offer}Sec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        assert byte, f"port {port} closed the connection: {head!r}"
        head += byte
    assert b" 101 " in head.partition(b"\r\n")[0], head
    return client


def first_reply(client: socket.socket, message: bytes) -> bytes:
    """What every further reply has to be, byte for byte."""
    client.sendall(message)
    client.settimeout(5.0)
    reply = client.recv(127)
    assert reply[:1] == b"\x81", f"a short text frame is expected, not {reply!r}"
    while len(reply) < 2 + reply[1]:
        part = client.recv(2 + reply[1] - len(reply))
        assert part, f"the connection was closed within a reply: {reply!r}"
        reply += part
    client.settimeout(None)
    assert b"error" not in reply, reply
    return reply


class Load:
    """DEPTH messages in flight on each connection; a reply sends the next message."""

    def __init__(self, port: int, connections: int, depth: int) -> None:
        self._port = port
        self._message = frame(MESSAGE)
        self._clients = [upgraded(port) for _ in range(connections)]
        self._reply = first_reply(self._clients[0], self._message)
        self._depth = depth
        self._parts = {client.fileno(): b"" for client in self._clients}
        self._sent = {client.fileno(): 0.0 for client in self._clients}
        self._epoll = select.epoll()
        for client in self._clients:
            self._epoll.register(client.fileno(), select.EPOLLIN)
        self.replies = 0
        self.waits: list[float] = []

    def start(self) -> None:
        for client in self._clients:
            self._sent[client.fileno()] = time.perf_counter()
            client.sendall(self._message * self._depth)

    def run(self, seconds: float) -> float:
        """Count for so long; returns the seconds that it took."""
        self.replies, self.waits = 0, []
        began = now = time.perf_counter()
        sockets = {client.fileno(): client for client in self._clients}
        reply, message, sent = self._reply, self._message, self._sent
        while now - began < seconds:
            ready = self._epoll.poll(5.0)
            now = time.perf_counter()
            assert ready, f"no reply for five seconds on port {self._port}"
            for number, _ in ready:
                client = sockets[number]
                data = client.recv(65536)
                if data == reply and self._depth == 1:
                    self.replies += 1
                    client.send(message)
                else:
                    client.send(message * self._take(number, data))
                self.waits.append(now - sent[number])
                sent[number] = now
        return now - began

    def _take(self, number: int, data: bytes) -> int:
        """How many replies are complete now."""
        assert data, "the server closed the connection"
        data = self._parts[number] + data
        count, rest = divmod(len(data), len(self._reply))
        assert data.startswith(self._reply * count), data[:200]
        self._parts[number] = data[len(data) - rest :] if rest else b""
        self.replies += count
        return count


def main(port: int, connections: int, depth: int, seconds: float) -> None:
    load = Load(port, connections, depth)
    load.start()
    load.run(WARM)
    cpu = time.process_time()
    passed = load.run(seconds)
    spent = time.process_time() - cpu
    cuts = quantiles(load.waits, n=100)
    told = {
        "rate": load.replies / passed,
        "median_ms": cuts[49] * 1000,
        "p99_ms": cuts[98] * 1000,
        "share": spent / passed,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
