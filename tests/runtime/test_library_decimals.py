"""`toDecimal`, and sums of decimals."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from kanvas_runtime import library
from kanvas_runtime.errors import StepFailure


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        (0.1, "0.1"),
        (1e-7, "1E-7"),
        (D("1.50"), "1.50"),
        ("12.50", "12.50"),
        (" -1e3 ", "-1E+3"),
        ("+.5", "0.5"),
    ],
)
def test_what_says_a_decimal(value: object, shown: str) -> None:
    assert str(library.to_decimal(value)) == shown


@pytest.mark.parametrize(
    "value", ["", "x", "NaN", "1,5", "1" * 35, "1e99", "1e99999999999", None, True, [1], 1e300]
)
def test_what_says_none(value: object) -> None:
    with pytest.raises(StepFailure, match="cannot be read as a decimal"):
        library.to_decimal(value)


def test_the_sum_of_decimals_is_one() -> None:
    assert library.decimal_sum([D("0.1"), D("0.2")]) == D("0.3")
    assert isinstance(library.decimal_sum([]), D)
