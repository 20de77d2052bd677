"""`ensures limits`: what the runs of a machine may cost, and how many there may be."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from kanvasc.diagnostics import Edit, Fix
from kanvasc.syntax import tree
from kanvasc.types import options
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.governed import Limits

OPTIONS: Final = (
    "cost_per_run",
    "cost_per_day",
    "runs_per_minute",
    "approval_timeout",
    "approval_self",
)
MOST_DOLLARS: Final = 1_000_000
MOST_RUNS: Final = 1_000_000
LONGEST_APPROVAL: Final = 7 * 86_400.0
_MICRO: Final = 1_000_000


def read(at: Elaborator, machine: tree.Machine) -> Limits | None:
    """The machine's limits; None where it declares none."""
    block = next(
        (
            block
            for section in machine.sections
            if isinstance(section, tree.Ensures)
            for block in section.blocks
            if isinstance(block, tree.Limits)
        ),
        None,
    )
    if block is None:
        return None
    given = options.named(at, block.options, OPTIONS, "`limits`", "block")
    per_run = _dollars(at, given.get("cost_per_run"), "0.05")
    per_day = _dollars(at, given.get("cost_per_day"), "10")
    if per_run is not None and per_day is not None and per_run > per_day:
        at.report(
            "K4012",
            given["cost_per_run"].span,
            "A run may cost more than a whole day",
            label="this limit is never reached",
            help="let the day cost at least as much as one run",
        )
    runs = given.get("runs_per_minute")
    return Limits(
        per_run,
        per_day,
        None if runs is None else options.whole(at, runs, 1, MOST_RUNS, 600),
        options.seconds(at, given.get("approval_timeout"), LONGEST_APPROVAL, '"15m"'),
        options.switch(at, given.get("approval_self"), False),
    )


def _dollars(at: Elaborator, option: tree.Option | None, example: str) -> int | None:
    """US dollars as whole millionths of one."""
    value = option.values[0] if option is not None and len(option.values) == 1 else None
    if option is None or isinstance(value, tree.Missing):
        return None
    if isinstance(value, tree.NumberLit):
        amount = Decimal(value.text) * _MICRO
        if amount == amount.to_integral_value() and 0 < amount <= MOST_DOLLARS * _MICRO:
            return int(amount)
    name = option.name.text
    span = option.span if value is None else value.span
    written = f"{name}: {example}" if value is None else example
    at.report(
        "K4012",
        span,
        f"`{name}` is an amount of US dollars above 0",
        label=f"up to {MOST_DOLLARS}, in steps of a millionth",
        help=f"write `{name}: {example}`, for example",
        fixes=(Fix(f"Write `{name}: {example}`", (Edit(span, written),), safe=False),),
    )
    return None
