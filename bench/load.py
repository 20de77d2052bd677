"""A load generator that costs little: frames are made once, and replies are only counted.

`python -m bench.load PORT CONNECTIONS SECONDS` prints messages a second and its share of a core.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
import sys
import time
from typing import cast

PATH = "/ws/echo"
MESSAGE = b'{"metric_name":"cpu_usage"}'
MASK = b"\x01\x02\x03\x04"


def frame(payload: bytes) -> bytes:
    """A masked text frame (RFC 6455 section 5.2) of at most 125 bytes."""
    masked = bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))
    return struct.pack("!BB", 0x81, 0x80 | len(payload)) + MASK + masked


class Client(asyncio.Protocol):
    """One connection with one message in flight."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.opened = asyncio.get_running_loop().create_future()
        self.count = 0
        self.running = True
        self._buffer = b""
        self._frame = frame(MESSAGE)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self.transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(
            f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self.opened.done():
            head, end, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if end:
                assert head.startswith(b"HTTP/1.1 101"), head
                self.opened.set_result(None)
            return
        while len(self._buffer) >= 2 and len(self._buffer) >= 2 + self._buffer[1]:
            assert self._buffer[0] == 0x81, "only short text frames are expected"
            assert b"error" not in self._buffer, self._buffer
            self._buffer = self._buffer[2 + self._buffer[1] :]
            self.count += 1
            if self.running:
                self.transport.write(self._frame)

    def start(self) -> None:
        self.transport.write(self._frame)


async def main(port: int, connections: int, seconds: float) -> None:
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda: Client(port), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(client.opened for client in clients))
    for client in clients:
        client.start()
    await asyncio.sleep(seconds / 5)
    before, cpu, began = sum(c.count for c in clients), time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    spent, passed = time.process_time() - cpu, time.monotonic() - began
    done = sum(c.count for c in clients) - before
    for client in clients:
        client.running = False
        client.transport.close()
    print(done / passed, spent / passed)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
