"""What a machine may spend in a day: whose day it is, and what a restart and midnight do to it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kanvas_runtime.budget import Budget
from kanvas_runtime.codec import Codec
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import Ledger
from kanvas_runtime.prices import PRICES
from kanvas_runtime.reasoning.registry import Reasoners
from kanvas_runtime.run import perform

from tests.control.built import machine
from tests.control.test_limits import COST, GOOD, RESERVED, Bank, asking, codes, dollars
from tests.fake_provider import FakeProvider, Request
from tests.runtime.machines import call

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
ONE_A_DAY = asking(f"      cost_per_day: {dollars(RESERVED)}")


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A machine that stands there: at UTC, 14 hours before and 11 hours behind it."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("zone")
async def test_a_day_ends_at_midnight_in_utc_wherever_the_server_stands() -> None:
    made = machine(ONE_A_DAY, "judge")
    bank = Bank(now=MIDNIGHT - 86_400)
    for hour in range(24):
        bank.now = MIDNIGHT - 86_400 + hour * 3_600
        expected = "ok" if hour == 0 else "budget_exceeded"
        assert codes(await bank.runs(made, GOOD)) == [expected], hour
    bank.now = MIDNIGHT - 0.001
    assert codes(await bank.runs(made, GOOD)) == ["budget_exceeded"]
    bank.now = MIDNIGHT
    assert codes(await bank.runs(made, GOOD)) == ["ok"]
    assert json.loads(bank.ledger.values["spent:judge"]) == {"day": "2026-03-01", "spent": COST}


async def test_a_run_over_midnight_belongs_to_the_day_on_which_it_asked() -> None:
    made = machine(ONE_A_DAY, "judge")
    bank = Bank(now=MIDNIGHT - 1)

    async def later(request: Request, writer: asyncio.StreamWriter) -> None:
        bank.now = MIDNIGHT + 1
        await GOOD(request, writer)

    assert codes(await bank.runs(made, later, GOOD, times=3)) == ["ok", "ok", "budget_exceeded"]
    assert json.loads(bank.ledger.values["spent:judge"]) == {"day": "2026-03-01", "spent": COST}


async def test_what_was_spent_is_on_disk(tmp_path: Path) -> None:
    """In the database of the ledger: another process goes on from there."""
    made = machine(ONE_A_DAY, "judge")
    given = Codec(made.input, made.output).decode(b'{"text": "hi"}')
    outcomes = []
    async with FakeProvider(GOOD) as provider:
        environ = {"ANTHROPIC_API_KEY": "sk-x", "ANTHROPIC_BASE_URL": provider.url}
        for now in (MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + 86_400):
            ledger = await Ledger.open(tmp_path)
            budget = Budget(ledger, PRICES, lambda now=now: now)
            gate = Gate(ledger, Reasoners(environ), budget=budget)
            outcomes.append(await perform(call(made, given), ledger, gate))
            await gate.aclose()
            await ledger.close()
    assert codes(outcomes) == ["ok", "budget_exceeded", "ok"]
    assert len(provider.requests) == 2
