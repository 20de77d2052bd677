"""Runs, subscriptions and cancels side by side, in whatever order: against a model of the client.

The model knows of every id what it may still hear; whatever else comes is a fault.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from kanvas_runtime.codec import Codec
from kanvas_runtime.envelope import Envelope
from kanvas_runtime.errors import Refusal
from kanvas_runtime.events import (
    Disconnected,
    Finished,
    Grew,
    Job,
    Progressed,
    Pushed,
    Stop,
    Text,
)
from kanvas_runtime.hub import Item
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.pressure import LAGGING
from kanvas_runtime.session import Session, State

from tests.runtime.driven import Driven
from tests.runtime.sockets import DOUBLE

IDS = st.sampled_from(("a", "b", "c", "d"))
SURFACE = WebSocketSurface(
    path="/ws", rate=1000.0, queue=3, concurrency=2, max_subscriptions=2, idle_timeout=30.0
)
RARELY = st.integers(0, 9)
SIZES = (2, LAGGING, 1_200_000)


class Conversation(Driven):
    surface = SURFACE

    def __init__(self) -> None:
        super().__init__()
        numbers = itertools.count(1)
        dialect = Envelope(DOUBLE, Codec(DOUBLE.input, DOUBLE.output), SURFACE)
        self.core = Session(SURFACE, dialect, lambda: str(next(numbers)), self.now)
        self.asked = 0
        self.pings = 0
        self.waiting: dict[str, str] = {}  # id → "run" or "subscribe", without an answer
        self.open: set[str] = set()  # subscriptions, as the client knows them
        self.handed: dict[str, list[int]] = {}  # of a subscription: results in order
        self.dropped: dict[str, set[int]] = {}  # those of them that may be left out
        self.seen: dict[str, int] = {}

    def hear(self, text: str) -> None:
        super().hear(text)
        said = json.loads(text)
        id_ = said.get("id")
        match said["op"]:
            case "pong":
                self.pings -= 1
            case "result":
                assert self.waiting.pop(id_) == "run"
            case "partial" | "held":
                assert id_ in self.waiting
            case "done":
                self.open.discard(id_)
            case "push":
                self.hear_push(id_, said)
            case "error" if said["error"]["code"] != "conflict":
                self.waiting.pop(id_, None)

    def hear_push(self, id_: str, said: Any) -> None:
        if "cursor" not in said:
            assert id_ in self.waiting, "results before the end belong to a run that has none"
            return
        if id_ not in self.open:
            assert self.waiting.pop(id_) == "subscribe"
            self.open.add(id_)
            self.handed[id_], self.dropped[id_], self.seen[id_] = [], set(), 0
            return
        number = int(said["cursor"])
        assert number > self.seen[id_], "in order and only once"
        between = [n for n in self.handed[id_] if self.seen[id_] < n < number]
        assert set(between) <= self.dropped[id_], "pushed results are never left out"
        assert said.get("gap", False) is bool(between), "what is left out is said"
        self.seen[id_] = number

    def send(self, op: str, **fields: Any) -> None:
        self.now += 1e-6
        if self.core.state is not State.CLOSED:
            self.asked += op != "ping" or self.core.state is State.DRAINING
            self.pings += op == "ping" and self.core.state is State.OPEN
        self.tell(Text(json.dumps({"op": op, **fields})))

    # What may happen.

    @precondition(lambda self: not self.paused)
    @rule(op=st.sampled_from(("run", "subscribe")), id_=IDS, n=st.integers(1, 2))
    def begins(self, op: str, id_: str, n: int) -> None:
        free = id_ not in self.waiting and id_ not in self.open
        if free and self.core.state is State.OPEN:
            self.waiting[id_] = op
        before = len(self.outbox)
        self.send(op, id=id_, input={"n": n})
        errors = [json.loads(text) for text in self.outbox[before:]]
        refused = [e for e in errors if e["op"] == "error" and e["id"] == id_]
        if not free and self.core.state is State.OPEN:
            assert refused[0]["error"]["code"] == "conflict"

    @precondition(lambda self: not self.paused)
    @rule(op=st.sampled_from(("cancel", "unsubscribe")), id_=IDS)
    def ends_something(self, op: str, id_: str) -> None:
        self.send(op, id=id_)
        if self.core.state is State.OPEN:
            assert id_ not in self.waiting
            assert id_ not in self.open

    @precondition(lambda self: not self.paused)
    @rule()
    def pings_(self) -> None:
        self.send("ping")

    @precondition(lambda self: not self.paused)
    @rule(text=st.sampled_from(("{", "[]", '{"op":"run"}', '{"n":1}')))
    def says_nonsense(self, text: str) -> None:
        self.now += 1e-6
        self.asked += self.core.state is not State.CLOSED
        self.tell(Text(text))

    def pick(self, index: int) -> Job:
        job = self.running.pop(index % len(self.running))
        job.cursor = "0"
        return job

    @precondition(lambda self: self.running)
    @rule(size=st.sampled_from(SIZES), index=st.integers(0, 3))
    def succeeds(self, size: int, index: int) -> None:
        self.tell(Finished(self.pick(index), output=b'"' + b"x" * size + b'"'))

    @precondition(lambda self: self.running)
    @rule(index=st.integers(0, 3))
    def fails(self, index: int) -> None:
        self.tell(Finished(self.pick(index), refusal=Refusal("step_failed", "no")))

    @precondition(lambda self: self.running)
    @rule(index=st.integers(0, 3), size=st.sampled_from(SIZES))
    def goes_on(self, index: int, size: int) -> None:
        job = self.running[index % len(self.running)]
        self.tell(Progressed(job, '"' + "x" * size + '"'))
        if job in self.running:
            self.tell(Grew(job, "write", "reply", "x"))

    @precondition(lambda self: self.cancelled)
    @rule()
    def ends_though_cancelled(self) -> None:
        job = self.cancelled.pop()
        self.tell(Progressed(job, "{}"))
        self.tell(Finished(job, output=b"{}"))

    @precondition(lambda self: self.joined)
    @rule(size=st.sampled_from(SIZES), droppable=st.booleans(), index=st.integers(0, 3))
    def new_result(self, size: int, droppable: bool, index: int) -> None:
        self.pushes(sorted(self.joined)[index % len(self.joined)], size, droppable)

    @precondition(lambda self: self.joined)
    @rule(count=st.integers(2, 4), last=st.booleans())
    def results_in_a_row(self, count: int, last: bool) -> None:
        """More than a client takes at once; perhaps the last is not to be left out."""
        id_ = min(self.joined)
        for number in range(count):
            if id_ in self.joined:
                self.pushes(id_, LAGGING, last or number < count - 1)

    def pushes(self, id_: str, size: int, droppable: bool) -> None:
        number = len(self.handed[id_]) + 1
        self.handed[id_].append(number)
        if droppable:
            self.dropped[id_].add(number)
        self.tell(Pushed(id_, Item(str(number), '"' + "x" * size + '"', None, None, droppable)))

    @rule(chance=RARELY)
    def disconnects(self, chance: int) -> None:
        if chance == 7:
            self.tell(Disconnected())

    @rule(chance=RARELY)
    def stops(self, chance: int) -> None:
        if chance == 7:
            self.tell(Stop())

    # What always holds.

    @invariant()
    def every_message_is_accounted_for(self) -> None:
        queued = len(self.core._queue)
        apart = len(self.held) + len(self.detached)
        assert len(self.accounted) + len(self.running) + apart + queued == self.asked
        assert self.pings == 0

    @invariant()
    def client_and_server_agree(self) -> None:
        if self.core.state is State.OPEN:
            assert self.open == self.joined
            jobs = (*self.core._running, *self.core._held, *self.core._queue)
            assert set(self.waiting) == {job.id for job in jobs}

    @invariant()
    def nothing_waits_for_the_late(self) -> None:
        if self.core.state is State.CLOSED:
            assert not self.core._late

    @invariant()
    def what_was_left_out_is_caught_up_with(self) -> None:
        if self.core.state is State.OPEN and not self.outbox:
            for id_ in self.joined:
                assert self.seen[id_] == len(self.handed[id_])


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
