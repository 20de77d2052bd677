"""Both drivers against a server that is a pair of queues: what real servers do too rarely."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from kanvas_runtime import asgi, pressure
from kanvas_runtime.asgi import Connection
from kanvas_runtime.direct import Direct
from kanvas_runtime.engine import Caller, Engine, Served
from kanvas_runtime.gate import Gate
from kanvas_runtime.lane import Lane
from kanvas_runtime.ledger import LedgerUnavailable, MemoryLedger, Scalar, Write
from kanvas_runtime.link import NoLink, Receiver
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.plain import Plain

from tests.runtime.sockets import DOUBLE, FILL, NAP


class HeldLedger(MemoryLedger):
    """Records are durable when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[asyncio.Future[None]] = []

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        super().append(kind, fields, writes)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held.append(future)
        return future

    def release(self) -> None:
        for future in self.held:
            future.set_result(None)
        self.held.clear()

    def break_down(self) -> None:
        for future in self.held:
            future.set_exception(LedgerUnavailable("no disk"))
            future.exception()
        self.held.clear()


class Server(NoLink):
    """Queues for what comes and goes. `taking` is cleared when the client takes nothing more.

    `is_direct`: it tells the driver what comes, instead of being asked.
    """

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.taking = asyncio.Event()
        self.taking.set()
        self.receiver: Receiver | None = None
        self.paused = False

    async def receive(self) -> dict[str, Any]:
        return await self.incoming.get()

    async def send(self, message: Any) -> None:
        await self.taking.wait()
        self.outgoing.put_nowait(message)

    def text(self, text: str) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": text})
        self._tell()

    def disconnect(self) -> None:
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1001})
        self._tell()

    def go_on(self) -> None:
        """The client takes again what it is sent."""
        self.taking.set()
        if self.receiver is not None:
            self.receiver.writable()

    async def reply(self) -> Any:
        message = await self.outgoing.get()
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    # A `Link`.

    def deliver(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self._tell()

    def write(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.outgoing.put_nowait({"type": "websocket.send", "text": text})

    def write_one(self, text: str) -> None:
        self.write([text])

    @property
    def takes_more(self) -> bool:
        return self.taking.is_set()

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False
        asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        while self.receiver is not None and not self.paused and not self.incoming.empty():
            message = self.incoming.get_nowait()
            if message["type"] == "websocket.disconnect":
                self.receiver.gone(message["code"], "")
            else:
                self.receiver.text(message["text"])


@pytest.fixture(params=[False, True], ids=["asked", "told"], autouse=True)
def is_direct(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Every test is made with both drivers."""
    monkeypatch.setattr(Server, "is_direct", request.param)
    return bool(request.param)


@contextlib.asynccontextmanager
async def connected(
    machine: Machine[Any, Any],
    ledger: MemoryLedger,
    server: Server,
    principal: str | None = None,
    **options: Any,
) -> AsyncIterator[asyncio.Task[None]]:
    engine = Engine(ledger, Gate(ledger))
    surface = WebSocketSurface(path="/ws", **options)
    caller = Caller("websocket", "/ws", "127.0.0.1", principal, connection="c1")
    before = asyncio.all_tasks()

    async def serve() -> None:
        prepared = Served.of(machine)
        dialect = Plain(machine, prepared.codec)
        receive, send = server.receive, server.send
        driver = Direct if server.is_direct else Connection
        connection = driver(engine, prepared, surface, caller, server, receive, send, dialect)
        await connection.serve(None)

    task = asyncio.create_task(serve())
    assert (await server.outgoing.get())["type"] == "websocket.accept"
    try:
        yield task
    finally:
        server.paused = False
        server.disconnect()
        server.go_on()
        await asyncio.wait([task])
        assert asyncio.all_tasks() == before, "no task is left"
        assert not engine.hub, "no subscription is left"


async def settled() -> None:
    """Everything that can happen without the world has happened."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_reply_waits_for_its_record() -> None:
    ledger, server = HeldLedger(), Server()
    async with connected(DOUBLE, ledger, server):
        server.text('{"n":1}')
        server.text("nonsense")
        await settled()
        assert [each["kind"] for each in ledger.records][1:] == ["SurfaceAccess"] * 2
        assert server.outgoing.empty()
        ledger.release()
        assert await server.reply() == {"twice": 2}
        assert (await server.reply())["error"]["code"] == "invalid_json"


async def test_a_push_waits_for_the_record_of_its_run() -> None:
    ledger, server = HeldLedger(), Server()
    async with connected(DOUBLE, ledger, server):
        server.text('{"subscribe":1}')
        await settled()
        ledger.release()
        assert await server.reply() == {"twice": 2}
        server.text('{"n":1}')
        await settled()
        assert server.outgoing.empty()
        ledger.release()
        assert [await server.reply(), await server.reply()] == [{"twice": 2}] * 2


async def test_what_cannot_be_recorded_is_not_answered() -> None:
    ledger, server = HeldLedger(), Server()
    async with connected(DOUBLE, ledger, server):
        server.text('{"subscribe":1}')
        await settled()
        ledger.release()
        await server.reply()
        server.text('{"n":1}')
        await settled()
        ledger.break_down()
        assert (await server.reply())["error"]["code"] == "overloaded"
        await settled()
        assert server.outgoing.empty(), "the push is dropped with its run"


async def test_a_deaf_client_is_given_up_under_any_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "UNSENT_PATIENCE", 0.05)
    ledger, server = MemoryLedger(), Server()
    async with connected(FILL, ledger, server) as task:
        server.taking.clear()
        for _ in range(3):
            server.text('{"size":1000000}')
        await task
        closed = ledger.records[-1]
    assert closed["kind"] == "ConnectionClosed"
    assert closed["reason"] == "the client does not read"


async def test_last_words_are_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "LAST_WORDS", 0.05)
    ledger, server = MemoryLedger(), Server()
    async with connected(DOUBLE, ledger, server, rate=1000.0) as task:
        server.taking.clear()
        for _ in range(100):
            server.text("nonsense")
        await task
    assert ledger.records[-1]["reason"] == "the client does not read"


async def test_a_cancelled_server_task_still_leaves_nothing() -> None:
    ledger, server = MemoryLedger(), Server()
    async with connected(NAP, ledger, server) as task:
        server.text('{"seconds":3600}')
        await settled()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    kinds = [(each["kind"], each.get("outcome")) for each in ledger.records]
    assert kinds[1:] == [("SurfaceAccess", "cancelled"), ("ConnectionClosed", None)]


async def test_a_fault_of_ours_ends_the_connection_with_1011(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ledger, server = MemoryLedger(), Server()

    def break_down(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Engine, "record", break_down)
    monkeypatch.setattr(Lane, "keep", break_down)
    async with connected(DOUBLE, ledger, server) as task:
        server.text('{"n":1}')
        assert await server.outgoing.get() == {
            "type": "websocket.close",
            "code": 1011,
            "reason": "internal error",
        }
        await task
    assert "connection c1 broke" in caplog.text


async def test_a_server_that_breaks_ends_the_connection(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Server, "is_direct", False)  # the other one does not ask
    ledger, server = MemoryLedger(), Server()
    async with connected(DOUBLE, ledger, server) as task:
        server.incoming.put_nowait({})
        await task
        assert (await server.outgoing.get())["code"] == 1011
    assert "broke" in caplog.text


async def test_reading_stops_at_a_full_queue() -> None:
    ledger, server = MemoryLedger(), Server()
    async with connected(NAP, ledger, server, queue=4):
        server.text('{"seconds":0.05}')
        for _ in range(10):
            server.text('{"seconds":0}')
        await settled()
        assert server.incoming.qsize() == 6, "one runs, four wait"
        for _ in range(11):
            await server.reply()


async def test_what_may_not_leave_yet_leaves_in_order() -> None:
    ledger, server = MemoryLedger(), Server()
    async with connected(DOUBLE, ledger, server):
        server.taking.clear()
        for number in range(5):
            server.text(json.dumps({"n": number}))
        await settled()
        assert server.outgoing.empty()
        server.go_on()
        assert [await server.reply() for _ in range(5)] == [{"twice": 2 * n} for n in range(5)]


async def test_names_that_json_escapes_are_recorded_all_the_same() -> None:
    ledger, server = MemoryLedger(), Server()
    async with connected(DOUBLE, ledger, server, principal='o"neill'):
        server.text('{"n":1}')
        await server.reply()
        assert ledger.records[-1]["principal"] == 'o"neill'
