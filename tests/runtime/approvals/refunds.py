"""Machines whose steps a person approves, and a service that has them on two kinds of surface."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.contract import Record, Secret, Text
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import (
    ApiSurface,
    Ask,
    CallStep,
    Grant,
    Limits,
    Machine,
    PageSurface,
    Policy,
    WebSocketSurface,
)
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION

from tests.runtime.serving import Served

TEMPLATES = Path(__file__).parents[3] / "templates" / "page"
DECIDE = ("approvals:decide",)


class Refund(Record, frozen=True):
    order: Text
    amount: int
    card: Annotated[Text, Secret()] = "4111"


class Paid(Record, frozen=True):
    paid: int
    note: Text = ""


class Said(Record, frozen=True):
    text: Text


LIMIT = 100
PAY = CallStep("pay")
JUDGE = Ask(name="judge", model="test:small", returns=Said, assuming=Said(text="fair"))
PAID: list[Refund] = []
"""What was carried out, in every service of this process."""


def pay(input_: Refund, run: Run) -> Paid:
    run.step = "booked"
    PAID.append(input_)
    return Paid(paid=input_.amount)


BANK = Machine("bank", Refund, Paid, pay)


async def refund(input_: Refund, run: Run) -> Paid:
    if input_.amount <= LIMIT:
        return Paid(paid=input_.amount, note="at once")
    run.step = "pay"
    return await run.call(PAY, BANK, input_)


async def careful(input_: Refund, run: Run) -> Paid:
    """Goes on without the money when a person says no."""
    try:
        return await refund(input_, run)
    except StepFailure as failure:
        return Paid(paid=0, note=f"{failure.type}: {failure.details}")


async def twice(input_: Refund, run: Run) -> Paid:
    first = await run.call(PAY, BANK, input_)
    second = await run.call(CallStep("tip"), BANK, Refund(order=input_.order, amount=1))
    return Paid(paid=first.paid + second.paid)


async def both(input_: Refund, run: Run) -> Paid:
    async def one() -> Paid:
        return await run.call(PAY, BANK, input_)

    async def other() -> Paid:
        return await run.call(CallStep("tip"), BANK, Refund(order=input_.order, amount=1))

    first, second = await run.together(one, other)
    return Paid(paid=first.paid + second.paid)


async def again(input_: Refund, run: Run) -> Paid:
    async def attempt() -> Paid:
        await run.call(PAY, BANK, input_)
        raise StepFailure("http", "the bank did not answer", "confirm")

    return await run.retry(attempt, max=2, backoff="none", delay=0)


async def judged(input_: Refund, run: Run) -> Paid:
    """A step of a machine that this one calls is held, since this one requires it."""
    return await run.call(PAY, JUDGING, input_)


async def judging(input_: Refund, run: Run) -> Paid:
    said = await run.ask(JUDGE, "Is it fair?")
    return Paid(paid=input_.amount, note=said.text)


async def slow(input_: Refund, run: Run) -> Paid:
    paid = await refund(input_, run)
    await asyncio.sleep(0.01)
    return paid


CALLS = Policy(approval=(Grant("call", "bank"),))
JUDGING = Machine(
    "judging",
    Refund,
    Paid,
    judging,
    Policy(allowed=(Grant("reason"),)),
    asks=(JUDGE,),
)


def machine(name: str, run: Any, policy: Policy = CALLS, **options: Any) -> Machine[Any, Any]:
    return Machine(name, Refund, Paid, run, policy, calls=(BANK, JUDGING), **options)


REFUND = machine("refund", refund)
MACHINES = (
    REFUND,
    machine("careful", careful),
    machine("twice", twice),
    machine("both", both),
    machine("again", again),
    machine("brief", refund, limits=Limits(approval_timeout=0.05)),
    machine("own", refund, limits=Limits(approval_self=True)),
    machine("timed", slow, timeout=2.0),
    machine(
        "judged",
        judged,
        Policy(allowed=(Grant("call"),), approval=(Grant("reason"),)),
        limits=Limits(approval_self=True),
    ),
)


def service_of(directory: Path, **options: Any) -> Service:
    """Every machine at `/ws/NAME`, for keys at `/ws/keyed/NAME`; `refund` as a page, too."""
    service = Service(name="shop", program="p" * 64, runtime=VERSION, directory=TEMPLATES)
    service.configure(simulate=True, data=directory / "data")
    for each in MACHINES:
        service.websocket(each, WebSocketSurface(path=f"/ws/{each.name}", rate=5000.0, **options))
        keyed = WebSocketSurface(path=f"/ws/keyed/{each.name}", auth=("api_key",), **options)
        service.websocket(each, keyed)
    service.api(REFUND, ApiSurface(path="/api/refunds"))
    service.page(REFUND, PageSurface(path="/refund", title="Refunds", live=None))
    service.page(REFUND, PageSurface(path="/keyed", title="Refunds", auth=("api_key", "session")))
    return service


def key_of(directory: Path, name: str = "boss", scopes: tuple[str, ...] = DECIDE) -> str:
    """Before the server starts: then the keys are the server's."""
    (directory / "data").mkdir(mode=0o700, exist_ok=True)
    return Keys(directory / "data").new(name, scopes)


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def waiting(served: Served, count: int = 1) -> list[Any]:
    """The holds, as soon as there are so many; a test's time limit is the patience."""
    approvals = served.service.approvals
    assert approvals is not None
    while len(approvals.holds.open) != count:
        await asyncio.sleep(0.005)
    return approvals.holds.open
