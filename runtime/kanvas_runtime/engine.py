"""What every surface shares: runs, their records, and who hears of their results."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import dataclass
from typing import Any

from kanvas_runtime.codec import Codec
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.gate import Gate
from kanvas_runtime.hub import Hub, Topic
from kanvas_runtime.ledger import Journal, Scalar
from kanvas_runtime.ledger.refusals import Refusals
from kanvas_runtime.machine import Machine
from kanvas_runtime.plain import subscription_key
from kanvas_runtime.run import Call, Outcome, is_pure, perform, perform_now

_log = logging.getLogger("kanvas.engine")


@dataclass(frozen=True, slots=True)
class Served:
    """A machine with what is prepared once for it."""

    machine: Machine[Any, Any]
    codec: Codec[Any, Any]
    pure: bool

    @classmethod
    def of(cls, machine: Machine[Any, Any]) -> Served:
        """Prepare it."""
        return cls(machine, Codec(machine.input, machine.output), is_pure(machine))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who came by which door. `path` is empty for one that is not ours.

    `client` is the peer's address; it stays out of the ledger.
    """

    surface: str
    path: str
    client: str = ""
    principal: str | None = None
    connection: str | None = None

    def facts(self) -> dict[str, Scalar]:
        """The fields of a record that say it."""
        fields: dict[str, Scalar] = {"surface": self.surface}
        if self.path:
            fields["path"] = self.path
        if self.principal is not None:
            fields["principal"] = self.principal
        if self.connection is not None:
            fields["connection"] = self.connection
        return fields


@dataclass(slots=True)
class Result:
    """What a run came to: an output and its JSON, or a refusal."""

    output: Record | None = None
    body: bytes | None = None
    refusal: Refusal | None = None


@dataclass(slots=True)
class Access:
    """What became of one message or request; `started` on the monotonic clock."""

    outcome: str
    started: float
    machine: str | None = None
    run: str | None = None
    input: bytes | None = None
    output: bytes | None = None


class Engine:
    """Lives as long as the server runs; everything that reaches outside goes through `gate`."""

    def __init__(self, journal: Journal, gate: Gate) -> None:
        self.journal = journal
        self.gate = gate
        self.hub = Hub()
        self._refusals = Refusals()

    def unready(self) -> Refusal | None:
        """Why nothing may run now: what cannot be recorded is not done."""
        if not self.journal.available:
            return Refusal(
                "overloaded", "the ledger cannot be written, and nothing runs unrecorded"
            )
        if self.journal.low:
            return Refusal("overloaded", "the disk is nearly full")
        return None

    def call(self, served: Served, caller: Caller, value: Record, run: str) -> Call:
        """A run to be performed."""
        return Call(
            machine=served.machine,
            input=value,
            run=run,
            principal=caller.principal,
            surface=caller.surface,
            path=caller.path,
            connection=caller.connection,
        )

    def run_now(self, served: Served, call: Call) -> Result:
        """Carry out a run of a machine that never waits."""
        return _result(served, call, perform_now(call, self.journal, self.gate))

    async def run(self, served: Served, call: Call) -> Result:
        """Carry out a run of any machine. Raises `CancelledError` only."""
        return _result(served, call, await perform(call, self.journal, self.gate))

    def record(self, caller: Caller, access: Access) -> asyncio.Future[None] | None:
        """Append the `SurfaceAccess`; None when it is one of many refusals, counted together."""
        if access.run is None and access.outcome not in ("ok", "cancelled"):
            client = "\n".join((caller.surface, caller.path, caller.client))
            if not self._refusals.note(client, access.outcome, time.monotonic()):
                return None
        return self.journal.append("SurfaceAccess", self._fields(caller, access))

    def _fields(self, caller: Caller, access: Access) -> dict[str, Scalar]:
        fields = caller.facts()
        fields["outcome"] = access.outcome
        fields["duration_us"] = max(0, int((time.monotonic() - access.started) * 1e6))
        if access.machine is not None:
            fields["machine"] = access.machine
        if access.run is not None:
            fields["run"] = access.run
        if access.input is not None:
            fields["input_digest"] = self.journal.digest(access.input)
        if access.output is not None:
            fields["output_digest"] = self.journal.digest(access.output)
        return fields

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
        output: bytes,
        durable: asyncio.Future[None] | None,
    ) -> None:
        """Tell the same principal's subscriptions about a new result."""
        if self.hub:
            key = subscription_key(value)
            topic = Topic(served.machine.name, caller.principal, key)
            self.hub.publish(topic, output.decode(), durable)


def _result(served: Served, call: Call, outcome: Outcome) -> Result:
    if outcome.output is None:
        return Result(refusal=outcome.refusal)
    try:
        return Result(outcome.output, served.codec.encode(outcome.output))
    except Refusal as refusal:
        return Result(refusal=refusal)
    except Exception:
        _log.exception("run %s: the output of %s has no JSON", call.run, call.machine.name)
        message = f"this is a fault of the server; its log has it under {call.run}"
        return Result(refusal=Refusal("internal", message))
