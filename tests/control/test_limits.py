"""Limits of built programs: what runs may cost and how many there may be, with a real SDK."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from kanvas_runtime.budget import Budget
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import Refusal
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Limits, Machine, Value
from kanvas_runtime.prices import PRICES, Long, Price, price_of, read_prices, unpriced
from kanvas_runtime.reasoning.converse import question_of
from kanvas_runtime.reasoning.registry import Reasoners
from kanvas_runtime.run import Outcome, perform, perform_now

from tests.control.built import machine
from tests.fake_provider import Behaviour, FakeProvider, answering, cutting, failing
from tests.runtime.machines import call

HAIKU = "anthropic:claude-haiku-4-5"
DAY = 86_400.0
NOON = 1_770_000_000.0


def asking(limits: str, name: str = "judge", tokens: int = 100) -> str:
    return f"""
machine {name}
  accepts
    text as text is required
  responds with
    tone as text
  ensures
    permissions
      allowed to
        reason
    limits
{limits}
  implements
    ask tone, using: "{HAIKU}"
      with task "How does ${{input.text}} sound?"
      with max_tokens: {tokens}
      returns
        tone as text
"""


def most_tokens(text: str = "hi") -> int:
    """What may go in at most."""
    step = machine(asking("      cost_per_run: 1"), "judge").asks[0]
    task = ("How does ", Value("input.text", text), " sound?")
    return question_of(step, task, None, None).most_tokens()


GOOD = answering({"tone": "warm"})
"""7 tokens out and 11 in: 46 micro-dollars. Reserved are 100 tokens out at 5 each, and what may go
in at 1 each."""
COST, OUT = 46, 500
RESERVED = OUT + most_tokens()


def dollars(micro: int) -> str:
    """As a program writes it."""
    return f"{micro / 1e6:.6f}"


@dataclass
class Bank:
    """A gate whose clocks stand still, and its ledger."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: float = NOON
    tick: float = 0.0

    def budget(self) -> Budget:
        return Budget(self.ledger, PRICES, lambda: self.now, lambda: self.tick)

    async def runs(
        self, made: Machine[Any, Any], *script: Behaviour, times: int = 1, text: str = "hi"
    ) -> list[Outcome]:
        """So many runs in a process of their own."""
        codec = Codec(made.input, made.output)
        async with FakeProvider(*script) as provider:
            environ = {"ANTHROPIC_API_KEY": "sk-x", "ANTHROPIC_BASE_URL": provider.url}
            gate = Gate(self.ledger, Reasoners(environ), budget=self.budget())
            given = codec.decode(json.dumps({"text": text}))
            try:
                return [await perform(call(made, given), self.ledger, gate) for _ in range(times)]
            finally:
                await gate.aclose()

    def spent(self, name: str = "judge") -> int:
        found: int = json.loads(self.ledger.values[f"spent:{name}"])["spent"]
        return found

    def ends(self) -> list[dict[str, Any]]:
        return [r for r in self.ledger.records if r.get("phase") == "end"]


def codes(outcomes: list[Outcome]) -> list[str]:
    return ["ok" if one.refusal is None else one.refusal.code for one in outcomes]


async def test_what_a_step_has_cost_is_recorded() -> None:
    bank = Bank()
    assert codes(await bank.runs(machine(asking("      cost_per_run: 1"), "judge"), GOOD)) == ["ok"]
    assert bank.ends()[0]["cost"] == COST


async def test_a_run_that_could_cost_too_much_sends_nothing() -> None:
    bank = Bank()
    made = machine(asking(f"      cost_per_run: {dollars(RESERVED - 1)}"), "judge")
    (outcome,) = await bank.runs(made, GOOD)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.step) == ("budget_exceeded", "tone")
    told = f"a run of judge may cost ${dollars(RESERVED - 1)}"
    assert outcome.refusal.message.startswith(told)
    assert [r["kind"] for r in bank.ledger.records] == ["Decision"]
    assert bank.ledger.records[0]["limit"] == "cost_per_run"
    made = machine(asking(f"      cost_per_run: {dollars(RESERVED)}"), "judge")
    assert codes(await bank.runs(made, GOOD)) == ["ok"]


async def test_a_long_input_is_reserved_before_it_is_sent() -> None:
    """Whatever the provider will count: not more than its bytes, and some for what is around."""
    long = "é 😀" * 300
    bank = Bank()
    made = machine(asking(f"      cost_per_run: {dollars(RESERVED + 500)}"), "judge")
    assert codes(await bank.runs(made, GOOD, text=long)) == ["budget_exceeded"]
    assert most_tokens(long) - most_tokens("") >= len(long.encode())
    assert codes(await bank.runs(made, GOOD, text="short")) == ["ok"]


async def test_a_second_request_is_reserved_on_top_of_what_the_first_has_cost() -> None:
    bad = answering({"colour": "red"})
    tight = machine(asking(f"      cost_per_run: {dollars(COST + RESERVED)}"), "judge")
    assert codes(await Bank().runs(tight, bad, GOOD)) == ["budget_exceeded"]
    wide = machine(asking(f"      cost_per_run: {dollars(COST + 2 * RESERVED)}"), "judge")
    bank = Bank()
    assert codes(await bank.runs(wide, bad, GOOD)) == ["ok"]
    assert bank.ends()[0]["cost"] == 2 * COST


async def test_a_day_is_kept_over_restarts_and_begins_anew_in_utc() -> None:
    bank = Bank()
    made = machine(asking(f"      cost_per_day: {dollars(2 * COST + RESERVED - 1)}"), "judge")
    assert codes(await bank.runs(made, GOOD, GOOD, GOOD, times=3)) == [
        "ok",
        "ok",
        "budget_exceeded",
    ]
    assert bank.spent() == 2 * COST
    assert codes(await bank.runs(made, GOOD)) == ["budget_exceeded"]
    bank.now -= DAY  # a clock that is put back brings no money back
    assert codes(await bank.runs(made, GOOD)) == ["budget_exceeded"]
    bank.now += 2 * DAY
    assert codes(await bank.runs(made, GOOD)) == ["ok"]
    assert bank.spent() == COST


async def test_what_is_reserved_is_on_disk_before_the_request_leaves() -> None:
    bank = Bank()
    seen: list[int] = []
    append = bank.ledger.append

    def noting(kind: str, fields: Any, writes: Any = ()) -> asyncio.Future[None]:
        done = append(kind, fields, writes)
        if kind == "StepRun":
            seen.append(bank.spent())
        return done

    bank.ledger.append = noting  # type: ignore[method-assign]
    await bank.runs(machine(asking("      cost_per_day: 1"), "judge"), GOOD)
    assert seen == [RESERVED, COST]


async def test_a_request_that_failed_costs_nothing_and_one_that_broke_off_all() -> None:
    made = machine(asking("      cost_per_day: 1"), "judge")
    bank = Bank()
    assert codes(await bank.runs(made, failing(400))) == ["provider_error"]
    assert bank.spent() == 0
    bank = Bank()
    assert codes(await bank.runs(made, cutting(after="{"))) == ["provider_error"]
    assert bank.spent() == OUT + 11


async def test_runs_at_the_same_time_share_the_day() -> None:
    bank = Bank()
    made = machine(asking(f"      cost_per_day: {dollars(2 * RESERVED)}"), "judge")
    codec = Codec(made.input, made.output)
    async with FakeProvider(GOOD) as provider:
        environ = {"ANTHROPIC_API_KEY": "sk-x", "ANTHROPIC_BASE_URL": provider.url}
        gate = Gate(bank.ledger, Reasoners(environ), budget=bank.budget())
        given = codec.decode(b'{"text": "hi"}')
        calls = [perform(call(made, given), bank.ledger, gate) for _ in range(4)]
        done = await asyncio.gather(*calls)
        await gate.aclose()
    assert sorted(codes(list(done))) == ["budget_exceeded", "budget_exceeded", "ok", "ok"]
    assert bank.spent() == 2 * COST


def calling(limits: str) -> str:
    return (
        asking("      runs_per_minute: 2", "inner")
        + f"""
machine outer
  accepts
    text as text is required
  responds with
    tone as text
  ensures
    permissions
      allowed to
        call "inner", reason
    limits
{limits}
  implements
    ask answer, from: "inner"
      text: input.text
"""
    )


async def test_what_a_called_machine_spends_is_spent_by_who_calls_it() -> None:
    bank = Bank()
    made = machine(calling("      cost_per_run: 0.0001"), "outer")
    (outcome,) = await bank.runs(made, GOOD)
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.step) == ("budget_exceeded", "answer")
    assert [r["machine"] for r in bank.ledger.records if r["kind"] == "Decision"] == ["outer"]
    bank = Bank()
    made = machine(calling("      cost_per_day: 1"), "outer")
    assert codes(await bank.runs(made, GOOD)) == ["ok"]
    assert bank.spent("outer") == COST


async def test_a_called_machine_runs_no_more_often_than_it_may() -> None:
    bank = Bank()
    outcomes = await bank.runs(machine(calling("      cost_per_run: 1"), "outer"), GOOD, times=3)
    assert codes(outcomes) == ["ok", "ok", "rate_limited"]
    refusal = outcomes[2].refusal
    assert refusal is not None
    assert (refusal.retry_after, refusal.step) == (60.0, "answer")


async def test_runs_in_a_minute() -> None:
    """A machine that never waits."""
    text = asking("      runs_per_minute: 3").split("  implements")[0].replace("reason", "memory")
    text += '  implements\n    compute answer\n      {tone: "warm"}\n'
    made = machine(text, "judge")
    bank = Bank()
    gate = Gate(bank.ledger, budget=bank.budget())
    given = Codec(made.input, made.output).decode(b'{"text": "hi"}')

    def run() -> Refusal | None:
        return perform_now(call(made, given), bank.ledger, gate).refusal

    for second in (0.0, 20.0, 40.0):
        bank.tick = second
        assert run() is None
    refusal = run()
    assert refusal is not None
    assert (refusal.code, refusal.retry_after) == ("rate_limited", 20.0)
    bank.tick = 60.0
    assert run() is None
    assert run() is not None


async def test_a_simulated_run_costs_nothing() -> None:
    text = asking("      cost_per_run: 0.000001").rstrip() + '\n      assuming\n        tone: "a"\n'
    made = machine(text, "judge")
    bank = Bank()
    gate = Gate(bank.ledger, simulate=True, budget=Budget(bank.ledger, {}))
    given = Codec(made.input, made.output).decode(b'{"text": "hi"}')
    assert (await perform(call(made, given), bank.ledger, gate)).refusal is None


def test_the_declaration_holds_what_the_program_says() -> None:
    made = machine(
        asking(
            "      cost_per_run: 0.05\n      cost_per_day: 10\n      runs_per_minute: 600\n"
            '      approval_timeout: "5m"\n      approval_self: true'
        ),
        "judge",
    )
    assert made.limits == Limits(50_000, 10_000_000, 600, 300.0, True)
    usual = machine(asking("      runs_per_minute: 1"), "judge").limits
    assert (usual.approval_timeout, usual.approval_self) == (900.0, False)


# --- prices


def test_a_model_without_a_price_keeps_a_machine_with_a_limit_from_starting() -> None:
    made = machine(calling("      runs_per_minute: 5"), "outer")
    assert unpriced([made], {}) is None
    (inner,) = made.calls
    inner = replace(inner, limits=Limits(cost_per_day=1))
    problem = unpriced([replace(made, calls=(inner,))], {})
    assert problem is not None
    assert (
        f"machine inner, step tone: there is a limit on what it costs, and nobody knows what "
        f"{HAIKU} costs" in problem
    )
    assert unpriced([replace(made, calls=(inner,))], PRICES) is None
    problem = unpriced([replace(made, limits=Limits(cost_per_run=1))], {})
    assert problem is not None, "what a called machine asks is paid for by who calls it"


async def test_what_nobody_knows_the_price_of_is_not_asked_under_a_limit() -> None:
    bank = Bank()
    budget = Budget(bank.ledger, {})
    made = machine(asking("      cost_per_day: 1"), "judge")
    gate = Gate(bank.ledger, budget=budget)
    given = Codec(made.input, made.output).decode(b'{"text": "hi"}')
    outcome = await perform(call(made, given), bank.ledger, gate)
    assert codes([outcome]) == ["budget_exceeded"]


def test_a_dated_model_costs_what_it_does_without_its_date() -> None:
    assert price_of(f"{HAIKU}-20260101", PRICES) == PRICES[HAIKU]
    assert price_of(f"{HAIKU}-preview", PRICES) is None


def test_the_operator_knows_prices_better(tmp_path: Any) -> None:
    file = tmp_path / "prices.json"
    file.write_text('{"anthropic:x": {"input": 0.25, "output": 2}}')
    known = read_prices({"KANVAS_PRICES": str(file)})
    assert known["anthropic:x"] == Price(0.25, 2.0)
    assert known[HAIKU] == PRICES[HAIKU]
    assert known["anthropic:x"].of(1, 1) == 3  # 2.25, rounded up
    assert read_prices({}) is PRICES


def test_a_long_request_may_cost_more_for_each_token(tmp_path: Any) -> None:
    file = tmp_path / "prices.json"
    long = {"above": 100, "input": 4, "output": 8}
    file.write_text(json.dumps({"anthropic:x": {"input": 1, "output": 2, "long": long}}))
    price = read_prices({"KANVAS_PRICES": str(file)})["anthropic:x"]
    assert price == Price(1.0, 2.0, Long(100, 4.0, 8.0))
    assert price.of(100, 10) == 120
    assert price.of(101, 10) == 4 * 101 + 8 * 10


def test_our_own_prices_are_those_of_the_list() -> None:
    """As the provider says it: dollars for a million tokens in and out."""
    assert PRICES["anthropic:claude-opus-4-5"].of(1_000_000, 1_000_000) == 30_000_000
    assert PRICES["anthropic:claude-sonnet-4-5"].of(1_000_000, 1_000_000) == 18_000_000
    assert PRICES[HAIKU].of(1_000_000, 1_000_000) == 6_000_000
    newest = PRICES["anthropic:claude-haiku-5-5"]
    assert newest.of(100_000, 100_000) == 60_000
    assert newest.of(1_000_000, 1_000_000) == 3_000_000
    for price in PRICES.values():
        assert 0 < price.input < price.output
        assert price.long is None or price.long.input >= price.input


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"a": 1}',
        '{"a": {"input": 1}}',
        '{"a": {"input": -1, "output": 1}}',
        '{"a": {"input": 1, "output": 1, "more": 1}}',
        '{"a": {"input": 1, "output": 1, "long": {"above": 1}}}',
        None,
    ],
)
def test_a_table_of_prices_that_is_none_is_named(tmp_path: Any, content: str | None) -> None:
    file = tmp_path / "prices.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match=r"KANVAS_PRICES: .*prices\.json"):
        read_prices({"KANVAS_PRICES": str(file)})
