"""One WebSocket connection of the plain protocol, without I/O: events in, effects out.

Every rule of a connection is here: what becomes of a message, in which order replies leave, when
reading stops, when a connection ends. Nothing here waits, reads a clock or touches a socket; a
driver (`asgi.py`) tells what happened and when, and carries out what comes back, in order.

A message's way: frame → rate → JSON → `accepts` → its turn → run → answer (recorded, then sent).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

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
from kanvas_runtime.limits import Bucket, Strikes
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.plain import (
    Key,
    Plain,
    Refused,
    Request,
    Subscribe,
    Unsubscribe,
    Wish,
)

UNSENT_LIMIT = 1024 * 1024
"""More characters than this that the client has not taken: no further run begins …"""
UNSENT_PATIENCE = 5.0
"""… and after this many seconds in that state the client counts as gone,"""
UNSENT_CEILING = 16 * UNSENT_LIMIT
"""or at once when this much has piled up."""

DRAIN = 10.0
"""Seconds that running work gets when the server stops."""

_CLIENTS_FAULT = frozenset(
    {"invalid_json", "invalid_frame", "invalid_input", "unknown_field", "too_large"}
)


class State(Enum):
    """Where a connection is. Messages are read in OPEN only."""

    OPEN = auto()
    DRAINING = auto()  # the server stops: what was read is still answered
    CLOSED = auto()


class Session:
    """The rules of one connection.

    `max_message` and `queue` come from the surface; `new_run` makes run ids.
    """

    def __init__(
        self, surface: WebSocketSurface, plain: Plain, new_run: Callable[[], str], now: float
    ) -> None:
        self.state = State.OPEN
        self.messages = 0
        self.pushes = 0
        self._surface = surface
        self._plain = plain
        self._new_run = new_run
        self._bucket = Bucket(surface.rate, now)
        self._strikes = Strikes()
        self._queue: list[Job] = []  # short, and an empty deque takes 600 bytes
        self._current: Job | None = None
        self._subscriptions: set[Key] = set()
        self._paused = False
        self._unsent = 0
        self._crowded_since: float | None = None
        self._active_at = now
        self._drain_until: float | None = None
        self._effects: list[Effect] = []

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What is to be done about an event, in this order. After the end: nothing."""
        self._effects = []
        if self.state is not State.CLOSED:
            self._dispatch(event, now)
            self._settle(now)
        return self._effects

    @property
    def deadline(self) -> float | None:
        """When the next `Tick` is due, if time alone can change anything."""
        if self.state is State.CLOSED:
            return None
        if self._drain_until is None and self._crowded_since is None:
            return self._idle_at()
        times = (self._drain_until, self._crowded_at())
        return min(time for time in times if time is not None)

    def _dispatch(self, event: Event, now: float) -> None:
        match event:
            case Text() | Binary():
                self._receive(event, now)
            case Sent():
                self._active_at = now
                self._weigh(-event.size, now)
            case Finished():
                self._finished(event, now)
            case Pushed():
                self._pushed(event, now)
            case Tick():
                self._tick(now)
            case Disconnected():
                self._end()
            case Stop():
                self._stop(now)

    # A message, until its turn.

    def _receive(self, frame: Text | Binary, now: float) -> None:
        self.messages += 1
        self._active_at = now
        self._queue.append(Job(now, self._judge(frame, now)))

    def _judge(self, frame: Text | Binary, now: float) -> Wish:
        """The order of these checks is part of the protocol."""
        try:
            text = self._check_frame(frame)
            self._check_rate(now)
            self._check_state()
        except Refusal as refusal:
            return Refused(refusal)
        return self._plain.read(text)

    def _check_frame(self, frame: Text | Binary) -> str:
        if isinstance(frame, Binary):
            raise Refusal("invalid_frame", "messages are text frames; this was a binary one")
        limit = self._surface.max_message
        if len(frame.text) > limit or _is_longer(frame.text, limit):
            raise Refusal("too_large", f"a message has at most {limit} bytes")
        return frame.text

    def _check_rate(self, now: float) -> None:
        wait = self._bucket.take(now)
        if wait:
            rate = f"{self._surface.rate:g} messages a second"
            raise Refusal(
                "rate_limited", f"at most {rate} on a connection", retry_after=round(wait, 3)
            )

    def _check_state(self) -> None:
        if self.state is State.DRAINING:
            raise Refusal("overloaded", "the server is restarting; connect again")

    # A message, at its turn. One at a time, so replies keep the order of messages.

    def _settle(self, now: float) -> None:
        while self._queue and self._current is None and self._unsent <= UNSENT_LIMIT:
            self._begin(self._queue.pop(0))
        if self.state is State.DRAINING and not self._queue and self._current is None:
            self._close(CloseCode.RESTART, "the server is restarting")
        self._regulate(now)

    def _begin(self, job: Job) -> None:
        match job.wish:
            case Refused(refusal):
                self._refuse(job, refusal)
                return
            case Unsubscribe(key, named):
                if key in self._subscriptions:
                    self._subscriptions.remove(key)
                    self._emit(Leave(key))
                self._answer(job, self._plain.unsubscribed(named))
            case Subscribe(_, key, _) if self._is_full(key):
                limit = self._surface.max_subscriptions
                message = f"at most {limit} subscriptions on a connection; unsubscribe one first"
                self._refuse(job, Refusal("overloaded", message))
            case Request() | Subscribe():
                job.run = self._new_run()
                self._current = job
                self._emit(Start(job))
        self._strikes.good()

    def _is_full(self, key: Key) -> bool:
        if key in self._subscriptions:
            return False
        return len(self._subscriptions) >= self._surface.max_subscriptions

    def _refuse(self, job: Job, refusal: Refusal) -> None:
        self._answer(job, self._plain.error(refusal, job.run, job.named), refusal)
        is_bad = isinstance(job.wish, Refused) and refusal.code in _CLIENTS_FAULT
        if is_bad and self._strikes.bad(job.arrived):
            self._close(CloseCode.POLICY, "too many bad messages in a row")

    def _finished(self, event: Finished, now: float) -> None:
        job = event.job
        if job is not self._current:
            return
        self._current = None
        self._active_at = now
        if event.output is None:
            assert event.refusal is not None
            self._refuse(job, event.refusal)
            return
        self._answer(job, event.output.decode(), output=event.output)
        if isinstance(job.wish, Subscribe) and job.wish.key not in self._subscriptions:
            self._subscriptions.add(job.wish.key)
            self._emit(Join(job.wish.key))

    def _pushed(self, event: Pushed, now: float) -> None:
        self.pushes += 1
        self._emit(Push(event.text, event.durable))
        self._weigh(len(event.text), now)

    def _answer(
        self,
        job: Job,
        text: str,
        refusal: Refusal | None = None,
        output: bytes | None = None,
    ) -> None:
        self._emit(Answer(job, text, refusal, output))
        self._unsent += len(text)

    # Pressure: a queue that is full, a client that does not read.

    def _regulate(self, now: float) -> None:
        if self.state is State.CLOSED:
            return
        self._weigh(0, now)
        # Once full, it has to become half empty: stopping and going on costs system calls.
        limit = self._surface.queue // 2 + 1 if self._paused else self._surface.queue
        full = len(self._queue) >= limit or self._crowded_since is not None
        pause = full or self.state is State.DRAINING
        if pause and not self._paused:
            self._paused = True
            self._emit(Pause())
        elif self._paused and not pause:
            self._paused = False
            self._active_at = now
            self._emit(Resume())

    def _weigh(self, change: int, now: float) -> None:
        self._unsent += change
        if self._unsent <= UNSENT_LIMIT:
            self._crowded_since = None
        elif self._crowded_since is None:
            self._crowded_since = now
        if self._unsent > UNSENT_CEILING:
            self._abort()

    # Time.

    def _tick(self, now: float) -> None:
        if _is_due(self._crowded_at(), now):
            self._abort()
        elif _is_due(self._drain_until, now):
            self._cancel_all()
            self._close(CloseCode.RESTART, "the server is restarting")
        elif _is_due(self._idle_at(), now):
            self._close(CloseCode.IDLE, "nothing was said for too long")

    def _idle_at(self) -> float | None:
        busy = self._current or self._queue or self._subscriptions or self._unsent or self._paused
        return None if busy else self._active_at + self._surface.idle_timeout

    def _crowded_at(self) -> float | None:
        return None if self._crowded_since is None else self._crowded_since + UNSENT_PATIENCE

    # The end.

    def _stop(self, now: float) -> None:
        if self.state is State.OPEN:
            self.state = State.DRAINING
            self._drain_until = now + DRAIN

    def _cancel_all(self) -> None:
        """Every message that was read gets its answer, in order, though it is a poor one."""
        waiting = list(self._queue)
        self._queue.clear()
        if self._current is not None:
            self._emit(Cancel(self._current))
            waiting.insert(0, self._current)
            self._current = None
        for job in waiting:
            refusal = Refusal("cancelled", "the server is restarting; send it again")
            self._answer(job, self._plain.error(refusal, job.run, job.named), refusal)

    def _close(self, code: CloseCode, reason: str) -> None:
        self._end()
        self._emit(Close(code, reason))

    def _abort(self) -> None:
        if self.state is not State.CLOSED:
            self._end()
            self._emit(Abort("the client does not read"))

    def _end(self) -> None:
        self.state = State.CLOSED
        if self._current is not None:
            self._emit(Cancel(self._current))
            self._queue.insert(0, self._current)
            self._current = None
        for job in self._queue:
            self._emit(Lost(job))
        for key in self._subscriptions:
            self._emit(Leave(key))
        self._queue.clear()
        self._subscriptions.clear()

    def _emit(self, effect: Effect) -> None:
        self._effects.append(effect)


def _is_longer(text: str, limit: int) -> bool:
    """In bytes; looked at only when that differs from the number of characters."""
    return not text.isascii() and len(text.encode()) > limit


def _is_due(time: float | None, now: float) -> bool:
    return time is not None and time <= now
