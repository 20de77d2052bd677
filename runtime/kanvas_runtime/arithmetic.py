"""Exact decimals: 34 digits as in IEEE 754 decimal128, at most 34 of them behind the point."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from kanvas_runtime.errors import StepFailure

_FINEST = Decimal("1E-34")
_COARSEST = Decimal("1E+34")
_CONTEXT = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)


def decimal_add(a: Decimal, b: Decimal) -> Decimal:
    return _settled(_CONTEXT.add, a, b)


def decimal_subtract(a: Decimal, b: Decimal) -> Decimal:
    return _settled(_CONTEXT.subtract, a, b)


def decimal_multiply(a: Decimal, b: Decimal) -> Decimal:
    return _settled(_CONTEXT.multiply, a, b)


def decimal_divide(a: Decimal, b: Decimal) -> Decimal:
    return _settled(_CONTEXT.divide, a, _divisor(b))


def decimal_modulo(a: Decimal, b: Decimal) -> Decimal:
    """The remainder; it has the sign of `a`."""
    return _settled(_CONTEXT.remainder, a, _divisor(b))


def decimal_negate(a: Decimal) -> Decimal:
    return _CONTEXT.minus(a)


def decimal(text: str) -> Decimal:
    """A decimal that stands in the program."""
    return Decimal(text)


def to_decimal(value: int | Decimal) -> Decimal:
    """An integer where a decimal is asked for."""
    return Decimal(value)


def _divisor(value: Decimal) -> Decimal:
    if value:
        return value
    raise StepFailure("runtime", "division by zero")


def _settled(operation: Callable[[Decimal, Decimal], Decimal], a: Decimal, b: Decimal) -> Decimal:
    """The result with an exponent that a decimal may have.

    Digits behind the 34th place are rounded away like those behind the 34th digit; a result that
    would vanish by it, and one that is too large, is a failure.
    """
    try:
        result = operation(a, b)
        settled = _within(result)
    except DecimalException:
        raise StepFailure("runtime", "a decimal result is too large") from None
    if result and not settled:
        raise StepFailure("runtime", "a decimal result is too small")
    return settled


def _within(value: Decimal) -> Decimal:
    exponent = value.adjusted() - len(value.as_tuple().digits) + 1
    if exponent < -34:
        return value.quantize(_FINEST, context=_CONTEXT)
    return value.quantize(_COARSEST, context=_CONTEXT) if exponent > 34 else value
