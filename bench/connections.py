"""`python -m bench.connections`: 5,000 idle connections; 200 subscribers, one of whom never reads.

What an idle connection takes; how long a result of 20 KB takes to all who read; what becomes of the
one who does not; whether anything stays when all are gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

from bench.load import frame
from bench.servers import build, memory, ours, server

IDLE, SUBSCRIBERS, RESULTS = 5_000, 200, 600
AT_ONCE = 200
PATH = "/ws/feed"


class Client:
    """Handshake and frames by hand: five thousand of a library's would be the bottleneck."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**16)
        writer.write(
            f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in head, head
        return cls(reader, writer)

    def say(self, message: object) -> None:
        self.writer.write(frame(json.dumps(message).encode()))

    async def hear(self) -> bytes:
        head = await self.reader.readexactly(2)
        size = head[1]
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        return await self.reader.readexactly(size)

    def drop(self) -> None:
        self.writer.transport.abort()


def files(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/fd"))


async def idle(port: int, process: int) -> list[Client]:
    before, begun = memory(process), time.perf_counter()
    clients: list[Client] = []
    while len(clients) < IDLE:
        clients += await asyncio.gather(*[Client.open(port) for _ in range(AT_ONCE)])
    seconds = time.perf_counter() - begun
    await asyncio.sleep(1.0)
    each = (memory(process) - before) / IDLE
    print(f"{IDLE} idle connections: opened in {seconds:.1f} s, {each:.1f} KiB each")
    clients[0].say({"topic": "x"})
    begun = time.perf_counter()
    await clients[0].hear()
    print(f"  one of them asks: {(time.perf_counter() - begun) * 1000:.1f} ms")
    return clients


async def fan_out(port: int, data: Path) -> None:
    readers = [await Client.open(port) for _ in range(SUBSCRIBERS - 1)]
    deaf, asking = await Client.open(port), await Client.open(port)
    for client in (*readers, deaf):
        client.say({"subscribe": "news"})
    for client in readers:
        await client.hear()
    deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]
    took: list[float] = []

    for _ in range(RESULTS):
        begun = time.perf_counter()
        hearing = [asyncio.create_task(client.hear()) for client in readers]
        asking.say({"topic": "news"})
        await asking.hear()
        await asyncio.gather(*hearing)
        took.append((time.perf_counter() - begun) * 1000)
    rate = (SUBSCRIBERS - 1) * RESULTS / (sum(took) / 1000)
    print(f"{SUBSCRIBERS} subscribers, one deaf, {RESULTS} results of 20 KB")
    slowest = quantiles(took, n=100)[98]
    print(f"  until all who read have it: {median(took):.1f} ms, p99 {slowest:.1f} ms")
    print(f"  {rate:.0f} results a second")
    for _ in range(100):  # it has five seconds
        if dropped(data):
            break
        await asyncio.sleep(0.1)
    print(f"  the deaf one: {dropped(data) or 'still there'}")
    for client in (*readers, asking, deaf):
        client.drop()


def dropped(data: Path) -> str | None:
    """What the ledger says of the client that does not read."""
    with closing(sqlite3.connect(f"file:{data / 'ledger.db'}?mode=ro", uri=True)) as ledger:
        rows = ledger.execute("SELECT body FROM ledger WHERE kind = 'ConnectionClosed'").fetchall()
    reasons = [str(json.loads(body)["reason"]) for (body,) in rows]
    return next((reason for reason in reasons if "read" in reason), None)


async def measure(port: int, process: int, data: Path) -> None:
    opened = files(process)
    clients = await idle(port, process)
    await fan_out(port, data)
    for client in clients:
        client.drop()
    while files(process) > opened:
        await asyncio.sleep(0.1)
    print(f"all gone: {files(process)} files open as before, {memory(process) / 1024:.0f} MiB")


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        spec = ours(build("feed.kanvas", Path(base)))
        data = Path(spec.environment["KANVAS_DATA_DIR"])
        with server(spec) as running:
            asyncio.run(measure(running.port, running.process, data))


if __name__ == "__main__":
    main()
