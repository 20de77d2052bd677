"""What machines may spend and how often they may run: `limits`, kept while runs go on.

Amounts are whole micro-dollars. What a request to a model may cost at most is reserved before it
is sent and settled when its answer has come; what a day has cost is kept with the records of the
steps, so that a restart forgets nothing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.ledger.interface import Journal, Write
from kanvas_runtime.machine import Ask, Machine
from kanvas_runtime.prices import PRICES, Price, price_of

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

_PREFIX = "spent:"
_MINUTE = 60.0


class Day(msgspec.Struct):
    """What a machine has spent on a day (UTC, `2026-01-31`), what is reserved included."""

    day: str
    spent: int = 0


@dataclass
class Budget:
    """The limits of all machines of a process. `now` and `clock`: the time of day in seconds since
    1970, and a clock that never goes back."""

    journal: Journal
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    _begun: dict[str, deque[float]] = field(default_factory=dict)
    _days: dict[str, Day] = field(default_factory=dict)

    def admit(self, machine: Machine[Any, Any]) -> None:
        """Count a run that is to begin. Raises `Refusal` (`rate_limited`) when it is one too many
        in a minute."""
        most = machine.limits.runs_per_minute
        if most is None:
            return
        begun = self._begun.setdefault(machine.name, deque())
        now = self.clock()
        while begun and begun[0] <= now - _MINUTE:
            begun.popleft()
        if len(begun) >= most:
            message = f"{machine.name} runs at most {most} times a minute"
            after = max(0.001, round(begun[0] + _MINUTE - now, 3))
            raise Refusal("rate_limited", message, retry_after=after)
        begun.append(now)

    async def charge(self, run: Run, step: Ask[Any], digest: Callable[[], str]) -> Charge:
        """What the step's requests are charged to: the run's machine, and those that called it.

        `digest`: of what the step is about to do, for the record of a refusal.

        Raises `LedgerUnavailable` when it cannot be read what was spent today.
        """
        price = price_of(step.model, self.prices)
        levels = [level for level in run.levels if level.request.machine.limits.has_costs]
        for level in levels:
            await self._load(level.request.machine)
        return Charge(self, step, price, levels, digest)

    async def _load(self, machine: Machine[Any, Any]) -> None:
        if machine.limits.cost_per_day is None or machine.name in self._days:
            return
        text = await self.journal.load(_PREFIX + machine.name)
        kept = Day(self._today()) if text is None else msgspec.json.decode(text, type=Day)
        self._days.setdefault(machine.name, kept)

    def day(self, machine: str) -> Day:
        """What the machine has spent today; a clock that goes back does not bring money back."""
        today, known = self._today(), self._days[machine]
        if today > known.day:
            known = self._days[machine] = Day(today)
        return known

    def _today(self) -> str:
        return datetime.fromtimestamp(self.now(), UTC).date().isoformat()


class Charge:
    """The cost of one step's requests, one after the other."""

    def __init__(
        self,
        budget: Budget,
        step: Ask[Any],
        price: Price | None,
        levels: Sequence[Run],
        digest: Callable[[], str],
    ) -> None:
        self._budget = budget
        self._step = step
        self._price = price
        self._levels = levels
        self._digest = digest
        self._reserved = 0
        self._open = False
        self._days: list[Day] = []
        self.cost = 0

    @property
    def is_priced(self) -> bool:
        """Whether it is known what the model costs."""
        return self._price is not None

    def begin(self, tokens_in: int) -> None:
        """Reserve what the next request may cost, unless that was done. Raises `StepFailure`.

        `tokens_in`: the most that it can have.
        """
        if self._open:
            return
        amount = 0 if self._price is None else self._price.of(tokens_in, self._step.max_tokens)
        for level in self._levels:
            self._check(level, amount)
        self._open, self._reserved = True, amount
        self._days = [self._budget.day(name) for name in self._daily()]
        self._add(amount)

    def end(self, tokens_in: int, tokens_out: int, whole: bool) -> None:
        """Settle a request. One whose answer broke off is counted as if all of it had come: how
        much of it has to be paid for, nobody says."""
        if not self._open:
            return
        self._open = False
        cost = 0 if self._price is None else self._price.of(tokens_in, tokens_out)
        if not whole and tokens_in:
            most = 0 if self._price is None else self._price.of(tokens_in, self._step.max_tokens)
            cost = max(cost, most)
        self.cost += cost
        self._add(cost - self._reserved)
        self._reserved = 0

    def close(self) -> None:
        """Give back what is reserved for a request that was not sent."""
        self.end(0, 0, True)

    def writes(self) -> list[Write]:
        """What is to be kept with the step's next record."""
        return [
            Write(_PREFIX + name, msgspec.json.encode(self._budget.day(name)))
            for name in self._daily()
        ]

    def _daily(self) -> Iterator[str]:
        machines = (level.request.machine for level in self._levels)
        return (machine.name for machine in machines if machine.limits.cost_per_day is not None)

    def _add(self, amount: int) -> None:
        for level in self._levels:
            level.spent += amount
        for day in self._days:
            day.spent += amount

    def _check(self, level: Run, amount: int) -> None:
        machine = level.request.machine
        limits = machine.limits
        if self._price is None:
            raise self._exceeded(f"nobody knows what {self._step.model} costs", level, "price")
        if limits.cost_per_run is not None and level.spent + amount > limits.cost_per_run:
            told = f"a run of {machine.name} may cost {_dollars(limits.cost_per_run)}"
            raise self._exceeded(told, level, "cost_per_run")
        if limits.cost_per_day is None:
            return
        if self._budget.day(machine.name).spent + amount > limits.cost_per_day:
            told = f"{machine.name} may cost {_dollars(limits.cost_per_day)} a day"
            raise self._exceeded(told, level, "cost_per_day")

    def _exceeded(self, told: str, level: Run, limit: str) -> StepFailure:
        facts = {"capability": "reason", "step": self._step.name, "verdict": "denied"}
        level.note("Decision", facts | {"limit": limit, "arguments_digest": self._digest()})
        message = f"{told}, and this step could exceed that"
        return StepFailure("denied", message, self._step.name, code="budget_exceeded")


def _dollars(amount: int) -> str:
    return f"${amount / 1e6:.6f}".rstrip("0").rstrip(".")
