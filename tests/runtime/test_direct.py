"""Both drivers, fed the same bytes in the same parts, say, record and close the same.

The one is told at once what comes in and answers without a task between; the other asks for it as
ASGI has it. The rules of a connection are in neither.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kanvas_runtime import bus, hub
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.frames import LONGEST
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.ledger.refusals import Refusals
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.once import Answers
from kanvas_runtime.run import Run
from kanvas_runtime.server import Protocol
from kanvas_runtime.service import Service
from uvicorn.server import ServerState
from websockets.frames import Close, Frame, Opcode

from tests.runtime.serving import service_of
from tests.runtime.sockets import BREAK, DOUBLE, FILL, Number, Twice
from tests.runtime.test_frames import CUTS, in_parts


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
        engine = self.service._engine
        assert engine is not None
        engine.hub, engine.answers = hub.Hub(), Answers(engine.journal)
        engine._refusals = Refusals()
        before = self.last()
        config = uvicorn.Config(self.service.app, ws=kind, log_config=None)
        config.load()
        protocol, pipe = kind(config, ServerState(), {}), Pipe()
        protocol.connection_made(pipe)
        named = f"sec-websocket-protocol: {subprotocol}\r\n" if subprotocol else ""
        protocol.data_received(
            f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\n"
            "connection: Upgrade\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"sec-websocket-version: 13\r\n{named}\r\n".encode()
            + early
        )
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
        protocol.connection_lost(None)
        while protocol.tasks:
            await asyncio.sleep(0)
        await settled()
        said = frames(pipe.written)
        texts = [each for opcode, each in said if opcode == Opcode.TEXT]
        others = [each for each in said if each[0] != Opcode.TEXT]
        return Told(texts, others, self.records(before), closed)

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


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("drivers"))
    yield made
    made.stop()


def text(message: object) -> bytes:
    said = message if isinstance(message, str) else json.dumps(message)
    return Frame(Opcode.TEXT, said.encode()).serialize(mask=True)


def in_fragments(message: str, places: list[int]) -> bytes:
    parts = in_parts(message.encode(), places)
    last = len(parts) - 1
    return b"".join(
        Frame(Opcode.CONT if at else Opcode.TEXT, part, at == last).serialize(mask=True)
        for at, part in enumerate(parts)
    )


NUMBERS = st.integers(-3, 3)
IDS = st.sampled_from(["a", "b"])
PLAIN = st.one_of(
    NUMBERS.map(lambda n: {"n": n}),
    NUMBERS.map(lambda n: {"n": n, "x": 1}),
    NUMBERS.map(lambda n: {"size": abs(n) * 50}),
    st.just({}),
    st.sampled_from(["", "{", "[1]", '{"n":1e400}', '{"n":"1"}', '{"\\u006e":1}', '{"n": 2}  ']),
    NUMBERS.map(lambda n: {"subscribe": {"n": n}}),
    NUMBERS.map(lambda n: {"unsubscribe": {"n": n}}),
    st.just({"n": 1, "note": "é" * 15}),
    st.just({"n": 1, "note": "x" * LONGEST}),
)
ENVELOPE = st.one_of(
    st.builds(lambda i, n: {"op": "run", "id": i, "input": {"n": n}}, IDS, NUMBERS),
    st.builds(lambda i, n: {"op": "subscribe", "id": i, "input": {"n": n}}, IDS, NUMBERS),
    IDS.map(lambda i: {"op": "cancel", "id": i}),
    IDS.map(lambda i: {"op": "unsubscribe", "id": i}),
    st.builds(lambda i, n: {"op": "run", "id": i, "key": "k", "input": {"n": n}}, IDS, NUMBERS),
    st.just({"op": "ping"}),
    PLAIN,
)
OTHERS = st.one_of(
    st.binary(max_size=4).map(lambda data: Frame(Opcode.PING, data).serialize(mask=True)),
    st.just(Frame(Opcode.PONG, b"").serialize(mask=True)),
    st.just(Frame(Opcode.BINARY, b"\x00\xff").serialize(mask=True)),
    st.builds(in_fragments, st.just('{"n":2}'), st.lists(st.integers(0, 7), max_size=3)),
)
ENDS = st.sampled_from(
    [
        b"",
        Frame(Opcode.CLOSE, Close(1000, "").serialize()).serialize(mask=True),
        Frame(Opcode.TEXT, b"\xff").serialize(mask=True),
        Frame(Opcode.CONT, b"x").serialize(mask=True),
        Frame(Opcode.TEXT, b'{"n":1}').serialize(mask=False),
        b"\xf1\x80\x00\x00\x00\x00",
        b"\x81",
    ]
)
CASES = st.sampled_from([path for _, surface in SURFACES for path in (surface.path,)]).flatmap(
    lambda path: st.sampled_from([None, "kanvas.v1"]).flatmap(
        lambda named: st.tuples(
            st.just(path),
            st.just(named),
            st.lists(st.one_of((ENVELOPE if named else PLAIN).map(text), OTHERS), max_size=12).map(
                b"".join
            ),
            ENDS,
        )
    )
)


@given(CASES, CUTS)
@example(("/double", None, text({"n": 1}) * 100, b""), [])
@example(("/wait", None, text({"n": 1}) * 5, b"\x81"), [9])
@settings(max_examples=60, deadline=None)
def test_both_drivers_do_the_same(
    ground: Ground, case: tuple[str, str | None, bytes, bytes], cuts: list[int]
) -> None:
    path, named, stream, end = case
    parts = [*in_parts(stream, cuts), end]
    told = ground.told(Protocol, path, named, parts)
    assert told == ground.told(Indirect, path, named, parts)
    assert told.records[0]["kind"] == "ConnectionOpened"
    assert told.records[-1]["kind"] == "ConnectionClosed"


@pytest.mark.parametrize("path", ["/double", "/wait"])
@pytest.mark.parametrize("at", [0, 1, 2, 5, 9, 14, 20])
def test_who_sends_before_the_answer_is_understood(ground: Ground, path: str, at: int) -> None:
    stream = text({"n": 1}) + text({"n": 2})
    for kind in (Protocol, Indirect):
        told = ground.told(kind, path, None, [stream[at:], text({"n": 3})], stream[:at])
        assert told.texts == [{"twice": 2}, {"twice": 4}, {"twice": 6}]


def test_events_of_a_run_leave_with_its_record(ground: Ground) -> None:
    heard: list[bytes] = []

    async def hear(event: bus.Event) -> None:
        heard.append(event.payload)

    async def listen() -> None:
        engine = ground.service._engine
        assert engine is not None
        engine.bus.subscribe("doubled", hear)

    ground.runner.run(listen())
    parts = [text({"n": n}) for n in range(3)]
    told = ground.told(Protocol, "/tell", None, parts)
    ground.runner.run(settled())
    assert told.texts == [{"twice": 0}, {"twice": 2}, {"twice": 4}]
    assert heard == [b'{"n":0}', b'{"n":1}', b'{"n":2}']


def test_runs_on_the_short_way_are_counted_like_others(ground: Ground) -> None:
    def counted() -> list[str]:
        lines = ground.service.metrics.text().splitlines()
        return [line.rpartition(" ")[2] for line in lines if 'machine="double"' in line]

    ground.told(Protocol, "/double", None, [text({"n": 1})])
    before = counted()
    ground.told(Protocol, "/double", None, [text({"n": n}) for n in range(4)])
    direct, between = counted(), before
    ground.told(Indirect, "/double", None, [text({"n": n}) for n in range(4)])
    grown = [float(b) - float(a) for a, b in zip(between, direct, strict=True)]
    asked = [float(b) - float(a) for a, b in zip(direct, counted(), strict=True)]
    assert [round(each) for each in grown] == [round(each) for each in asked]
    assert 4.0 in grown
