"""What drives a session under a state machine: obeys every effect, and notes what it is told."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from kanvas_runtime.errors import Refusal
from kanvas_runtime.events import (
    Abort,
    Answer,
    Cancel,
    Close,
    Detach,
    Effect,
    Event,
    Finished,
    Held,
    Job,
    Join,
    Leave,
    Lost,
    Pause,
    Push,
    Resume,
    Say,
    Sent,
    Start,
    Tick,
)
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.session import Session, State
from kanvas_runtime.wishes import Notice

NOTICE = Notice("run-1", "call", "pay")


class Driven(RuleBasedStateMachine):
    """A driver of `core`; a protocol's own test says which messages come, and `hear`s answers."""

    core: Session
    surface: WebSocketSurface

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.accounted: list[Job] = []
        self.running: list[Job] = []
        self.held: list[Job] = []
        self.was_held: list[Job] = []  # once held, always out of order
        self.detached: list[Job] = []
        self.cancelled: list[Job] = []
        self.joined: set[Any] = set()
        self.outbox: list[str] = []
        self.paused = False
        self.ends: list[Effect] = []

    def hear(self, text: str) -> None:
        """What the client is sent."""
        self.outbox.append(text)

    def tell(self, event: Event) -> None:
        for effect in self.core.handle(event, self.now):
            assert not self.ends, f"{effect} after the end"
            self.obey(effect)

    def obey(self, effect: Effect) -> None:
        match effect:
            case Start(job):
                self.running.append(job)
                assert len(self.running) <= self.surface.concurrency
            case Cancel(job):
                (self.held if job in self.held else self.running).remove(job)
                self.cancelled.append(job)
            case Answer(job, text):
                self.accounted.append(job)
                if text is not None:
                    self.hear(text)
            case Say(text) | Push(text):
                self.hear(text)
            case Lost(job):
                self.accounted.append(job)
            case Detach(job):
                self.held.remove(job)
                self.detached.append(job)
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

    @precondition(lambda self: self.running)
    @rule(index=st.integers(0, 3))
    def is_held(self, index: int) -> None:
        job = self.running.pop(index % len(self.running))
        self.held.append(job)
        self.was_held.append(job)
        self.tell(Held(job, NOTICE))

    @precondition(lambda self: self.held)
    @rule(index=st.integers(0, 3))
    def is_held_again(self, index: int) -> None:
        self.tell(Held(self.held[index % len(self.held)], NOTICE))

    @precondition(lambda self: self.held)
    @rule(index=st.integers(0, 3), approved=st.booleans())
    def is_decided(self, index: int, approved: bool) -> None:
        job = self.held.pop(index % len(self.held))
        job.cursor = "0"
        refusal = None if approved else Refusal("approval_denied", "no")
        self.tell(Finished(job, b"{}" if approved else None, refusal))

    @precondition(lambda self: self.detached)
    @rule()
    def ends_without_the_connection(self) -> None:
        self.tell(Finished(self.detached[-1], output=b"{}"))

    @precondition(lambda self: self.outbox)
    @rule()
    def is_sent(self) -> None:
        self.tell(Sent(len(self.outbox.pop(0))))

    @rule(seconds=st.sampled_from((0.0, 0.25, 1.0, 4.0, 11.0, 40.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.tell(Tick())

    @invariant()
    def messages_are_accounted_for_once(self) -> None:
        assert len(set(map(id, self.accounted))) == len(self.accounted)

    @invariant()
    def nothing_is_left_behind(self) -> None:
        if self.core.state is State.CLOSED:
            assert not self.running
            assert not self.held
            assert not self.joined
            assert self.core.deadline is None
        assert len(self.joined) <= self.surface.max_subscriptions

    @invariant()
    def something_always_happens_next(self) -> None:
        """An open connection with work waits for a run, for the client to read, or for time."""
        if self.core.state is not State.CLOSED and self.core._queue:
            assert self.running or self.outbox
        if self.core.state is State.DRAINING:
            assert self.core.deadline is not None
