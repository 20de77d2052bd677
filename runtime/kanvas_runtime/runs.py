"""The runs of one connection: begun, cancelled, recorded, and told to whoever subscribed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Access, Asker, Caller, Engine, Result, Served, topic_of
from kanvas_runtime.errors import Refusal
from kanvas_runtime.events import Answer, Event, Finished, Grew, Held, Job, Progressed
from kanvas_runtime.hub import FRESH, SHARED, Topic
from kanvas_runtime.ledger import LedgerUnavailable, uuid7
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.once import Claim, Kept
from kanvas_runtime.run import Call
from kanvas_runtime.wishes import Key, Notice, Request, Subscribe, subscription_key


class Runs:
    """What happens in them goes to `react`, faults of ours to `broken`.

    `has_ids`: the client can tell messages apart, so what a run pushes goes to the connection's
    subscriptions as well, and texts are told while they grow.
    """

    def __init__(
        self,
        engine: Engine,
        served: Served,
        surface: WebSocketSurface,
        caller: Caller,
        react: Callable[[Event], None],
        broken: Callable[[Exception], None],
        has_ids: bool,
    ) -> None:
        self._engine = engine
        self._served = served
        self._surface = surface
        self._caller = caller
        self._react = react
        self._broken = broken
        self._has_ids = has_ids
        self._tasks: dict[Job, asyncio.Task[None]] = {}
        self._claims: dict[Job, Claim] = {}
        self._detached: set[Job] = set()  # whose runs go on without the connection
        self._following: set[Job] = set()  # who wait for a run that another message began

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """Those that end with the connection."""
        return [task for job, task in self._tasks.items() if job not in self._detached]

    def topic(self, key: Key) -> Topic:
        """What a subscription listens to."""
        topic = topic_of(self._served, self._caller, key)
        return topic._replace(principal=SHARED) if self._surface.shared else topic

    def start(self, job: Job) -> None:
        """Run the machine, or find out that there is an answer already."""
        unready = self._engine.unready()
        if unready is not None:
            job.run = None
            self._react(Finished(job, refusal=unready))
        elif isinstance(job.wish, Subscribe):
            self._subscribe(job, job.wish)
        elif isinstance(job.wish, Request) and job.wish.once is not None:
            self._task(job, partial(self._once, job, job.wish, job.wish.once))
        else:
            self._begin(job)

    def cancel(self, job: Job) -> None:
        """Nobody waits any more."""
        task = self._tasks.get(job)
        if task is not None:
            task.cancel()
        if self._served.may_hold and job.run is not None and job not in self._following:
            self._engine.approvals.holds.withdraw(job.run)

    def answered(self, answer: Answer) -> asyncio.Future[None] | None:
        """Record what became of a message, and tell who subscribed."""
        job, output = answer.job, answer.output
        outcome = "ok" if answer.refusal is None else answer.refusal.code
        access = self._access(job, outcome, output)
        access.replayed, access.refusal = answer.replayed, answer.refusal
        claim = self._claims.pop(job, None)
        if claim is not None:
            access.writes = claim.writes(job.run or "", output, answer.refusal)
        durable = self._engine.record(self._caller, access)
        if claim is not None:
            claim.release(durable)
        if output is None or job.input is None or job.run is None or durable is None:
            return durable
        if not answer.replayed:
            tell = self._engine.publish if job.is_request else self._engine.remember
            tell(self._served, self._caller, job.input, job.run, output, durable)
        return durable

    def lost(self, job: Job) -> None:
        """Record that nobody was there to be answered."""
        claim = self._claims.pop(job, None)
        if claim is not None:
            claim.release()
        self._engine.record(self._caller, self._access(job, "cancelled", None))

    def detach(self, job: Job) -> None:
        """The connection has ended, and the run has not: it is recorded when it does."""
        task = self._tasks[job]
        if job in self._following:
            task.cancel()
            self.lost(job)
        else:
            self._detached.add(job)
            self._engine.approvals.runs.adopt(task)

    def _access(self, job: Job, outcome: str, output: bytes | None) -> Access:
        value = job.input
        content = None if value is None else self._served.codec.encode_input(value)
        machine = self._served.machine.name
        run = None if job in self._following else job.run
        return Access(outcome, job.arrived, machine, run, content, output)

    def _subscribe(self, job: Job, wish: Subscribe) -> None:
        topic, hub = self.topic(wish.key), self._engine.hub
        if hub.is_full(topic, self._surface.max_keys):
            job.run = None
            message = "too many different inputs are subscribed to; try again later"
            self._react(Finished(job, refusal=Refusal("overloaded", message)))
            return
        known = wish.after is not None and hub.can_resume(topic, wish.after)
        if wish.after is not None and (known or self._served.machine.state is not None):
            # One that keeps state is not run again only because a client was away.
            job.cursor, job.gap = (wish.after, False) if known else (hub.mark(topic), True)
            job.run, job.resumed = None, True
            self._react(Finished(job))
            return
        job.gap = wish.after is not None
        job.cursor = hub.mark(topic)
        age = self._surface.every or FRESH
        newest = self._engine.newest(self._served, self._caller, wish.input, age)
        if newest is None:
            self._begin(job)
            return
        job.run = newest.run
        self._react(Finished(job, newest.output))

    def _begin(self, job: Job) -> None:
        call = self._call(job)
        if self._served.pure:
            self._finished(job, self._engine.run_now(self._served, call))
            return
        if self._served.quick:
            result = self._engine.try_now(self._served, call)
            if result is not None:
                self._finished(job, result)
                return
            call = self._call(job)  # with nothing of what was tried
        self._task(job, partial(self._run, job, call))

    def _call(self, job: Job) -> Call:
        value, run = job.input, job.run
        assert isinstance(value, Record)
        assert run is not None
        progress = partial(self._progressed, job)
        own = Asker(progress, connection=self)
        if self._has_ids:
            own = Asker(progress, partial(self._grew, job))
        if self._served.may_hold:
            own.held = partial(self._held, job)
        return self._engine.call(
            self._served, self._caller, value, run, own=own, is_news=job.is_request
        )

    def _task(self, job: Job, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(job, work))
        self._tasks[job] = task
        task.add_done_callback(lambda _: self._tasks.pop(job))  # cancelled tasks may never begin

    async def _guarded(self, job: Job, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except asyncio.CancelledError:
            if job in self._detached:
                self._finished(job, Result(refusal=Refusal("cancelled", "the server was stopped")))
            raise
        except Exception as error:
            self._broken(error)

    async def _run(self, job: Job, call: Call) -> None:
        self._finished(job, await self._engine.run(self._served, call))

    async def _once(self, job: Job, wish: Request, key: str) -> None:
        try:
            found = await self._engine.answers.claim(
                self._caller.principal,
                self._served.machine.name,
                key,
                subscription_key(wish.input),
                partial(self._follow, job),
            )
        except Refusal as refusal:
            job.run = None
            self._react(Finished(job, refusal=refusal))
            return
        except LedgerUnavailable:
            job.run = None
            message = "kept answers cannot be read, so nothing is done twice"
            self._react(Finished(job, refusal=Refusal("overloaded", message)))
            return
        if isinstance(found, Kept):
            self._replay(job, found)
            return
        if job in self._following:  # what it followed gave no answer that counts
            self._following.remove(job)
            job.run = uuid7()
        self._claims[job] = found
        await self._run(job, self._call(job))

    def _replay(self, job: Job, kept: Kept) -> None:
        self._following.discard(job)
        job.run = kept.run
        output = None if kept.output is None else kept.output.encode()
        self._react(Finished(job, output, kept.refusal, replayed=True))

    def _finished(self, job: Job, result: Result) -> None:
        if job in self._detached:
            self.answered(Answer(job, None, result.refusal, result.body))
        else:
            self._react(Finished(job, result.body, result.refusal))

    def _held(self, job: Job, notice: Notice) -> None:
        claim = self._claims.get(job)
        if claim is not None:
            claim.held(notice)
        self._react(Held(job, notice))

    def _follow(self, job: Job, notice: Notice) -> None:
        self._following.add(job)
        job.run = notice.run
        self._react(Held(job, notice))

    def _progressed(self, job: Job, text: str) -> None:
        self._react(Progressed(job, text))

    def _grew(self, job: Job, step: str, field: str, text: str | None) -> None:
        self._react(Grew(job, step, field, text))
