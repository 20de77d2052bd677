"""One WebSocket connection, without I/O: events in, effects out.

Every rule of a connection is here: what becomes of a message, in which order replies leave, when
reading stops, when a connection ends. Nothing here waits, reads a clock or touches a socket; a
driver (`asgi.py`) tells what happened and when, and carries out what comes back, in order.

A message's way: frame → rate → JSON → `accepts` → its turn → run → answer (recorded, then sent).
What messages look like is a `Dialect`'s business. Where replies keep the order of messages, every
message waits for its turn; elsewhere only those that run something do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any

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
    Grew,
    Held,
    Job,
    Join,
    Leave,
    Lost,
    Pause,
    Progressed,
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
from kanvas_runtime.hub import Item
from kanvas_runtime.limits import Allowance, Bucket, Strikes, is_longer, too_fast
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.pressure import LAGGING, Pressure
from kanvas_runtime.wishes import (
    NOTHING,
    Abandon,
    Dialect,
    Key,
    Name,
    Ping,
    Refused,
    Renew,
    Request,
    Subscribe,
    Unsubscribe,
    Wish,
)

DRAIN = 10.0
"""Seconds that running work gets when the server stops."""

NONE: Sequence[Effect] = ()
"""Nothing is to be done."""

_CLIENTS_FAULT = frozenset(
    {"invalid_json", "invalid_frame", "invalid_input", "unknown_field", "too_large"}
)
_WITH_ID = (Request, Subscribe)


class State(Enum):
    """Where a connection is. Messages are read in OPEN only."""

    OPEN = auto()
    DRAINING = auto()  # the server stops: what was read is still answered
    CLOSED = auto()


class Session:
    """The rules of one connection.

    Its limits come from the surface; `allowance` is what all connections of a client may send
    together; `new_run` makes run ids; the client's credentials end when it `expires`.
    """

    def __init__(
        self,
        surface: WebSocketSurface,
        dialect: Dialect,
        new_run: Callable[[], str],
        now: float,
        allowance: Allowance | None = None,
        expires: float | None = None,
    ) -> None:
        self.state = State.OPEN
        self.messages = 0
        self.pushes = 0
        self._surface = surface
        self._dialect = dialect
        self._new_run = new_run
        self._bucket = Bucket(surface.rate, now)
        self._allowance = allowance
        self._strikes = Strikes()
        self._room = 1 if dialect.in_order else surface.concurrency
        self._queue: list[Job] = []  # short, and an empty deque takes 600 bytes
        self._running: list[Job] = []
        self._held: dict[Job, None] = {}  # runs that wait for a person, or did: in nobody's way
        self._subscriptions: dict[Name, Key] = {}
        self._late: dict[Name, tuple[Item, bool]] = {}
        self._gaps: frozenset[Name] = frozenset()  # whose next result says that some were missed
        self._paused = False
        self._pressure = Pressure()
        self._active_at = now
        self._drain_until: float | None = None
        self._expires = expires
        self._effects: list[Effect] = []
        self._calm = True  # nobody waits for anything
        self._short = surface.max_message // 4  # a character is four bytes at most

    def open(self, now: float) -> list[Effect]:
        """What is said before anything was heard."""
        hello = self._dialect.hello()
        if hello is None:
            return []
        self._pressure.add(len(hello), now)
        return [Say(hello)]

    def handle(self, event: Event, now: float) -> list[Effect]:
        """What is to be done about an event, in this order. After the end: nothing."""
        self._effects = []
        if self.state is not State.CLOSED:
            self._dispatch(event, now)
            self._settle(now)
        waiting = self._queue or self._running or self._held or self._late or self._paused
        self._calm = self.state is State.OPEN and not (waiting or self._strikes)
        return self._effects

    @property
    def deadline(self) -> float | None:
        """When the next `Tick` is due, if time alone can change anything."""
        if self.state is State.CLOSED:
            return None
        crowded = self._pressure.until
        if self._drain_until is None and crowded is None and self._expires is None:
            return self._idle_at()
        idle = self._idle_at() if self._drain_until is None and crowded is None else None
        times = (self._drain_until, crowded, idle, self._expires)
        return min(time for time in times if time is not None)

    def _dispatch(self, event: Event, now: float) -> None:
        match event:
            case Text(text):
                self._await_turn(self._arrived(text, now))
            case Binary():
                self._await_turn(self._arrived(None, now))
            case Sent():
                self._active_at = now
                self._pressure.add(-event.size, now)
            case Finished():
                self._finished(event, now)
            case Pushed():
                self._pushed(event)
            case Progressed():
                self._progressed(event)
            case Grew():
                self._grew(event)
            case Held():
                self._hold(event)
            case Tick():
                self._tick(now)
            case Disconnected():
                self._end()
            case Stop():
                self._stop(now)
            case Renewed():
                self._renewed(event)
            case Revoked():
                self._expire()

    # The short way of a request that has its turn on arrival, for who runs machines on the spot.

    def admit(self, text: str, now: float) -> Request | None:
        """The request, if nothing is in its way: it is to be run now, and then `said` or `begun`.

        None: `handle` has to judge, and nothing was counted.
        """
        if not self._calm or len(text) > self._short or self._pressure.unsent > LAGGING:
            return None
        request = self._dialect.request(text)
        if request is None or request.id in self._subscriptions or self._bucket.take(now):
            return None
        if self._allowance is not None and self._allowance.take(now):
            self._bucket.give_back()
            return None
        self.messages += 1
        self._active_at = now
        return request

    def said(self, size: int, now: float) -> Sequence[Effect]:
        """It was answered, with a text of this length: the same as an `Answer` that came back."""
        self._pressure.unsent += size
        if self._pressure.unsent <= LAGGING:
            return NONE
        self._effects = []
        self._settle(now)
        return self._effects

    def begun(self, job: Job) -> None:
        """It has no output; `Finished` says what came of it."""
        self._running.append(job)
        self._calm = False

    def left(self, size: int) -> bool:
        """That text has left, no later than it could. False: `handle` a `Sent`."""
        pressure = self._pressure
        if not self._calm or pressure.unsent > LAGGING:
            return False
        pressure.unsent -= size
        return True

    # A message, until its turn.

    def _arrived(self, text: str | None, now: float) -> Job:
        self.messages += 1
        self._active_at = now
        return Job(now, self._judge(text, now))

    def _await_turn(self, job: Job) -> None:
        if self._dialect.in_order or isinstance(job.wish, Request | Subscribe):
            self._queue.append(job)
        else:
            self._begin(job)

    def _judge(self, text: str | None, now: float) -> Wish:
        """The order of these checks is part of the protocol. A binary frame has no text."""
        try:
            if text is None:
                raise Refusal("invalid_frame", "messages are text frames; this was a binary one")
            limit = self._surface.max_message
            if len(text) > limit or is_longer(text, limit):
                raise Refusal("too_large", f"a message has at most {limit} bytes")
            wait = self._bucket.take(now)
            if wait:
                raise too_fast(self._surface.rate, "on a connection", wait)
            if self._allowance is not None:
                self._check_allowance(self._allowance, now)
            if self.state is State.DRAINING:
                raise Refusal("overloaded", "the server is restarting; connect again")
        except Refusal as refusal:
            return Refused(refusal, NOTHING if text is None else self._dialect.glimpse(text))
        wish = self._dialect.read(text)
        if isinstance(wish, _WITH_ID) and wish.id is not None and self._uses(wish.id):
            return Refused(Refusal("conflict", "this id is in use", field="id"), wish.id)
        return wish

    def _uses(self, id_: str) -> bool:
        return id_ in self._subscriptions or self._pending(id_) is not None

    def _pending(self, name: Name) -> Job | None:
        """The run or subscription that the client calls so and that has no answer yet."""
        jobs = (job for job in (*self._running, *self._held) if job.name == name)
        return next(jobs, None) or next((job for job in self._queue if job.id == name), None)

    def _check_allowance(self, allowance: Allowance, now: float) -> None:
        wait = allowance.take(now)
        if wait:
            rate = self._surface.rate_per_principal or 0.0
            raise too_fast(rate, "on all of a client's connections", wait)

    # A message, at its turn.

    def _settle(self, now: float) -> None:
        while self._queue and len(self._running) < self._room and not self._pressure.crowded:
            self._begin(self._queue.pop(0))
        if self.state is State.DRAINING and not (self._queue or self._running or self._held):
            self._close(CloseCode.RESTART, "the server is restarting")
        self._catch_up()
        self._regulate(now)

    def _begin(self, job: Job) -> None:
        match job.wish:
            case Refused(refusal):
                self._refuse(job, refusal)
                return
            case Ping():
                self._say(self._dialect.pong())
            case Renew(ticket):
                self._emit(Redeem(job, ticket))
            case Unsubscribe(name):
                while self._drop(name):
                    pass  # without ids, several may be on hold under one name
                self._answer(job, self._dialect.ended(job))
            case Abandon(id_):
                told = self._drop(id_)
                self._answer(job, None if told else self._dialect.ended(job))
            case Subscribe() as wish if self._is_full(wish.name):
                limit = self._surface.max_subscriptions
                message = f"at most {limit} subscriptions on a connection; unsubscribe one first"
                self._refuse(job, Refusal("overloaded", message))
            case Request() | Subscribe():
                self._start(job)
                self._emit(Start(job))
                return
        self._strikes.good()

    def _start(self, job: Job) -> None:
        job.run = self._new_run()
        self._running.append(job)
        self._strikes.good()

    def _is_full(self, name: Name) -> bool:
        if name in self._subscriptions:
            return False
        jobs = (*self._running, *self._held)
        opening = sum(isinstance(job.wish, Subscribe) for job in jobs)
        return len(self._subscriptions) + opening >= self._surface.max_subscriptions

    def _drop(self, name: Name) -> bool:
        """End what the client calls so; whether its end has been told."""
        job = self._pending(name)
        if job is None:
            if self._subscriptions.pop(name, None) is not None:
                self._late.pop(name, None)
                self._gaps -= {name}
                self._emit(Leave(name))
            return False
        if job in self._queue:
            self._queue.remove(job)
        else:
            self._take(job)
            self._emit(Cancel(job))
        self._refuse(job, Refusal("cancelled", "cancelled as asked"))
        return True

    def _refuse(self, job: Job, refusal: Refusal) -> None:
        self._answer(job, self._dialect.error(refusal, job), refusal)
        is_bad = isinstance(job.wish, Refused) and refusal.code in _CLIENTS_FAULT
        if is_bad and self._strikes.bad(job.arrived):
            self._close(CloseCode.POLICY, "too many bad messages in a row")

    def _finished(self, event: Finished, now: float) -> None:
        job = event.job
        if not self._take(job):
            return
        self._active_at = now
        if event.refusal is not None:
            self._refuse(job, event.refusal)
            return
        if isinstance(job.wish, Subscribe):
            self._opened(job, job.wish, event.output)
            return
        assert event.output is not None
        text = self._dialect.result(job, event.output.decode(), replayed=event.replayed)
        self._answer(job, text, output=event.output, replayed=event.replayed)

    def _opened(self, job: Job, wish: Subscribe, output: bytes | None) -> None:
        text = None if output is None else self._dialect.opened(job, output.decode())
        self._answer(job, text, output=output)
        if job.resumed and job.gap:
            self._gaps |= {wish.name}
        if wish.name not in self._subscriptions:
            self._subscriptions[wish.name] = wish.key
            self._emit(Join(wish.name, wish.key, job.cursor))

    def _answer(
        self,
        job: Job,
        text: str | None,
        refusal: Refusal | None = None,
        output: bytes | None = None,
        replayed: bool = False,
    ) -> None:
        self._emit(Answer(job, text, refusal, output, replayed))
        self._pressure.unsent += len(text or "")

    def _say(self, text: str) -> None:
        self._emit(Say(text))
        self._pressure.unsent += len(text)

    def _take(self, job: Job) -> bool:
        """Whether it was still waited for; nobody waits any more."""
        if job in self._running:
            self._running.remove(job)
        elif job in self._held:
            del self._held[job]
        else:
            return False
        return True

    def _hold(self, event: Held) -> None:
        """What waits for a person keeps nobody waiting: whatever comes after it has its turn."""
        if self._take(event.job):
            self._held[event.job] = None
            self._tell(self._dialect.held(event.job, event.notice), None)

    # Results that are no answers.

    def _pushed(self, event: Pushed) -> None:
        name, item = event.name, event.item
        if name not in self._subscriptions:
            return  # it left while this was on its way
        self.pushes += 1
        if item.droppable and self._pressure.lagging:
            self._late[name] = item, name in self._late
            return
        self._release(name)
        self._push(name, item, gap=False)

    def _push(self, name: Name, item: Item, *, gap: bool) -> None:
        if name in self._gaps:
            self._gaps -= {name}
            gap = True
        self._tell(self._dialect.pushed(name, item, gap=gap), item.durable)

    def _tell(self, text: str, durable: Any) -> None:
        self._emit(Push(text, durable))
        self._pressure.unsent += len(text)

    def _release(self, name: Name) -> None:
        late = self._late.pop(name, None)
        if late is not None:
            item, gap = late
            self._push(name, item, gap=gap)

    def _catch_up(self) -> None:
        """A client that reads again gets the newest of what was left out."""
        while self._late and not self._pressure.lagging:
            self._release(next(iter(self._late)))

    def _progressed(self, event: Progressed) -> None:
        if event.job in self._running or event.job in self._held:
            self.pushes += 1
            self._tell(self._dialect.progress(event.job, event.text), None)

    def _grew(self, event: Grew) -> None:
        """Parts of a text are a courtesy: a client that lags gets the whole one in the end."""
        job = event.job
        if job.muted or (job not in self._running and job not in self._held):
            return
        if self._pressure.lagging:
            job.muted = True
            return
        text = self._dialect.partial(job, event.step, event.field, event.text)
        if text is not None:
            self._say(text)

    # Pressure: a queue that is full, a client that does not read.

    def _regulate(self, now: float) -> None:
        if self.state is State.CLOSED:
            return
        self._pressure.add(0, now)
        if self._pressure.hopeless:
            self._abort()
            return
        # Once full, it has to become half empty: stopping and going on costs system calls.
        limit = self._surface.queue // 2 + 1 if self._paused else self._surface.queue
        full = len(self._queue) >= limit or self._pressure.crowded
        pause = full or self.state is State.DRAINING
        if pause and not self._paused:
            self._paused = True
            self._emit(Pause())
        elif self._paused and not pause:
            self._paused = False
            self._active_at = now
            self._emit(Resume())

    # Time.

    def _tick(self, now: float) -> None:
        if _is_due(self._pressure.until, now):
            self._abort()
        elif _is_due(self._drain_until, now):
            self._running[:0] = self._held
            self._held.clear()
            self._cancel_all("the server is restarting; send it again")
            self._close(CloseCode.RESTART, "the server is restarting")
        elif _is_due(self._expires, now):
            self._expire()
        elif _is_due(self._idle_at(), now):
            self._close(CloseCode.IDLE, "nothing was said for too long")

    def _idle_at(self) -> float | None:
        works = self._running or self._held or self._queue
        busy = works or self._subscriptions or self._pressure.unsent
        return None if busy or self._paused else self._active_at + self._surface.idle_timeout

    # The end.

    def _stop(self, now: float) -> None:
        if self.state is State.OPEN:
            self.state = State.DRAINING
            self._drain_until = now + DRAIN

    def _renewed(self, event: Renewed) -> None:
        if event.refusal is not None:
            self._refuse(event.job, event.refusal)
            return
        self._expires = event.expires
        self._answer(event.job, self._dialect.renewed())

    def _expire(self) -> None:
        """Nobody is there any more as far as we know, whoever still holds the other end."""
        self._cancel_all("the credentials have expired or were revoked; sign in again")
        self._close(CloseCode.EXPIRED, "credentials expired or revoked")

    def _cancel_all(self, why: str) -> None:
        """Every message that was read gets its answer, in order, though it is a poor one."""
        for job in self._take_all():
            refusal = Refusal("cancelled", why)
            self._answer(job, self._dialect.error(refusal, job), refusal)

    def _close(self, code: CloseCode, reason: str) -> None:
        self._end()
        self._emit(Close(code, reason))

    def _abort(self) -> None:
        if self.state is not State.CLOSED:
            self._end()
            self._emit(Abort("the client does not read"))

    def _end(self) -> None:
        self.state = State.CLOSED
        for job in self._take_all():
            self._emit(Lost(job))
        for job in self._held:
            self._emit(Detach(job))
        self._held.clear()
        for name in self._subscriptions:
            self._emit(Leave(name))
        self._subscriptions.clear()
        self._late.clear()

    def _take_all(self) -> list[Job]:
        """Every message without an answer, in order; what runs is cancelled."""
        for job in self._running:
            self._emit(Cancel(job))
        jobs = [*self._running, *self._queue]
        self._running.clear()
        self._queue.clear()
        return jobs

    def _emit(self, effect: Effect) -> None:
        self._effects.append(effect)


def _is_due(time: float | None, now: float) -> bool:
    return time is not None and time <= now
