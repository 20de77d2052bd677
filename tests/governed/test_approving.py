"""Approvals by the compiler's own command, by who has no right to them, and below other runs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.approvals.approvals import Approvals
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import CallStep, Grant, Machine, Policy
from kanvas_runtime.run import Run, perform
from websockets.asyncio.client import connect

from tests.auth.surfaces import call as request
from tests.runtime.approvals.refunds import (
    PAY,
    Paid,
    Refund,
    bearing,
    key_of,
    machine,
    refund,
    service_of,
    waiting,
)
from tests.runtime.machines import call
from tests.runtime.serving import serving

BIG = '{"order":"A-7","amount":250}'
PERSON = {"Accept": "text/html"}


async def kanvasc(*arguments: str, data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kanvasc", "approvals", *arguments, "--data-dir", str(data)]
    return await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=120, check=False
    )


async def test_the_command_lists_approves_and_denies(tmp_path: Path) -> None:
    data, came = tmp_path / "data", dict[str, Any]()
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        for choice, verdict in (("approve", "approved"), ("deny", "denied")):
            await client.send(BIG)
            assert "held" in json.loads(await client.recv())
            (hold,) = await waiting(served)
            listed = await kanvasc("list", data=data)
            assert (listed.returncode, hold.id in listed.stdout) == (0, True), listed.stderr
            assert '"amount":250' in listed.stdout
            done = await kanvasc(choice, hold.id, data=data)
            assert (done.returncode, done.stdout) == (0, f"{verdict} {hold.id}\n"), done.stderr
            came[choice] = json.loads(await client.recv())
    assert came["approve"]["paid"] == 250
    assert came["deny"]["error"]["code"] == "approval_denied"


async def test_who_may_not_decide_is_not_shown_what_waits(tmp_path: Path) -> None:
    clerk = key_of(tmp_path, "clerk", ("machines:run",))
    async with (
        serving(service_of(tmp_path)) as served,
        connect(served.url("/ws/refund")) as client,
    ):
        await client.send(BIG)
        await waiting(served)
        for headers in ({}, PERSON):
            shown = await request(served, "GET", "/_kanvas/approvals", bearing(clerk) | headers)
            assert shown.status == 403
            assert "A-7" not in str(shown.body)


async def asks(input_: Refund, run: Run) -> Paid:
    return await run.call(CallStep("sub"), INNER, input_)


INNER: Machine[Any, Any] = machine("inner", refund, timeout=60.0)
OUTER: Machine[Any, Any] = Machine(
    "outer",
    Refund,
    Paid,
    asks,
    Policy(allowed=(Grant("call", "inner"),), approval=(Grant("call", "bank"),)),
    calls=(INNER,),
    timeout=60.0,
)


async def test_the_time_of_who_called_stands_still_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the loop is put forward while a person is waited for."""
    loop = asyncio.get_running_loop()
    ledger = MemoryLedger()
    gate = Gate(ledger, simulate=True)
    asked = call(OUTER, Refund(order="A-7", amount=250), principal="ann")
    run = asyncio.create_task(perform(asked, ledger, gate))
    hold = await first(gate.approvals)
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + 300)
    await asyncio.sleep(0.01)  # what is due by this clock is done before
    await gate.approvals.holds.decide(hold.id, "approve", "boss")
    outcome = await run
    assert outcome.output == Paid(paid=250), outcome
    assert (hold.step, hold.machine) == (PAY.name, "inner")


async def first(approvals: Approvals) -> Any:
    while not approvals.holds.open:
        await asyncio.sleep(0)
    return approvals.holds.open[0]
