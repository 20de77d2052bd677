"""The short way of runs that never wait: what is the same for all of them is prepared once.

It says and records what `Engine` would, of callers whose records have no more fields than that and
whose names JSON has as they are.
"""

from __future__ import annotations

import asyncio
from time import monotonic

from kanvas_runtime.brief import Brief
from kanvas_runtime.codec.json_text import encode_sorted
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Caller, Engine, Served, encoded, topic_of
from kanvas_runtime.events import Job
from kanvas_runtime.fuel import refill_later
from kanvas_runtime.gate import Gate
from kanvas_runtime.hub import Topic
from kanvas_runtime.ledger.form import Values, is_plain
from kanvas_runtime.ledger.interface import Recorder
from kanvas_runtime.run import Call, Run, at_once, is_free, refusal_of, waits
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
    if served.codec.tells_secrets:
        return False  # what is digested of an output is then not what is sent
    names = caller.connection or "", caller.principal or ""
    return served.pure and served.answers and all(map(is_plain, names))


class Lane:
    """The runs of a machine that callers like `caller` ask for: by the same door, and all of them
    with a principal or none. A run's `keep` comes before another one begins."""

    __slots__ = (
        "_adopted",
        "_digested",
        "_engine",
        "_fill",
        "_form",
        "_is_simple",
        "_journal",
        "_look_at",
        "_perform",
        "_served",
        "_transaction",
        "is_heard",
    )

    def __init__(self, engine: Engine, served: Served, caller: Caller) -> None:
        machine, codec = served.machine, served.codec
        known = Caller(caller.surface, caller.path).facts()
        known |= {"machine": machine.name, "outcome": "ok"}
        open_ = _OPEN if caller.principal is None else _OPEN_WITH_PRINCIPAL
        self._form = engine.journal.form("SurfaceAccess", known, open_, _NUMBERS, _CONTENTS)
        self._journal = engine.journal
        self._fill = engine.journal.fill
        self._engine = engine
        self._served = served
        self._perform = machine.run if is_free(machine) else self._at_once
        self._digested = codec.encode_input if codec.secret else encode_sorted
        # What is digested of an input is also what it is subscribed by.
        self._is_simple = not (codec.secret or machine.by_principal)
        self._transaction = Transaction(engine.states, engine.bus)
        self._adopted = False  # whether the last run has changed anything
        self.is_heard = False  # whether its result is of any use to others
        self._look_at = 0.0

    def run(self, caller: Caller, job: Job) -> bytes:
        """Carry a request out: the JSON of its output. Raises `Refusal`."""
        if job.arrived >= self._look_at or not self._journal.available:
            self._check_ready(job)
        wish = job.wish
        assert type(wish) is Request
        refill_later()
        run = Brief(self, caller, job)
        try:
            output = self._perform(wish.input, run)
            if not isinstance(output, Record):
                raise waits(output)
        except Exception as error:
            raise refusal_of(error, run) from None
        finally:
            if run.is_whole:
                self._adopt(job)
        return encoded(self._served, job.run, output)

    def whole(self, caller: Caller, job: Job) -> tuple[Call, Recorder, Gate]:
        """See `Source`."""
        wish, run = job.wish, job.run
        assert type(wish) is Request
        assert run is not None
        call = Call(
            self._served.machine,
            wish.input,
            run,
            caller.principal,
            caller.surface,
            caller.path,
            caller.connection,
            transaction=self._transaction,
        )
        return call, self._journal, self._engine.gate

    def keep(self, caller: Caller, job: Job, output: bytes) -> asyncio.Future[None]:
        """Record the run's output, and remember it for who subscribes soon."""
        engine, wish, run, principal = self._engine, job.wish, job.run, caller.principal
        assert type(wish) is Request
        assert run is not None
        content, now = self._digested(wish.input), monotonic()
        connection, spent = caller.connection or "", int((now - job.arrived) * 1e6)
        values: Values
        if principal is None:
            values = (connection, spent, content, output, run)
        else:
            values = (connection, spent, content, output, principal, run)
        if self._adopted:
            durable = self._keep_changes(run, values)
        else:
            durable = self._fill(self._form, values)
        hub = engine.hub
        self.is_heard = hub.remembers
        if self._is_simple:
            hub.note(self._served.machine.name, principal, content, run, output, durable, now)
        else:
            hub.remember(self._topic(caller, wish), run, output, durable)
        return durable

    def tell(self, caller: Caller, job: Job, output: bytes, durable: asyncio.Future[None]) -> None:
        """Tell who has subscribed."""
        assert type(job.wish) is Request
        self._engine.hub.publish(self._topic(caller, job.wish), output.decode(), durable)

    def _at_once(self, value: Record, run: Run) -> Record:
        return at_once(run, self._served.machine, value, self._engine.gate.budget)

    def _check_ready(self, job: Job) -> None:
        """Raises `Refusal`. Room on the disk is looked at now and then."""
        unready = self._engine.unready()
        if unready is not None:
            job.run = None
            raise unready
        self._look_at = job.arrived + _LOOK

    def _adopt(self, job: Job) -> None:
        """What the run has changed waits for its record."""
        self._adopted = not self._transaction.is_untouched
        if self._adopted:
            assert job.run is not None
            self._engine.adopt(job.run, self._transaction)
            self._transaction = Transaction(self._engine.states, self._engine.bus)

    def _keep_changes(self, run: str, values: Values) -> asyncio.Future[None]:
        self._adopted = False
        transaction = self._engine.released(run)
        assert transaction is not None
        durable = self._fill(self._form, values, transaction.writes())
        transaction.commit(durable)
        return durable

    def _topic(self, caller: Caller, wish: Request) -> Topic:
        return topic_of(self._served, caller, subscription_key(wish.input))
