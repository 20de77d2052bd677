"""`Math.*`, for integers, numbers and decimals."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TypeVar

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.ops import decimal_subtract, integer, number

_HALF = Decimal("0.5")
N = TypeVar("N", int, float, Decimal)


def math_round(x: int | float | Decimal) -> int:
    """The nearest integer. Halves go up, as in JavaScript: 2.5 gives 3, -2.5 gives -2."""
    below = math.floor(x)
    if isinstance(x, Decimal):
        return integer(below + (decimal_subtract(x, Decimal(below)) >= _HALF))
    return integer(below + (x - below >= 0.5))


def math_floor(x: int | float | Decimal) -> int:
    return integer(math.floor(x))


def math_ceil(x: int | float | Decimal) -> int:
    return integer(math.ceil(x))


def math_trunc(x: int | float | Decimal) -> int:
    """The integer without what follows the point."""
    return integer(math.trunc(x))


def math_sign(x: int | float | Decimal) -> int:
    """-1, 0 or 1."""
    return (x > 0) - (x < 0)


def math_abs(x: N) -> N:
    return x.copy_abs() if isinstance(x, Decimal) else abs(x)


def math_min(a: N, b: N) -> N:
    return min(a, b)


def math_max(a: N, b: N) -> N:
    return max(a, b)


def math_pow(x: int | float, y: int | float) -> int | float:
    """`x` to the power `y`."""
    try:
        return number(math.pow(x, y))
    except (OverflowError, ValueError):
        raise StepFailure("runtime", f"{x} to the power {y} is not a finite number") from None


def math_sqrt(x: int | float) -> int | float:
    if x < 0:
        raise StepFailure("runtime", "a number below zero has no square root")
    return number(math.sqrt(x))
