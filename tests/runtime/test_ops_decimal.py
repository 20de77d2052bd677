"""Exact decimals."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from kanvas_runtime import ops
from kanvas_runtime.codec import convert
from kanvas_runtime.contract import Decimal
from kanvas_runtime.errors import StepFailure

Operation = Callable[[D, D], D]

OPERATIONS = [
    ops.decimal_add,
    ops.decimal_subtract,
    ops.decimal_multiply,
    ops.decimal_divide,
    ops.decimal_modulo,
]
DECIMALS = st.builds(
    lambda digits, exponent: D(digits).scaleb(exponent),
    st.integers(-(10**28) + 1, 10**28 - 1),
    st.integers(-34, 34),
)


@pytest.mark.parametrize(
    ("operation", "a", "b", "expected"),
    [
        (ops.decimal_add, "0.1", "0.2", "0.3"),
        (ops.decimal_add, "1.50", "1.5", "3.00"),
        (ops.decimal_subtract, "1", "0.9", "0.1"),
        (ops.decimal_multiply, "1.10", "3", "3.30"),
        (ops.decimal_multiply, "9" * 34, "1", "9" * 34),
        (ops.decimal_multiply, "1E+20", "1.5E+20", "1.500000E+40"),
        (ops.decimal_divide, "1", "3", "0." + "3" * 34),
        (ops.decimal_divide, "2", "3", "0." + "6" * 33 + "7"),
        (ops.decimal_divide, "0.01", "3", "0.00" + "3" * 32),
        (ops.decimal_divide, "10", "4", "2.5"),
        (ops.decimal_modulo, "-7", "3", "-1"),
        (ops.decimal_modulo, "7.5", "-2", "1.5"),
        (ops.decimal_add, "1" + "0" * 33, "0.5", "1" + "0" * 33),
        (ops.decimal_add, "1" + "0" * 32 + "1", "0.5", "1" + "0" * 32 + "2"),
    ],
)
def test_results(operation: Operation, a: str, b: str, expected: str) -> None:
    assert str(operation(D(a), D(b))) == expected


@pytest.mark.parametrize(
    ("operation", "a", "b", "message"),
    [
        (ops.decimal_divide, "1", "0", "division by zero"),
        (ops.decimal_modulo, "1", "0.00", "division by zero"),
        (ops.decimal_divide, "0", "0", "division by zero"),
        (ops.decimal_multiply, "1E+34", "9" * 34 + "E+34", "a decimal result is too large"),
        (ops.decimal_divide, "1E+34", "1E-34", "a decimal result is too large"),
        (ops.decimal_modulo, "1E+34", "7E-34", "a decimal result is too large"),
        (ops.decimal_multiply, "1E-20", "1E-20", "a decimal result is too small"),
    ],
)
def test_failures(operation: Operation, a: str, b: str, message: str) -> None:
    with pytest.raises(StepFailure) as failed:
        operation(D(a), D(b))
    assert (failed.value.type, failed.value.message) == ("runtime", message)


def test_negation() -> None:
    assert ops.decimal_negate(D("1.50")) == D("-1.50")
    assert str(ops.decimal_negate(D("0"))) == "0"


def test_literals_and_integers() -> None:
    assert str(ops.decimal("1.50")) == "1.50"
    assert ops.to_decimal(2**53 - 1) == 2**53 - 1
    assert ops.to_decimal(D("1.5")) == D("1.5")


@given(st.sampled_from(OPERATIONS), DECIMALS, DECIMALS)
def test_every_result_is_a_decimal_of_the_language(operation: Operation, a: D, b: D) -> None:
    try:
        result = operation(a, b)
    except StepFailure:
        assume(False)
    assert convert(str(result), Decimal) == result


@given(DECIMALS, DECIMALS)
def test_sums_are_as_near_as_34_digits_are(a: D, b: D) -> None:
    try:
        total = ops.decimal_add(a, b)
    except StepFailure:
        assume(False)
    exact = Fraction(a) + Fraction(b)
    assert abs(Fraction(total) - exact) <= abs(exact) / 10**33


@given(DECIMALS, DECIMALS)
def test_the_surroundings_do_not_matter(a: D, b: D) -> None:
    """Only the language's own context counts, whatever the process has set."""
    with localcontext() as context:
        context.prec = 3
        near = ops.decimal_negate(a), ops.to_decimal(b)
    assert near == (ops.decimal_negate(a), b)
