"""Whatever happens in whatever order: replies in order, every message accounted for, no leak."""

from __future__ import annotations

import itertools

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import Refusal
from kanvas_runtime.events import (
    Binary,
    Disconnected,
    Finished,
    Pushed,
    Stop,
    Text,
)
from kanvas_runtime.hub import Item
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.plain import Plain
from kanvas_runtime.session import Session, State

from tests.runtime.driven import Driven
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


class Conversation(Driven):
    surface = SURFACE

    def __init__(self) -> None:
        super().__init__()
        numbers = itertools.count(1)
        plain = Plain(DOUBLE, Codec(DOUBLE.input, DOUBLE.output))
        self.core = Session(SURFACE, plain, lambda: str(next(numbers)), self.now)
        self.sent = 0
        self.pushed = 0

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

    @precondition(lambda self: self.joined)
    @rule(size=st.sampled_from(SIZES))
    def new_result(self, size: int) -> None:
        self.pushed += 1
        self.tell(Pushed(min(self.joined), Item("e.1", " " * size, None, None)))

    @rule()
    def disconnects(self) -> None:
        self.tell(Disconnected())

    @rule()
    def stops(self) -> None:
        self.tell(Stop())

    # What always holds.

    @invariant()
    def messages_are_accounted_for_in_order(self) -> None:
        assert self.core.messages == self.sent
        in_order = [job.arrived for job in self.accounted if job not in self.was_held]
        assert in_order == sorted(in_order)
        waiting = 0 if self.core.state is State.CLOSED else len(self.core._queue)
        apart = len(self.held) + len(self.detached)
        assert len(self.accounted) + len(self.running) + apart + waiting == self.sent

    @invariant()
    def pushes_are_counted(self) -> None:
        assert self.core.pushes == self.pushed

    @invariant()
    def the_queue_is_bounded(self) -> None:
        if not self.paused and self.core.state is State.OPEN:
            assert len(self.core._queue) < SURFACE.queue


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
