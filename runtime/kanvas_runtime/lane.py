"""The short way of runs that never wait: what is the same for all of them is prepared once.

It says and records what `Engine` would, of callers whose records have no more fields than that and
whose names JSON has as they are.
"""

from __future__ import annotations

import asyncio
import time

from kanvas_runtime.engine import Caller, Engine, Result, Served, result_of, topic_of
from kanvas_runtime.events import Job
from kanvas_runtime.hub import Topic
from kanvas_runtime.ledger.form import is_plain
from kanvas_runtime.run import Call, perform_now
from kanvas_runtime.transaction import Transaction
from kanvas_runtime.wishes import Request, subscription_key

_OPEN = ("connection", "duration_us", "input_digest", "output_digest", "run")
_OPEN_WITH_PRINCIPAL = (*_OPEN[:-1], "principal", "run")


def is_lane_for(engine: Engine, served: Served, caller: Caller) -> bool:
    """Whether a connection of this caller's may use one."""
    if caller.trace is not None or engine.gate.payloads.kept:
        return False
    names = caller.connection or "", caller.principal or ""
    return served.pure and served.answers and all(map(is_plain, names))


class Lane:
    """The runs of a machine that callers like `caller` ask for: by the same door, and all of them
    with a principal or none. A run's `keep` comes before another one begins."""

    __slots__ = ("_engine", "_form", "_is_simple", "_served", "_transaction")

    def __init__(self, engine: Engine, served: Served, caller: Caller) -> None:
        known = Caller(caller.surface, caller.path).facts()
        known |= {"machine": served.machine.name, "outcome": "ok"}
        open_ = _OPEN if caller.principal is None else _OPEN_WITH_PRINCIPAL
        self._form = engine.journal.form("SurfaceAccess", known, open_, ("duration_us",))
        self._engine = engine
        self._served = served
        # What is digested of an input is also what it is subscribed by.
        self._is_simple = not (served.codec.secret or served.machine.by_principal)
        self._transaction = Transaction(engine.states, engine.bus)

    def run(self, caller: Caller, job: Job) -> Result:
        """Carry a request out."""
        engine, served = self._engine, self._served
        unready = engine.unready()
        if unready is not None:
            job.run = None
            return Result(refusal=unready)
        wish, run, transaction = job.wish, job.run, self._transaction
        assert isinstance(wish, Request)
        assert run is not None
        call = Call(
            served.machine,
            wish.input,
            run,
            caller.principal,
            caller.surface,
            caller.path,
            caller.connection,
            None,
            None,
            transaction,
        )
        result = result_of(served, call, perform_now(call, engine.journal, engine.gate))
        if not transaction.is_untouched:
            engine.adopt(run, transaction)
            self._transaction = Transaction(engine.states, engine.bus)
        return result

    def keep(self, caller: Caller, job: Job, output: bytes) -> asyncio.Future[None]:
        """Record the run's output, and tell who subscribed."""
        engine, served = self._engine, self._served
        wish, run = job.wish, job.run
        assert isinstance(wish, Request)
        assert run is not None
        content = served.codec.encode_input(wish.input)
        principal = caller.principal
        values = (
            caller.connection or "",
            int((time.monotonic() - job.arrived) * 1e6),
            content,
            output,
            *((run,) if principal is None else (principal, run)),
        )
        transaction = engine.released(run)
        if transaction is None:
            durable = engine.journal.fill(self._form, values)
        else:
            durable = engine.journal.fill(self._form, values, transaction.writes())
            transaction.commit(durable)
        hub = engine.hub
        if self._is_simple:
            topic = Topic(served.machine.name, principal, content)
        else:
            topic = topic_of(served, caller, subscription_key(wish.input))
        hub.remember(topic, run, output, durable)
        if hub.remembers:
            hub.publish(topic, output.decode(), durable)
        return durable
