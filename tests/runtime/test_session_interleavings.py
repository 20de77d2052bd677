"""Whatever happens in whatever order: replies in order, every message accounted for, no leak."""

from __future__ import annotations

import itertools

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import Refusal
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
from kanvas_runtime.hub import Item
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.plain import Plain
from kanvas_runtime.session import Session, State
from kanvas_runtime.wishes import Name

from tests.runtime.sockets import DOUBLE

MESSAGES = (
    '{"n":1}',
    '{"n":2}',
    '{"n":"one"}',
    "nonsense",
    '{"subscribe":1}',
    '{"subscribe":2}',
    '{"subscribe":[]}',
    '{"unsubscribe":1}',
    '{"unsubscribe":2}',
)
SURFACE = WebSocketSurface(path="/ws", rate=4.0, queue=3, idle_timeout=30.0, max_subscriptions=1)
SIZES = (2, 400_000, 1_200_000)


class Conversation(RuleBasedStateMachine):
    """A driver that obeys, and notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        numbers = itertools.count(1)
        plain = Plain(DOUBLE, Codec(DOUBLE.input, DOUBLE.output))
        self.now = 0.0
        self.core = Session(SURFACE, plain, lambda: str(next(numbers)), self.now)
        self.sent = 0
        self.accounted: list[Job] = []
        self.running: list[Job] = []
        self.cancelled: list[Job] = []
        self.joined: set[Name] = set()
        self.outbox: list[str] = []
        self.pushed = 0
        self.paused = False
        self.ends: list[Effect] = []

    # What the driver does.

    def tell(self, event: Event) -> None:
        for effect in self.core.handle(event, self.now):
            assert not self.ends, f"{effect} after the end"
            self.obey(effect)

    def obey(self, effect: Effect) -> None:
        match effect:
            case Start(job):
                assert not self.running, "plain connections run one at a time"
                self.running.append(job)
            case Cancel(job):
                self.running.remove(job)
                self.cancelled.append(job)
            case Answer(job, text):
                assert text is not None
                self.accounted.append(job)
                self.outbox.append(text)
            case Lost(job):
                self.accounted.append(job)
            case Push(text):
                self.outbox.append(text)
            case Join(name):
                assert name not in self.joined
                self.joined.add(name)
            case Leave(name):
                self.joined.remove(name)
            case Pause() | Resume():
                assert self.paused is isinstance(effect, Resume)
                self.paused = isinstance(effect, Pause)
            case Close() | Abort():
                self.ends.append(effect)

    # What may happen.

    @precondition(lambda self: not self.paused)
    @rule(text=st.sampled_from(MESSAGES))
    def message(self, text: str) -> None:
        self.now += 1e-6  # so that arrival tells messages apart
        self.sent += self.core.state is not State.CLOSED
        self.tell(Text(text))

    @precondition(lambda self: not self.paused)
    @rule()
    def binary(self) -> None:
        self.now += 1e-6  # so that arrival tells messages apart
        self.sent += self.core.state is not State.CLOSED
        self.tell(Binary())

    @precondition(lambda self: self.running)
    @rule(size=st.sampled_from(SIZES))
    def succeeds(self, size: int) -> None:
        self.tell(Finished(self.running.pop(), output=b" " * size))

    @precondition(lambda self: self.running)
    @rule()
    def fails(self) -> None:
        self.tell(Finished(self.running.pop(), refusal=Refusal("step_failed", "no")))

    @precondition(lambda self: self.cancelled)
    @rule()
    def ends_though_cancelled(self) -> None:
        self.tell(Finished(self.cancelled.pop(), output=b"{}"))

    @precondition(lambda self: self.outbox)
    @rule()
    def is_sent(self) -> None:
        self.tell(Sent(len(self.outbox.pop(0))))

    @precondition(lambda self: self.joined)
    @rule(size=st.sampled_from(SIZES))
    def new_result(self, size: int) -> None:
        self.pushed += 1
        self.tell(Pushed(min(self.joined), Item("e.1", " " * size, None, None)))

    @rule(seconds=st.sampled_from((0.0, 0.25, 4.0, 11.0, 40.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.tell(Tick())

    @rule()
    def disconnects(self) -> None:
        self.tell(Disconnected())

    @rule()
    def stops(self) -> None:
        self.tell(Stop())

    # What always holds.

    @invariant()
    def messages_are_accounted_for_once_and_in_order(self) -> None:
        assert self.core.messages == self.sent
        assert len(set(map(id, self.accounted))) == len(self.accounted)
        assert [job.arrived for job in self.accounted] == sorted(
            job.arrived for job in self.accounted
        )
        waiting = 0 if self.core.state is State.CLOSED else len(self.core._queue)
        assert len(self.accounted) + len(self.running) + waiting == self.sent

    @invariant()
    def nothing_is_left_behind(self) -> None:
        if self.core.state is State.CLOSED:
            assert not self.running
            assert not self.joined
            assert self.core.deadline is None
        assert len(self.joined) <= SURFACE.max_subscriptions
        assert self.core.pushes == self.pushed

    @invariant()
    def something_always_happens_next(self) -> None:
        """An open connection with work waits for a run, for the client to read, or for time."""
        if self.core.state is not State.CLOSED and self.core._queue:
            assert self.running or self.outbox
        if self.core.state is State.DRAINING:
            assert self.core.deadline is not None

    @invariant()
    def the_queue_is_bounded(self) -> None:
        if not self.paused and self.core.state is State.OPEN:
            assert len(self.core._queue) < SURFACE.queue


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
