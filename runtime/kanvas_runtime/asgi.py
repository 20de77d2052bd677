"""The ASGI driver of a connection: it always reads, writes, and runs machines in other tasks.

It decides nothing: what happened goes to the session, what comes back is carried out in order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from kanvas_runtime.engine import Access, Caller, Engine, Result, Served
from kanvas_runtime.errors import CloseCode, Refusal
from kanvas_runtime.events import (
    Abort,
    Answer,
    Binary,
    Cancel,
    Close,
    Disconnected,
    Effect,
    Event,
    Finished,
    Job,
    Join,
    Leave,
    Lost,
    Pause,
    Push,
    Pushed,
    Resume,
    Sent,
    Start,
    Stop,
    Text,
    Tick,
)
from kanvas_runtime.hub import FRESH, SHARED, Topic
from kanvas_runtime.ledger import LedgerUnavailable, uuid7
from kanvas_runtime.link import Link
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.plain import Key, Plain
from kanvas_runtime.run import Call
from kanvas_runtime.session import Session

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_log = logging.getLogger("kanvas.websocket")

HARD_CAP_FACTOR = 16
HARD_CAP_FLOOR = 1_000_000
"""A message of more than `max_message` × 16 bytes (at least 1 MB) is not even read: 1009."""

FAIRNESS = 32
"""After so many messages in a row a connection lets the others have their turn."""

LAST_WORDS = 10.0
"""Seconds for what is still to be sent when a connection ends; then it is dropped."""

ABNORMAL = 1006
"""RFC 6455 section 7.1.5: no close frame was seen."""


class _Gone(Exception):
    """The client is not there to be told."""


@dataclass(slots=True)
class _Frame:
    """Text that leaves when `durable` is done. An answer that cannot be recorded is replaced."""

    text: str
    durable: asyncio.Future[None] | None
    is_answer: bool


@dataclass(frozen=True, slots=True)
class _End:
    """Nothing leaves after it. Without a code the client is gone already."""

    code: int | None
    reason: str


class Connection:
    """One accepted WebSocket, from its first to its last record."""

    def __init__(
        self,
        engine: Engine,
        served: Served,
        surface: WebSocketSurface,
        caller: Caller,
        link: Link,
        receive: Receive,
        send: Send,
    ) -> None:
        self._engine = engine
        self._served = served
        self._surface = surface
        self._caller = caller
        self._link = link
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._writer = _current_task()
        self._plain = Plain(served.machine, served.codec)
        self._session = Session(surface, self._plain, uuid7, time.monotonic())
        self._effects: list[Effect] = []
        self._applying = False
        self._outbox: deque[_Frame | _End] = deque()
        self._filled: asyncio.Future[None] | None = None  # while the writer has nothing to do
        self._readable: asyncio.Future[None] | None = None  # while reading is stopped
        self._runs: dict[Job, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._closed: tuple[int, str] | None = None
        self._aborted = False

    async def serve(self, subprotocol: str | None) -> None:
        """Accept the handshake and stay until the connection ends."""
        cap = max(HARD_CAP_FLOOR, HARD_CAP_FACTOR * self._surface.max_message)
        self._link.opened(self._surface.heartbeat, cap, self.stop)
        self._record("ConnectionOpened")
        reader = None
        try:
            await self._tell({"type": "websocket.accept", "subprotocol": subprotocol})
            reader = self._loop.create_task(self._read())
            self._wind()
            await self._write()
        except _Gone:
            pass
        except asyncio.CancelledError:
            if not self._aborted:
                raise
            self._writer.uncancel()
        finally:
            await self._finish(reader)

    def push(self, text: str, durable: asyncio.Future[None] | None) -> None:
        """See `Subscriber`."""
        self._react(Pushed(text, durable))

    def stop(self) -> None:
        """The server is about to stop."""
        self._react(Stop())

    # In.

    async def _read(self) -> None:
        try:
            while await self._read_one():
                if self._session.messages % FAIRNESS == 0:
                    await asyncio.sleep(0)  # a server's queue may have the next one at hand
        except Exception as error:
            self._broken(error)

    async def _read_one(self) -> bool:
        if self._readable is not None:
            await self._readable
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._gone(message.get("code") or ABNORMAL, message.get("reason") or "")
            return False
        text = message.get("text")
        self._react(Binary() if text is None else Text(text))
        return True

    def _gone(self, code: int, reason: str) -> None:
        self._closed = self._closed or (code, reason)
        self._react(Disconnected())
        self._end(None, "")

    def _broken(self, error: Exception) -> None:
        """A fault of ours: the connection ends, and the log says why."""
        _log.error("connection %s broke", self._caller.connection, exc_info=error)
        self._effects.extend(self._session.handle(Disconnected(), time.monotonic()))
        self._end(CloseCode.INTERNAL, "internal error")

    # The session.

    def _react(self, event: Event) -> None:
        self._effects.extend(self._session.handle(event, time.monotonic()))
        if self._applying:
            return  # an effect led to this event: its effects come after those before it
        self._applying = True
        while self._effects:
            try:
                self._apply(self._effects.pop(0))
            except Exception as error:
                self._broken(error)
        self._applying = False
        self._wind()

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Start(job):
                self._start(job)
            case Answer():
                self._answer(effect)
            case Push(text, durable):
                self._put(_Frame(text, durable, is_answer=False))
            case Lost(job):
                self._access(job, "cancelled", None)
            case Cancel(job):
                self._cancel(job)
            case Join(key):
                self._engine.hub.join(self._topic(key), self)
            case Leave(key):
                self._engine.hub.leave(self._topic(key), self)
            case Pause():
                self._readable = self._loop.create_future()
                self._link.pause_reading()
            case Resume():
                _wake(self._readable)
                self._readable = None
                self._link.resume_reading()
            case Close(code, reason):
                self._end(code, reason)
            case Abort(reason):
                self._abort(reason)

    def _wind(self) -> None:
        """Have the clock look again at the session's deadline, unless it does so before anyway."""
        deadline = self._session.deadline
        if deadline is None or (self._timer is not None and self._timer_at <= deadline):
            return
        self._timer_at = deadline
        self._set_timer(max(0.0, deadline - time.monotonic()), self._tick)

    def _set_timer(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then)

    def _tick(self) -> None:
        self._timer = None
        self._react(Tick())

    # Runs.

    def _start(self, job: Job) -> None:
        value, run = job.input, job.run
        assert value is not None
        assert run is not None
        unready = self._engine.unready()
        if unready is not None:
            job.run = None
            self._react(Finished(job, refusal=unready))
            return
        if not job.is_request:
            age = self._surface.every or FRESH
            newest = self._engine.newest(self._served, self._caller, value, age)
            if newest is not None:
                job.run = newest.run
                self._react(Finished(job, newest.output))
                return
        served, caller = self._served, self._caller
        call = self._engine.call(served, caller, value, run, own=self, is_news=job.is_request)
        if self._served.pure:
            self._finished(job, self._engine.run_now(self._served, call))
            return
        self._runs[job] = self._loop.create_task(self._run(job, call))

    async def _run(self, job: Job, call: Call) -> None:
        try:
            self._finished(job, await self._engine.run(self._served, call))
        except Exception as error:
            self._broken(error)
        finally:
            del self._runs[job]

    def _finished(self, job: Job, result: Result) -> None:
        self._react(Finished(job, result.body, result.refusal))

    def _cancel(self, job: Job) -> None:
        task = self._runs.get(job)
        if task is not None:
            task.cancel()

    # Records and answers.

    def _answer(self, answer: Answer) -> None:
        outcome = "ok" if answer.refusal is None else answer.refusal.code
        durable = self._access(answer.job, outcome, answer.output)
        self._put(_Frame(answer.text, durable, is_answer=True))
        job, output = answer.job, answer.output
        if output is None or job.input is None or job.run is None or durable is None:
            return
        tell = self._engine.publish if job.is_request else self._engine.remember
        tell(self._served, self._caller, job.input, job.run, output, durable)

    def _access(self, job: Job, outcome: str, output: bytes | None) -> asyncio.Future[None] | None:
        value = job.input
        content = None if value is None else self._served.codec.encode_input(value)
        machine = self._served.machine.name
        access = Access(outcome, job.arrived, machine, job.run, content, output)
        return self._engine.record(self._caller, access)

    def _record(self, kind: str, **fields: str | int) -> None:
        facts = self._caller.facts() | {"machine": self._served.machine.name} | fields
        self._engine.journal.append(kind, facts)

    def _topic(self, key: Key) -> Topic:
        principal = SHARED if self._surface.shared else self._caller.principal
        return Topic(self._served.machine.name, principal, key)

    # Out.

    def _end(self, code: int | None, reason: str) -> None:
        self._put(_End(code, reason))
        self._set_timer(LAST_WORDS, self._give_up)

    def _give_up(self) -> None:
        self._abort("the client does not read")

    def _put(self, item: _Frame | _End) -> None:
        self._outbox.append(item)
        _wake(self._filled)
        self._filled = None

    async def _write(self) -> None:
        while True:
            while self._outbox:
                item = self._outbox.popleft()
                if isinstance(item, _End):
                    await self._close(item)
                    return
                await self._write_frame(item)
            self._filled = self._loop.create_future()
            await self._filled

    async def _write_frame(self, frame: _Frame) -> None:
        text: str | None = frame.text
        if frame.durable is not None and not await _is_done(frame.durable):
            text = self._unrecorded() if frame.is_answer else None
        if text is not None:
            await self._tell({"type": "websocket.send", "text": text})
        self._react(Sent(len(frame.text)))

    def _unrecorded(self) -> str:
        message = "this could not be recorded, and nothing is answered unrecorded"
        return self._plain.error(Refusal("overloaded", message))

    async def _close(self, end: _End) -> None:
        if end.code is not None:
            self._closed = self._closed or (end.code, end.reason)
            await self._tell({"type": "websocket.close", "code": end.code, "reason": end.reason})

    async def _tell(self, message: Message) -> None:
        """Servers differ in how they say that the client is gone."""
        try:
            await self._send(message)
        except (OSError, RuntimeError) as error:
            raise _Gone from error

    def _abort(self, reason: str) -> None:
        _log.warning("%s: %s; the connection is dropped", self._caller.path, reason)
        self._closed = self._closed or (ABNORMAL, reason)
        self._aborted = True
        self._link.abort()
        self._writer.cancel()

    # The end.

    async def _finish(self, reader: asyncio.Task[None] | None) -> None:
        """Leave nothing behind: no task, no timer, no subscription."""
        self._react(Disconnected())
        if self._timer is not None:
            self._timer.cancel()
        if reader is not None:
            reader.cancel()
        code, reason = self._closed or (ABNORMAL, "")
        counts = {"messages": self._session.messages, "pushes": self._session.pushes}
        self._record("ConnectionClosed", close_code=code, reason=reason, **counts)
        tasks = [task for task in (reader, *self._runs.values()) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


def _wake(waiting: asyncio.Future[None] | None) -> None:
    """Let whoever waits go on; a task that was cancelled meanwhile has cancelled its future."""
    if waiting is not None and not waiting.done():
        waiting.set_result(None)


async def _is_done(durable: asyncio.Future[None]) -> bool:
    """Whether the record is on disk. Shielded: others wait for the same future."""
    if durable.done():
        return durable.exception() is None
    try:
        await asyncio.shield(durable)
    except LedgerUnavailable:
        return False
    return True
