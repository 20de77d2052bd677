"""What models cost: US dollars for a million tokens, which is micro-dollars for one.

The table is Anthropic's price list as it was in October 2026. Prices change: `KANVAS_PRICES` names
a JSON file that adds to this table or changes it.
`{"anthropic:claude-haiku-4-5": {"input": 1.0, "output": 5.0}}`.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeAlias

import msgspec

from kanvas_runtime.machine import Machine, reached

VARIABLE = "KANVAS_PRICES"


class Long(NamedTuple):
    """What every token of a request costs in micro-dollars, when more than `above` go in."""

    above: int
    input: float
    output: float


class Price(NamedTuple):
    """Micro-dollars for a token that goes in, and for one that comes out."""

    input: float
    output: float
    long: Long | None = None

    def of(self, tokens_in: int, tokens_out: int) -> int:
        """Micro-dollars of one request, rounded up."""
        long = self.long if self.long is not None and tokens_in > self.long.above else None
        price = long or self
        return math.ceil(price.input * tokens_in + price.output * tokens_out)


PRICES: Mapping[str, Price] = {
    "anthropic:claude-fable-5-1": Price(10.0, 50.0),
    "anthropic:claude-fable-5": Price(10.0, 50.0),
    "anthropic:claude-mythos-5-1": Price(10.0, 50.0),
    "anthropic:claude-mythos-5": Price(10.0, 50.0),
    "anthropic:claude-opus-5-5": Price(4.0, 20.0),
    "anthropic:claude-opus-5": Price(5.0, 25.0),
    "anthropic:claude-opus-4-8": Price(5.0, 25.0),
    "anthropic:claude-opus-4-7": Price(5.0, 25.0),
    "anthropic:claude-opus-4-6": Price(5.0, 25.0),
    "anthropic:claude-opus-4-5": Price(5.0, 25.0),
    "anthropic:claude-opus-4-1": Price(15.0, 75.0),
    "anthropic:claude-opus-4": Price(15.0, 75.0),
    "anthropic:claude-sonnet-5-5": Price(2.0, 10.0),
    "anthropic:claude-sonnet-5": Price(2.0, 10.0),
    "anthropic:claude-sonnet-4-6": Price(3.0, 15.0),
    "anthropic:claude-sonnet-4-5": Price(3.0, 15.0),
    "anthropic:claude-sonnet-4": Price(3.0, 15.0),
    "anthropic:claude-haiku-5-5": Price(0.1, 0.5, Long(100_000, 0.5, 2.5)),
    "anthropic:claude-haiku-4-5": Price(1.0, 5.0),
    "anthropic:claude-3-5-haiku": Price(0.8, 4.0),
}

_Dollars: TypeAlias = Annotated[float, msgspec.Meta(ge=0)]
_DATED = re.compile(r"(.+)-\d{8}")


class _Long(msgspec.Struct, forbid_unknown_fields=True):
    above: Annotated[int, msgspec.Meta(ge=0)]
    input: _Dollars
    output: _Dollars


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    input: _Dollars
    output: _Dollars
    long: _Long | None = None

    def price(self) -> Price:
        long = self.long
        tier = None if long is None else Long(long.above, long.input, long.output)
        return Price(self.input, self.output, tier)


def price_of(model: str, prices: Mapping[str, Price]) -> Price | None:
    """The price of `provider:model`; a model with a date at its end costs what it does without."""
    dated = _DATED.fullmatch(model)
    return prices.get(model) or (prices.get(dated[1]) if dated else None)


def read_prices(environ: Mapping[str, str] = os.environ) -> Mapping[str, Price]:
    """The table, with what the operator's file says. Raises `ValueError`, for the operator."""
    name = environ.get(VARIABLE)
    if not name:
        return PRICES
    try:
        found = msgspec.json.decode(Path(name).read_bytes(), type=dict[str, _Entry])
    except OSError as error:
        raise ValueError(f"{VARIABLE}: {name} cannot be read: {error.strerror}") from None
    except msgspec.MsgspecError as error:
        raise ValueError(f"{VARIABLE}: {name} is no table of prices: {error}") from None
    return {**PRICES, **{model: entry.price() for model, entry in found.items()}}


def unpriced(machines: Iterable[Machine[Any, Any]], prices: Mapping[str, Price]) -> str | None:
    """The first model whose cost is limited and not known, in words for the operator."""
    for machine in reached(machines):
        if machine.limits.cost_per_run is None and machine.limits.cost_per_day is None:
            continue
        for step in machine.asks:
            if price_of(step.model, prices) is None:
                return (
                    f"machine {machine.name}, step {step.name}: there is a limit on what it costs,"
                    f" and nobody knows what {step.model} costs. Name a JSON file in {VARIABLE}"
                    f' with {{"{step.model}": {{"input": 1.0, "output": 5.0}}}}: US dollars for a'
                    " million tokens."
                )
    return None
