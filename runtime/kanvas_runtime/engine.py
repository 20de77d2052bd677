"""What every surface shares: runs, their records, and who hears of their results."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from kanvas_runtime import trace
from kanvas_runtime.approvals.runs import Ending
from kanvas_runtime.bus import Bus, LocalBus
from kanvas_runtime.codec import Codec, encode_json
from kanvas_runtime.codec.public import public_json
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.gate import Gate
from kanvas_runtime.hub import SHARED, Fresh, Hub, Topic
from kanvas_runtime.ledger import Journal, Scalar, Write, uuid7
from kanvas_runtime.ledger.refusals import Refusals
from kanvas_runtime.machine import Machine, reached
from kanvas_runtime.once import Answers, Claim
from kanvas_runtime.outlets import Outlets
from kanvas_runtime.run import Call, Outcome, is_pure, is_quick, perform, perform_now, try_now
from kanvas_runtime.state import States
from kanvas_runtime.transaction import Transaction
from kanvas_runtime.wishes import Key, Notice, subscription_key

if TYPE_CHECKING:
    from kanvas_runtime.lane import Lane

_log = logging.getLogger("kanvas.engine")

SYSTEM = "system"
"""The principal of runs that no caller asked for."""
_OURS = frozenset({"event", "schedule", "every"})
"""The surfaces by which they come: a caller who happens to be called `system` does not."""


class Served(Struct, frozen=True):
    """A machine with what is prepared once for it.

    `answers`: what a run gives is a result of the machine. What a flow gives that an event runs
    is none, and nobody hears of it. `may_hold`: a run may have to wait for a person.
    `quick`: see `is_quick`.
    """

    machine: Machine[Any, Any]
    codec: Codec[Any, Any]
    pure: bool
    answers: bool = True
    may_hold: bool = False
    quick: bool = False

    @classmethod
    def of(cls, machine: Machine[Any, Any]) -> Served:
        """Prepare it."""
        codec = Codec(machine.input, machine.output)
        may_hold = any(each.policy.approval for each in reached([machine]))
        return cls(machine, codec, is_pure(machine), may_hold=may_hold, quick=is_quick(machine))


class Caller(Struct, frozen=True):
    """Who came by which door. `path` is empty for one that is not ours.

    `client` is the peer's address; it stays out of the ledger. `trace` is that of the request
    which is being served.
    """

    surface: str
    path: str
    client: str = ""
    principal: str | None = None
    connection: str | None = None
    trace: trace.Trace | None = field(default_factory=trace.current.get)

    @property
    def is_ours(self) -> bool:
        """Whether nobody asked: such results are for all who subscribed."""
        return self.surface in _OURS

    def facts(self) -> dict[str, Scalar]:
        """The fields of a record that say it."""
        fields: dict[str, Scalar] = {"surface": self.surface}
        if self.path:
            fields["path"] = self.path
        if self.principal is not None:
            fields["principal"] = self.principal
        if self.connection is not None:
            fields["connection"] = self.connection
        if self.trace is not None:
            fields["trace"] = self.trace.id
        return fields


class Result(Struct):
    """What a run came to: an output and its JSON, or a refusal; neither where it is no answer."""

    output: Record | None = None
    body: bytes | None = None
    refusal: Refusal | None = None


class Done(Struct):
    """A run that has ended, and its record. `run` is empty when nothing ran.

    One that is `held` goes on without whoever asked.
    """

    run: str
    result: Result
    durable: asyncio.Future[None] | None
    held: Notice | None = None


class Access(Struct):
    """What became of one message or request; `started` on the monotonic clock."""

    outcome: str
    started: float
    machine: str | None = None
    run: str | None = None
    input: bytes | None = None
    output: bytes | None = None
    replayed: bool = False
    writes: tuple[Write, ...] = ()
    refusal: Refusal | None = None


class Asker(Struct):
    """Who waits for a run: gets what it pushes, and texts as they grow (step, field, text).

    The subscriptions of `connection` hear of pushes by this way, if it is one. `held` is told of
    each step that waits for a person.
    """

    progress: Callable[[str], None]
    grew: Callable[[str, str, str | None], None] | None = None
    connection: object = None
    held: Callable[[Notice], None] | None = None


class Engine:
    """Lives as long as the server runs; everything that reaches outside goes through `gate`."""

    def __init__(self, journal: Journal, gate: Gate, bus: Bus | None = None) -> None:
        self.journal = journal
        self.gate = gate
        self.hub = Hub()
        self.bus = bus or LocalBus()
        self.states = States(journal)
        self.answers = Answers(journal)
        self.approvals = gate.approvals
        self.outlets = Outlets()
        self.secretive: dict[str, type[Record]] = {}
        """By machine, outputs with a secret field: a digest is of the rest."""
        self._refusals = Refusals()
        self._lanes: dict[tuple[object, ...], Lane] = {}
        self._open: dict[str, Transaction] = {}  # of runs that have no record yet

    def unready(self) -> Refusal | None:
        """Why nothing may run now: what cannot be recorded is not done."""
        if not self.journal.available:
            return Refusal(
                "overloaded", "the ledger cannot be written, and nothing runs unrecorded"
            )
        if self.journal.low:
            return Refusal("overloaded", "the disk is nearly full")
        return None

    def call(
        self,
        served: Served,
        caller: Caller,
        value: Record,
        run: str,
        *,
        own: Asker | None = None,
        is_news: bool = True,
        hops: int = 0,
    ) -> Call:
        """A run to be performed. `record` ends it, whatever it came to.

        What it pushes goes to `own`, and, if it `is_news`, to those who subscribed. `hops`: see
        `Transaction`.
        """
        push = partial(self._push, served, caller, value, own, is_news)
        grew = None if own is None else own.grew
        transaction = Transaction(self.states, self.bus, push, hops, grew)
        self.adopt(run, transaction)
        return Call(
            transaction=transaction,
            machine=served.machine,
            input=value,
            run=run,
            principal=caller.principal,
            surface=caller.surface,
            path=caller.path,
            connection=caller.connection,
            trace=caller.trace,
            answers=served.answers,
            held=None if own is None else own.held,
        )

    def run_now(self, served: Served, call: Call) -> Result:
        """Carry out a run of a machine that never waits."""
        return result_of(served, call, perform_now(call, self.journal, self.gate))

    def try_now(self, served: Served, call: Call) -> Result | None:
        """Carry out a run if it is short; None where it is not, and nothing has come of it."""
        outcome = try_now(call, self.journal, self.gate)
        return None if outcome is None else result_of(served, call, outcome)

    async def run(self, served: Served, call: Call) -> Result:
        """Carry out a run of any machine. Raises `CancelledError` only."""
        return result_of(served, call, await perform(call, self.journal, self.gate))

    async def carry_out(
        self,
        served: Served,
        caller: Caller,
        value: Record,
        started: float,
        hops: int = 0,
        own: Asker | None = None,
        claim: Claim | None = None,
    ) -> Done:
        """Run, record, and tell who subscribed. Raises `CancelledError` only, recorded as well.

        The answer is kept under the `claim`, which is released in any case.
        """
        name, content = served.machine.name, served.codec.encode_input(value)
        unready = self.unready()
        if unready is not None:
            access = Access(unready.code, started, name, input=content)
            if claim is not None:
                claim.release()
            return Done("", Result(refusal=unready), self.record(caller, access))
        run = uuid7()
        try:
            call = self.call(served, caller, value, run, own=own, hops=hops)
            result = await self.run(served, call)
        except asyncio.CancelledError:
            if claim is not None:
                claim.release()
            self.record(caller, Access("cancelled", started, name, run, content))
            raise
        outcome = "ok" if result.refusal is None else result.refusal.code
        access = Access(outcome, started, name, run, content, result.body, refusal=result.refusal)
        if claim is not None:
            access.writes = claim.writes(run, result.body, result.refusal)
        durable = self.record(caller, access)
        if claim is not None:
            claim.release(durable)
        if result.body is not None:
            self.publish(served, caller, value, run, result.body, durable)
        return Done(run, result, durable)

    async def carry_out_or_hold(
        self,
        served: Served,
        caller: Caller,
        value: Record,
        started: float,
        own: Asker | None = None,
        claim: Claim | None = None,
    ) -> Done:
        """As `carry_out`, but does not wait while a person is waited for: then it is `held`.

        Whoever wants to be told of it (`own`) stays; in any case the run goes on without them.
        """
        if not served.may_hold:
            return await self.carry_out(served, caller, value, started, own=own, claim=claim)
        loop = asyncio.get_running_loop()
        notices: list[Notice] = []
        on_hold = asyncio.Event()

        def held(notice: Notice) -> None:
            notices.append(notice)
            if claim is not None:
                claim.held(notice)
            if own is not None and own.held is not None:
                own.held(notice)
            else:
                on_hold.set()

        asker = replace(own or Asker(_ignore), held=held)
        work = self.carry_out(served, caller, value, started, own=asker, claim=claim)
        task = loop.create_task(work)
        task.add_done_callback(lambda _: on_hold.set())
        try:
            await on_hold.wait()
        finally:
            if notices:
                self.approvals.runs.adopt(task)
            else:
                task.cancel()  # whoever asked is gone, unless the run has ended
        if task.done():
            return await task
        return Done(notices[0].run, Result(), None, notices[0])

    def record(self, caller: Caller, access: Access) -> asyncio.Future[None] | None:
        """Append the `SurfaceAccess`; None when it is one of many refusals, counted together.

        With the record of a run that succeeded, what the run changed is kept.
        """
        if access.run is None and access.outcome not in ("ok", "cancelled"):
            client = "\n".join((caller.surface, caller.path, caller.client))
            if not self._refusals.note(client, access.outcome, time.monotonic()):
                return None
        fields = self._fields(caller, access)
        kept = access.writes
        if access.run is not None and access.run in self.approvals.runs:
            ending = Ending(access.outcome, access.output, access.refusal)
            kept = (*kept, *self.approvals.runs.ended(access.run, ending))
        transaction = self.released(access.run or "")
        if transaction is None or access.outcome != "ok":
            if transaction is not None:
                transaction.abort()
            return self.journal.append("SurfaceAccess", fields, kept)
        writes = transaction.writes()
        for write in writes:
            self.hub.forget(write.key)
        durable = self.journal.append("SurfaceAccess", fields, [*writes, *kept])
        transaction.commit(durable)
        return durable

    def _fields(self, caller: Caller, access: Access) -> dict[str, Scalar]:
        fields = caller.facts()
        fields["outcome"] = access.outcome
        fields["duration_us"] = max(0, int((time.monotonic() - access.started) * 1e6))
        if access.machine is not None:
            fields["machine"] = access.machine
        if access.run is not None:
            fields["run"] = access.run
        if access.replayed:
            fields["replayed"] = True
        if access.input is not None:
            fields["input_digest"] = self.journal.digest(access.input)
        if access.output is not None:
            output, secretive = access.output, self.secretive.get(access.machine or "")
            if secretive is not None:
                output = public_json(secretive, output)
            fields["output_digest"] = self.journal.digest(output)
        return fields | self.gate.payloads.fields(access.machine, access.input, access.output)

    def lane(self, served: Served, caller: Caller) -> Lane | None:
        """The short way for a caller, if there is one."""
        from kanvas_runtime.lane import Lane, is_lane_for  # it stands on this module

        if not is_lane_for(self, served, caller):
            return None
        kind = served.machine.name, caller.surface, caller.path, caller.principal is None
        if kind not in self._lanes:
            self._lanes[kind] = Lane(self, served, caller)
        return self._lanes[kind]

    def adopt(self, run: str, transaction: Transaction) -> None:
        """What the run has changed, until it is recorded."""
        self._open[run] = transaction

    def released(self, run: str) -> Transaction | None:
        """What was adopted of a run, if anything: its record comes now."""
        return self._open.pop(run, None)

    def count_refusals(self, *, everything: bool = False) -> None:
        """Append what was counted together; to be called about once a second, and at the end."""
        now = math.inf if everything else time.monotonic()
        for client, code, number in self._refusals.due(now):
            fields: dict[str, Scalar] = {"outcome": code, "count": number}
            surface, _, rest = client.partition("\n")
            if rest:  # otherwise it stands for many clients
                path = rest.partition("\n")[0]
                fields |= Caller(surface, path).facts()
            self.journal.append("SurfaceAccess", fields)

    def publish(
        self,
        served: Served,
        caller: Caller,
        value: Record,
        run: str,
        output: bytes,
        durable: asyncio.Future[None] | None,
    ) -> None:
        """Tell subscriptions about a new result: the same principal's, or all if nobody asked."""
        topic = topic_of(served, caller, subscription_key(value))
        if durable is not None:
            self.hub.remember(topic, run, output, durable)
        if self.hub.remembers:
            self.hub.publish(topic, output.decode(), durable, droppable=caller.is_ours)

    def remember(
        self,
        served: Served,
        caller: Caller,
        value: Record,
        run: str,
        output: bytes,
        durable: asyncio.Future[None],
    ) -> None:
        """The result of a subscription's own run: no news, but the next one may begin with it."""
        topic = topic_of(served, caller, subscription_key(value))
        self.hub.remember(topic, run, output, durable)

    def newest(self, served: Served, caller: Caller, value: Record, age: float) -> Fresh | None:
        """A result that a subscription may begin with instead of a run of its own."""
        own = topic_of(served, caller, subscription_key(value))
        return self.hub.newest(own, own._replace(principal=SHARED), age=age)

    def _push(
        self,
        served: Served,
        caller: Caller,
        value: Record,
        own: Asker | None,
        is_news: bool,
        machine: str,
        output: Record,
    ) -> None:
        """What a machine pushes that was called by another one is not the caller's result."""
        if machine != served.machine.name:
            return
        text = served.codec.encode(output).decode()
        if own is not None:
            own.progress(text)
        if is_news:
            besides = None if own is None else own.connection
            topic = topic_of(served, caller, subscription_key(value))
            self.hub.publish(topic, text, None, besides)


def _ignore(_pushed: str) -> None:
    """A request gets one answer."""


def topic_of(served: Served, caller: Caller, key: Key) -> Topic:
    """Where the results that `caller` causes are published."""
    principal = SHARED if caller.is_ours else caller.principal
    return Topic(served.machine.name, principal, place_of(served, caller.principal, key))


def place_of(served: Served, principal: str | None, key: Key) -> Key:
    """The key of an input; of an input and a principal where the machine looks at who asks."""
    return encode_json([principal, key.decode()]) if served.machine.by_principal else key


def asked_at(served: Served, place: Key) -> tuple[str | None, Key]:
    """Undo `place_of`; the principal is `SYSTEM` where the machine looks at none."""
    if not served.machine.by_principal:
        return SYSTEM, place
    principal, key = _decode_place(place)
    return principal, key.encode()


_decode_place = msgspec.json.Decoder(tuple[str | None, str]).decode


def result_of(served: Served, call: Call, outcome: Outcome) -> Result:
    """What leaves of an outcome: its JSON, unless that breaks the contract."""
    if outcome.refusal is not None:
        return Result(refusal=outcome.refusal)
    try:
        if call.transaction is not None:
            call.transaction.writes()  # what cannot be kept makes the run fail
        if not served.answers:
            return Result()
        assert outcome.output is not None
        return Result(outcome.output, encoded(served, call.run, outcome.output))
    except Refusal as refusal:
        return Result(refusal=refusal)


def encoded(served: Served, run: str | None, output: Record) -> bytes:
    """The JSON of an output. Raises `Refusal`."""
    try:
        return served.codec.encode(output)
    except Refusal:
        raise
    except Exception:
        _log.exception("run %s: the output of %s has no JSON", run, served.machine.name)
        message = f"this is a fault of the server; its log has it under {run}"
        raise Refusal("internal", message) from None
