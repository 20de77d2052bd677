"""The short way of runs that never wait: what is the same for all of them is prepared once.

It says and records what `Engine` would, of callers whose records have no more fields than that and
whose names JSON has as they are.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial

from kanvas_runtime import fuel
from kanvas_runtime.brief import Brief
from kanvas_runtime.engine import Caller, Engine, Served, encoded, topic_of
from kanvas_runtime.events import Job
from kanvas_runtime.hub import Topic
from kanvas_runtime.ledger.form import Values, is_plain
from kanvas_runtime.run import Call, at_once, refusal_of
from kanvas_runtime.transaction import Transaction
from kanvas_runtime.wishes import Request, subscription_key

_OPEN = ("connection", "duration_us", "input_digest", "output_digest", "run")
_NUMBERS, _CONTENTS = ("duration_us",), ("input_digest", "output_digest")
_OPEN_WITH_PRINCIPAL = (*_OPEN[:-1], "principal", "run")

_LOOK = 0.25
"""Seconds between two looks at how much room there is on the disk."""


def is_lane_for(engine: Engine, served: Served, caller: Caller) -> bool:
    """Whether a connection of this caller's may use one."""
    if caller.trace is not None or engine.gate.payloads.kept:
        return False
    names = caller.connection or "", caller.principal or ""
    return served.pure and served.answers and all(map(is_plain, names))


class Lane:
    """The runs of a machine that callers like `caller` ask for: by the same door, and all of them
    with a principal or none. A run's `keep` comes before another one begins."""

    __slots__ = (
        "_door",
        "_engine",
        "_fill",
        "_form",
        "_is_simple",
        "_journal",
        "_look_at",
        "_served",
        "_transaction",
    )

    def __init__(self, engine: Engine, served: Served, caller: Caller) -> None:
        known = Caller(caller.surface, caller.path).facts()
        known |= {"machine": served.machine.name, "outcome": "ok"}
        open_ = _OPEN if caller.principal is None else _OPEN_WITH_PRINCIPAL
        self._form = engine.journal.form("SurfaceAccess", known, open_, _NUMBERS, _CONTENTS)
        self._journal = engine.journal
        self._fill = engine.journal.fill
        self._engine = engine
        self._door = engine.journal, engine.gate
        self._served = served
        # What is digested of an input is also what it is subscribed by.
        self._is_simple = not (served.codec.secret or served.machine.by_principal)
        self._transaction = Transaction(engine.states, engine.bus)
        self._look_at = 0.0

    def run(self, caller: Caller, job: Job) -> bytes:
        """Carry a request out: the JSON of its output. Raises `Refusal`."""
        self._check_ready(job)
        served, wish = self._served, job.wish
        assert type(wish) is Request
        fuel.refill_later()
        run = Brief(partial(self._call, caller, job), self._door)
        try:
            output = at_once(run, served.machine, wish.input, self._engine.gate.budget)
        except Exception as error:
            raise refusal_of(error, run) from None
        finally:
            if run.is_whole and not self._transaction.is_untouched:
                assert job.run is not None
                self._engine.adopt(job.run, self._transaction)
                self._transaction = Transaction(self._engine.states, self._engine.bus)
        return encoded(served, job.run, output)

    def _check_ready(self, job: Job) -> None:
        """Raises `Refusal`. Room on the disk is looked at now and then."""
        if self._journal.available and job.arrived < self._look_at:
            return
        unready = self._engine.unready()
        if unready is not None:
            job.run = None
            raise unready
        self._look_at = job.arrived + _LOOK

    def _call(self, caller: Caller, job: Job) -> Call:
        wish = job.wish
        assert type(wish) is Request
        assert job.run is not None
        return Call(
            self._served.machine,
            wish.input,
            job.run,
            caller.principal,
            caller.surface,
            caller.path,
            caller.connection,
            transaction=self._transaction,
        )

    def keep(self, caller: Caller, job: Job, output: bytes) -> asyncio.Future[None]:
        """Record the run's output, and remember it for who subscribes soon."""
        engine, wish, run, principal = self._engine, job.wish, job.run, caller.principal
        assert type(wish) is Request
        assert run is not None
        content = self._served.codec.encode_input(wish.input)
        now = time.monotonic()
        spent = int((now - job.arrived) * 1e6)
        values: Values = (caller.connection or "", spent, content, output, run)
        if principal is not None:
            values = (*values[:-1], principal, run)
        transaction = engine.released(run)
        if transaction is None:
            durable = self._fill(self._form, values)
        else:
            durable = self._fill(self._form, values, transaction.writes())
            transaction.commit(durable)
        if self._is_simple:
            topic = Topic(self._served.machine.name, principal, content)
        else:
            topic = self._topic(caller, wish)
        engine.hub.remember(topic, run, output, durable)
        return durable

    def tell(self, caller: Caller, job: Job, output: bytes, durable: asyncio.Future[None]) -> None:
        """Tell who has subscribed."""
        assert type(job.wish) is Request
        self._engine.hub.publish(self._topic(caller, job.wish), output.decode(), durable)

    def _topic(self, caller: Caller, wish: Request) -> Topic:
        return topic_of(self._served, caller, subscription_key(wish.input))
