"""A service that is fed bytes by hand, through either driver, and what it makes of them."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from kanvas_runtime import hub
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.ledger.refusals import Refusals
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.once import Answers
from kanvas_runtime.run import Run
from kanvas_runtime.server import Protocol
from kanvas_runtime.service import Service
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from tests.runtime.serving import service_of
from tests.runtime.sockets import BREAK, DOUBLE, FILL, Number, Twice


class Slow(Record, frozen=True):
    n: int
    note: Text = ""


async def wait(input_: Slow, _run: Run) -> Twice:
    for _ in range(3):
        await asyncio.sleep(0)
    return Twice(twice=input_.n * 2)


def tell(input_: Number, run: Run) -> Twice:
    run.publish("doubled", input_)
    return Twice(twice=input_.n * 2)


WAIT = Machine(name="wait", input=Slow, output=Twice, run=wait, source="app.kanvas")
TELL = Machine(name="tell", input=Number, output=Twice, run=tell, source="app.kanvas")
SURFACES = (
    (DOUBLE, WebSocketSurface(path="/double", rate=1e6)),
    (WAIT, WebSocketSurface(path="/wait", rate=1e6, queue=2, concurrency=2)),
    (TELL, WebSocketSurface(path="/tell", rate=1e6, max_subscriptions=1)),
    (FILL, WebSocketSurface(path="/fill", rate=1e6)),
    (BREAK, WebSocketSurface(path="/break", rate=1e6)),
    (DOUBLE, WebSocketSurface(path="/tight", rate=0.001, max_message=40)),
)


class Indirect(Protocol):
    """The same server, on which the driver has to ask."""

    is_direct = False


class Roundabout(Indirect):
    """And on which every message is a job that waits for its turn and for its run."""


class Pipe(asyncio.Transport):
    """What the server writes is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_reading = True
        self._closed = False

    def write(self, data: Any) -> None:
        assert not self._closed
        self.written += data

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    abort = close

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        places = {"peername": ("127.0.0.1", 5), "sockname": ("127.0.0.1", 9)}
        return places.get(name, default)


class Told(NamedTuple):
    """What came of a stream: texts, other frames, records, and whether the server closed.

    Pings behind messages that wait are answered sooner by a server that reads ahead.
    """

    texts: list[object]
    frames: list[tuple[int, object]]
    records: list[dict[str, object]]
    closed: bool


class Ground:
    """One service, whose loop runs as long as an example does."""

    def __init__(self, directory: Path) -> None:
        self.service: Service = service_of(directory, *SURFACES)
        self.file = directory / "data" / DATABASE
        self.runner = asyncio.Runner()
        self._life = self.service.app.router.lifespan_context(self.service.app)
        self.runner.run(self._life.__aenter__())

    def stop(self) -> None:
        self.runner.run(self._life.__aexit__(None, None, None))
        self.runner.close()

    def told(
        self,
        kind: type[Protocol],
        path: str,
        subprotocol: str | None,
        parts: list[bytes],
        early: bytes = b"",
    ) -> Told:
        """Everything a driver makes of it; `early` comes with the handshake."""
        return self.runner.run(self._told(kind, path, subprotocol, parts, early))

    async def _told(
        self,
        kind: type[Protocol],
        path: str,
        subprotocol: str | None,
        parts: list[bytes],
        early: bytes,
    ) -> Told:
        engine = self.service.engine
        assert engine is not None
        engine.hub, engine.answers = hub.Hub(), Answers(engine.journal)
        engine._refusals = Refusals()
        if kind is Roundabout:
            vars(engine)["lane"] = lambda *_: None
        else:
            vars(engine).pop("lane", None)
        before = self.last()
        protocol, pipe = self.connect(kind)
        protocol.data_received(handshake(path, subprotocol) + early)
        await settled()
        head, _, pipe.written = pipe.written.partition(b"\r\n\r\n")
        assert b" 101 " in head
        for part in parts:
            while not (pipe.is_reading or pipe.is_closing()):
                await settled()
            if not pipe.is_closing():
                protocol.data_received(part)
            await settled()
        closed = pipe.is_closing() or protocol.close_sent
        await self._closed(protocol)
        said = frames(pipe.written)
        texts = [each for opcode, each in said if opcode == Opcode.TEXT]
        others = [each for each in said if each[0] != Opcode.TEXT]
        return Told(texts, others, self.records(before), closed)

    def connect(self, kind: type[Protocol]) -> tuple[Protocol, Pipe]:
        """A connection on which nothing was said."""
        config = uvicorn.Config(self.service.app, ws=kind, log_config=None)
        config.load()
        protocol, pipe = kind(config, ServerState(), {}), Pipe()
        protocol.connection_made(pipe)
        return protocol, pipe

    @contextmanager
    def open(self, kind: type[Protocol], path: str) -> Iterator[Open]:
        """A connection after its handshake."""
        protocol, _ = self.runner.run(self._opened(kind, path))
        yield Open(self, protocol)
        self.runner.run(self._closed(protocol))

    async def _opened(self, kind: type[Protocol], path: str) -> tuple[Protocol, Pipe]:
        protocol, pipe = self.connect(kind)
        protocol.data_received(handshake(path, None))
        await settled()
        return protocol, pipe

    async def _closed(self, protocol: Protocol) -> None:
        protocol.connection_lost(None)
        while protocol.tasks:
            await asyncio.sleep(0)
        await settled()

    def last(self) -> int:
        """The number of the last record."""
        ((number,),) = self._ask("SELECT max(seq) FROM ledger")
        return int(number)

    def records(self, after: int) -> list[dict[str, object]]:
        """Of one connection, without what differs from run to run."""
        rows = self._ask(f"SELECT body FROM ledger WHERE seq > {after} ORDER BY seq")
        made = [json.loads(body) for (body,) in rows]
        return [
            {name: value for name, value in each.items() if name not in CHANGING}
            for each in made
            if "connection" in each
        ]

    def _ask(self, query: str) -> list[Any]:
        address = f"file:{self.file}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(query).fetchall()


class Open(NamedTuple):
    """A connection that was opened."""

    ground: Ground
    protocol: Protocol

    def say(self, data: bytes) -> None:
        """The client sends this; all that comes of it has come of it."""
        self.ground.runner.run(self._say(data))

    async def _say(self, data: bytes) -> None:
        self.protocol.data_received(data)
        await settled()


def handshake(path: str, subprotocol: str | None) -> bytes:
    named = f"sec-websocket-protocol: {subprotocol}\r\n" if subprotocol else ""
    return (
        f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\n"
        "connection: Upgrade\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"sec-websocket-version: 13\r\n{named}\r\n"
    ).encode()


CHANGING = {"at", "seq", "hash", "prev", "run", "connection", "duration_us"}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{12}\.\d+")


async def settled() -> None:
    """All that can happen has happened."""
    for _ in range(25):
        await asyncio.sleep(0)


def frames(data: bytes) -> list[tuple[int, object]]:
    """Opcodes and payloads; ids are all the same, and so is the time that one has to wait."""
    told: list[tuple[int, object]] = []
    while data:
        size, start = data[1], 2
        if size >= 126:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start], "big")
        payload, opcode = data[start : start + size], data[0] & 15
        told.append((opcode, _same(payload.decode()) if opcode == 1 else payload))
        data = data[start + size :]
    return told


def _same(text: str) -> object:
    said = json.loads(_ID.sub("ID", text))
    if isinstance(said, dict) and isinstance(said.get("error"), dict):
        said["error"].pop("retry_after", None)
    return said


def text(message: object) -> bytes:
    said = message if isinstance(message, str) else json.dumps(message)
    return Frame(Opcode.TEXT, said.encode()).serialize(mask=True)
