"""The ASGI driver of a connection: it always reads, writes, and runs machines in other tasks.

It decides nothing: what happened goes to the session, what comes back is carried out in order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial
from types import CoroutineType
from typing import Any, TypeAlias

from msgspec import Struct

from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.begun import Begun
from kanvas_runtime.engine import Caller, Engine, Served
from kanvas_runtime.errors import CloseCode, Refusal
from kanvas_runtime.events import (
    Abort,
    Answer,
    Binary,
    Cancel,
    Close,
    Detach,
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
    Redeem,
    Renewed,
    Resume,
    Revoked,
    Say,
    Sent,
    Start,
    Stop,
    Text,
    Tick,
)
from kanvas_runtime.hub import Item, Topic
from kanvas_runtime.lane import Lane
from kanvas_runtime.ledger import uuid7
from kanvas_runtime.limits import Allowance
from kanvas_runtime.link import Link
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.runs import Runs
from kanvas_runtime.session import Session
from kanvas_runtime.wishes import Dialect, Name

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


class Frame(Struct):
    """Text that leaves when `durable` is done. An answer that cannot be recorded is replaced."""

    text: str
    durable: asyncio.Future[None] | None = None
    answers: Job | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether it can leave as it is."""
        durable = self.durable
        return durable is None or (durable.done() and durable.exception() is None)


class End(Struct, frozen=True):
    """Nothing leaves after it. Without a code the client is gone already."""

    code: int | None
    reason: str


class _Subscription:
    """What the hub knows of a subscription of a connection, whose runs are its `owner`."""

    __slots__ = ("_name", "_react", "owner", "topic")

    def __init__(
        self, owner: Runs, name: Name, topic: Topic, react: Callable[[Event], None]
    ) -> None:
        self.owner = owner
        self.topic = topic
        self._name = name
        self._react = react

    def push(self, item: Item) -> None:
        """See `Subscriber`."""
        self._react(Pushed(self._name, item))


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
        dialect: Dialect,
        allowance: Allowance | None = None,
        principal: Principal | None = None,
        redeem: Callable[[str], Principal | None] | None = None,
    ) -> None:
        self.principal = principal
        self._redeem = redeem
        self._engine = engine
        self._served = served
        self._surface = surface
        self._dialect = dialect
        self._caller = caller
        self._link = link
        self._receive = receive
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._lane = engine.lane(served, caller)
        self._writer = _current_task()
        self._reader: asyncio.Task[None] | None = None
        expires = None if principal is None else on_our_clock(principal.expires)
        self._session = Session(surface, dialect, uuid7, time.monotonic(), allowance, expires)
        has_ids = not dialect.in_order
        self._runs = Runs(engine, served, surface, caller, self._react, self._broken, has_ids)
        self._subscriptions: dict[Name, _Subscription] = {}
        self._effects: list[Effect] = []
        self._applying = False
        self._outbox: deque[Frame | End] = deque()
        self._is_reading = False  # the reader looks after the outbox, while the writer has a rest
        self._begun: Begun | None = None  # what has left the outbox and not the server
        self._filled: asyncio.Future[None] | None = None  # while the writer has nothing to do
        self._readable: asyncio.Future[None] | None = None  # while reading is stopped
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._closed: tuple[int, str] | None = None
        self._aborted = False

    async def serve(self, subprotocol: str | None) -> None:
        """Accept the handshake and stay until the connection ends."""
        cap = max(HARD_CAP_FLOOR, HARD_CAP_FACTOR * self._surface.max_message)
        self._link.opened(self._surface.heartbeat, cap, self.stop)
        self._record("ConnectionOpened")
        try:
            await self._tell(self._send({"type": "websocket.accept", "subprotocol": subprotocol}))
            self._carry_out(self._session.open(time.monotonic()))
            await self._stay()
        except _Gone:
            pass
        except asyncio.CancelledError:
            if not self._aborted:
                raise
            self._writer.uncancel()
        finally:
            await self._finish()

    async def _stay(self) -> None:
        self._reader = self._loop.create_task(self._read())
        self._wind()
        await self._write()

    def stop(self) -> None:
        """The server is about to stop."""
        self._engine.approvals.holds.close()  # or nothing would end that waits for a person
        self._react(Stop())

    def revoke(self) -> None:
        """The client's credentials are worth nothing any more."""
        self._react(Revoked())

    # In.

    async def _read(self) -> None:
        try:
            while True:
                if self._readable is not None:
                    await self._readable
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    self._gone(message.get("code") or ABNORMAL, message.get("reason") or "")
                    return
                self._take(message.get("text"))
                if self._session.messages % FAIRNESS == 0:
                    await asyncio.sleep(0)  # a server's queue may have the next one at hand
        except Exception as error:
            self._broken(error)

    def _take(self, text: str | None) -> None:
        """A message, and what can be answered at once, without waking the writer up for it."""
        self._is_reading = self._filled is not None and not self._filled.done()
        try:
            if text is None:
                self._react(Binary())
            else:
                self.text(text)
            if self._is_reading:
                self._write_at_once()
        finally:
            self._is_reading = False
        if self._begun is not None or (self._outbox and self._filled is not None):
            self._wake_writer()

    def text(self, text: str) -> None:
        """A text message. Where nothing has to wait, it is run and recorded here and now."""
        try:
            lane = self._lane
            if lane is not None:
                now = time.monotonic()
                request = self._session.admit(text, now)
                if request is not None:
                    self._run(lane, Job(now, request, uuid7()))
                    return
            self._react(Text(text))
        except Exception as error:
            self._broken(error)

    def _run(self, lane: Lane, job: Job) -> None:
        try:
            output = lane.run(self._caller, job)
        except Refusal as refusal:
            self._session.begun(job)
            self._react(Finished(job, refusal=refusal))
            return
        said = self._dialect.result(job, output.decode(), replayed=False)
        durable = lane.keep(self._caller, job, output)
        self._put(Frame(said, durable, job))
        effects = self._session.said(len(said), job.arrived)
        if effects or self._timer is None:
            self._carry_out(effects)
        if lane.is_heard:
            lane.tell(self._caller, job, output, durable)

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
        self._carry_out(self._session.handle(event, time.monotonic()))

    def _carry_out(self, effects: Sequence[Effect]) -> None:
        self._effects.extend(effects)
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
                self._runs.start(job)
            case Answer(job, text):
                durable = self._runs.answered(effect)
                if text is not None:
                    self._put(Frame(text, durable, job))
            case Say(text):
                self._put(Frame(text))
            case Push(text, durable):
                self._put(Frame(text, durable))
            case Lost(job):
                self._runs.lost(job)
            case Detach(job):
                self._runs.detach(job)
            case Redeem(job, ticket):
                self._renew(job, ticket)
            case Cancel(job):
                self._runs.cancel(job)
            case Join():
                self._join(effect)
            case Leave(name):
                subscription = self._subscriptions.pop(name)
                self._engine.hub.leave(subscription.topic, subscription)
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

    def _renew(self, job: Job, ticket: str) -> None:
        """The connection stays its principal's, whatever else a ticket may be good for."""
        principal = None if self._redeem is None else self._redeem(ticket)
        if principal is None or self.principal is None or principal.name != self.principal.name:
            message = "this ticket is not valid here: fetch another one, as the same principal"
            refusal = Refusal("unauthenticated", message, field="ticket")
            self._react(Renewed(job, refusal=refusal))
            return
        self.principal = principal
        self._react(Renewed(job, on_our_clock(principal.expires)))

    # Records and subscriptions.

    def _join(self, join: Join) -> None:
        topic = self._runs.topic(join.key)
        subscription = _Subscription(self._runs, join.name, topic, self._react)
        self._subscriptions[join.name] = subscription
        self._engine.hub.join(topic, subscription, join.cursor)

    def _record(self, kind: str, **fields: str | int) -> None:
        facts = self._caller.facts() | {"machine": self._served.machine.name} | fields
        self._engine.journal.append(kind, facts)

    # Out.

    def _end(self, code: int | None, reason: str) -> None:
        self._put(End(code, reason))
        self._set_timer(LAST_WORDS, self._give_up)

    def _give_up(self) -> None:
        self._abort("the client does not read")

    def _put(self, item: Frame | End) -> None:
        self._outbox.append(item)
        if not self._is_reading:
            self._wake_writer()

    def _wake_writer(self) -> None:
        _wake(self._filled)
        self._filled = None

    def _write_at_once(self) -> None:
        """What has to wait, for its record or for the client, is left to the writer."""
        outbox = self._outbox
        while outbox and self._begun is None:
            frame = outbox[0]
            if type(frame) is not Frame or not frame.is_recorded:
                return
            sending = self._send({"type": "websocket.send", "text": frame.text})
            if type(sending) is not CoroutineType:
                return
            try:
                waits = sending.send(None)
            except StopIteration:
                outbox.popleft()
                self._took(len(frame.text))
            except (OSError, RuntimeError):
                return  # the client is gone, as the writer finds out
            else:
                outbox.popleft()
                self._begun = Begun(sending, waits, len(frame.text))

    async def _write(self) -> None:
        while True:
            if self._begun is not None:
                begun = self._begun
                await self._tell(begun)
                self._begun = None
                self._took(begun.size)
            while self._outbox:
                item = self._outbox.popleft()
                if isinstance(item, End):
                    await self._close(item)
                    return
                await self._write_frame(item)
            self._filled = self._loop.create_future()
            await self._filled

    async def _write_frame(self, frame: Frame) -> None:
        durable = frame.durable
        if durable is not None and not durable.done():
            recorded = self._loop.create_future()
            self._engine.outlets.wait(durable, partial(_wake, recorded))
            await recorded
        failed = durable is not None and durable.exception() is not None
        text = self._unrecorded(frame) if failed else frame.text
        if text is not None:
            await self._tell(self._send({"type": "websocket.send", "text": text}))
        self._took(len(frame.text))

    def _took(self, size: int) -> None:
        if self._timer is None or not self._session.left(size):
            self._react(Sent(size))

    def _unrecorded(self, frame: Frame) -> str | None:
        """What takes the place of a text whose record could not be written."""
        if frame.answers is None:
            return None
        message = "this could not be recorded, and nothing is answered unrecorded"
        return self._dialect.error(Refusal("overloaded", message), frame.answers)

    async def _close(self, end: End) -> None:
        if end.code is not None:
            self._closed = self._closed or (end.code, end.reason)
            closing = {"type": "websocket.close", "code": end.code, "reason": end.reason}
            await self._tell(self._send(closing))

    async def _tell(self, sending: Awaitable[None]) -> None:
        """Servers differ in how they say that the client is gone."""
        try:
            await sending
        except (OSError, RuntimeError) as error:
            raise _Gone from error

    def _abort(self, reason: str) -> None:
        _log.warning("%s: %s; the connection is dropped", self._caller.path, reason)
        self._closed = self._closed or (ABNORMAL, reason)
        self._aborted = True
        self._link.abort()
        self._writer.cancel()

    # The end.

    async def _finish(self) -> None:
        """Leave nothing behind: no task, no timer, no subscription."""
        self._react(Disconnected())
        if self._timer is not None:
            self._timer.cancel()
        if self._reader is not None:
            self._reader.cancel()
        code, reason = self._closed or (ABNORMAL, "")
        counts = {"messages": self._session.messages, "pushes": self._session.pushes}
        self._record("ConnectionClosed", close_code=code, reason=reason, **counts)
        tasks = [task for task in (self._reader, *self._runs.tasks) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)


def on_our_clock(expires: float | None) -> float | None:
    """The wall clock's time on the monotonic one."""
    return None if expires is None else time.monotonic() + expires - time.time()


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


def _wake(waiting: asyncio.Future[None] | None) -> None:
    """Let whoever waits go on; a task that was cancelled meanwhile has cancelled its future."""
    if waiting is not None and not waiting.done():
        waiting.set_result(None)
