"""Operators of compiled expressions."""

from __future__ import annotations

import datetime
import json
import math
import uuid
from collections.abc import Iterator
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime import fuel, ops
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.errors import StepFailure
from msgspec import field

LARGEST = 2**53 - 1
NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


class Tone(Record):
    tone: Text
    from_: Text | None = field(default=None, name="from")


@pytest.fixture(autouse=True)
def _full_tank() -> Iterator[None]:
    """Every test begins with one, and leaves one behind."""
    fuel.refill()
    yield
    fuel.refill()


def failure(operation: object, *arguments: object) -> str:
    assert callable(operation)
    with pytest.raises(StepFailure) as failed:
        operation(*arguments)
    assert failed.value.type == "runtime"
    return failed.value.message


@pytest.mark.parametrize("value", [0, LARGEST, -LARGEST])
def test_integers_that_json_shares_pass(value: int) -> None:
    assert ops.integer(value) == value


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**400])
def test_other_integers_fail(value: int) -> None:
    assert failure(ops.integer, value) == f"a result is outside of ±{LARGEST}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (84.0, 84),
        (0.5, 0.5),
        (-0.0, 0),
        (7, 7),
        (1e300, 1e300),
        (2**60, float(2**60)),
        (1e15, 10**15),
    ],
)
def test_whole_numbers_become_whole(value: int | float, expected: int | float) -> None:
    result = ops.number(value)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 10**400])
def test_what_is_not_finite_fails(value: int | float) -> None:
    assert failure(ops.number, value) == "a result is not a finite number"


@given(st.integers(-LARGEST, LARGEST) | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(value: int | float) -> None:
    assert ops.number(value) == value


def test_division() -> None:
    assert ops.divide(4, 2) == 2
    assert isinstance(ops.divide(4, 2), int)
    assert ops.divide(1, 4) == 0.25
    assert failure(ops.divide, 1, 0) == "division by zero"
    assert failure(ops.divide, 1.5, 0.0) == "division by zero"
    assert failure(ops.divide, 1e300, 1e-300) == "a result is not a finite number"


@given(st.integers(-LARGEST, LARGEST), st.integers(-LARGEST, LARGEST).filter(bool))
def test_the_remainder_has_the_sign_of_the_dividend(a: int, b: int) -> None:
    rest = ops.modulo(a, b)
    assert abs(rest) < abs(b)
    assert (a - rest) % b == 0
    assert rest == 0 or (rest < 0) == (a < 0)


def test_remainders_of_numbers() -> None:
    assert ops.modulo(5.5, -2) == 1.5
    assert ops.modulo(-7, 3) == -1
    assert failure(ops.modulo, 1, 0) == "division by zero"
    assert failure(ops.modulo, 1.0, 0) == "division by zero"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "a"),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (42, "42"),
        (42.0, "42"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (1e16, "10000000000000000"),
        (1e21, "1e+21"),
        (1.5e300, "1.5e+300"),
        (1e-6, "0.000001"),
        (1.5e-5, "0.000015"),
        (1e-7, "1e-7"),
        (-1.5e-7, "-1.5e-7"),
        (1e-10, "1e-10"),
        (5e-324, "5e-324"),
        (D("1E+3"), "1000"),
        (D("0.10"), "0.10"),
        (NOON, "2026-01-31T12:00:00Z"),
        (NOON.date(), "2026-01-31"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([1, "a", None], '[1,"a",null]'),
        ({"a": D("1.0")}, '{"a":"1.0"}'),
        (Tone(tone="warm"), '{"tone":"warm","from":null}'),
    ],
)
def test_values_as_text(value: object, expected: str) -> None:
    assert ops.text(value) == expected


def test_parts_are_joined() -> None:
    assert ops.text("a: ", 1, ", b: ", None) == "a: 1, b: "
    assert ops.text() == ""


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_as_text_read_back(value: float) -> None:
    assert float(ops.text(value)) == value


def test_a_text_has_an_end() -> None:
    half = "x" * (fuel.LONGEST_TEXT // 2)
    assert len(ops.text(half, half)) == fuel.LONGEST_TEXT
    assert "longer" in failure(ops.text, half, half, "x")


def test_a_small_value_that_is_large_when_written_fails() -> None:
    value: list[object] = ["x"]
    for _ in range(40):
        value = [value, value]
    fuel.refill()
    assert "too long" in failure(ops.text, value)


def test_a_value_too_deep_fails() -> None:
    value: list[object] = []
    other: list[object] = []
    for _ in range(50_000):
        value, other = [value], [other]
    fuel.refill()
    for operation, arguments in [
        (ops.text, (value,)),
        (ops.to_json, (value,)),
        (ops.equal, (value, other)),
        (ops.identity, (value,)),
    ]:
        assert "too deeply" in failure(operation, *arguments)


EQUAL = [
    (1, 1.0),
    (1, D("1.0")),
    (0.5, D("0.5")),
    ("a", "a"),
    (None, None),
    (True, True),
    ([1, [2]], [1.0, [2.0]]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (Tone(tone="warm"), Tone(tone="warm")),
    (Tone(tone="warm"), {"tone": "warm", "from": None}),
    (NOON, NOON),
]
UNEQUAL = [
    (1, True),
    (0, False),
    (1, "1"),
    (None, False),
    ([1], [1, 2]),
    ([], {}),
    ({"a": 1}, {"a": 2}),
    ({"a": None}, {}),
    (Tone(tone="warm"), Tone(tone="cold")),
    (Tone(tone="warm"), "warm"),
    ([True], [1]),
]


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_equal(a: object, b: object) -> None:
    assert ops.equal(a, b)
    assert ops.equal(b, a)
    assert ops.identity(a) == ops.identity(b)
    assert hash(ops.identity(a)) == hash(ops.identity(b))


@pytest.mark.parametrize(("a", "b"), UNEQUAL)
def test_unequal(a: object, b: object) -> None:
    assert not ops.equal(a, b)
    assert not ops.equal(b, a)
    assert ops.identity(a) != ops.identity(b)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 0.5, "1", D(1)]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    ),
    max_leaves=5,
)


@given(VALUES, VALUES)
def test_identity_is_equality(a: object, b: object) -> None:
    assert ops.equal(a, b) == (ops.identity(a) == ops.identity(b))


@pytest.mark.parametrize(
    ("item", "container", "expected"),
    [
        (1, [1.0], True),
        (True, [1], False),
        ([1], [[1]], True),
        ("b", "abc", True),
        (1, "1", False),
        ("a", {"a": 1}, True),
        (1, {"a": 1}, False),
        ("from", Tone(tone="x"), True),
        ("a", None, False),
        ("a", 5, False),
    ],
)
def test_in(item: object, container: object, expected: bool) -> None:
    assert ops.contains(item, container) is expected


def test_members_of_anything() -> None:
    assert ops.get({"a": 1}, "a") == 1
    assert ops.get({"a": 1}, "b") is None
    assert ops.get(Tone(tone="x", from_="y"), "from") == "y"
    assert ops.get(Tone(tone="x"), "from_") is None
    assert ops.get("text", "length") is None
    assert ops.get(None, "a") is None
    assert ops.key({"a": 1}, "a") == 1
    assert ops.key({"a": 1}, "b") is None


def test_positions() -> None:
    assert ops.at([1, 2], 1) == 2
    assert ops.at("a😀", 1) == "😀"
    assert failure(ops.at, [1, 2], 2) == "index 2 is outside of 0 … 1"
    assert failure(ops.at, [1, 2], -1) == "index -1 is outside of 0 … 1"
    assert failure(ops.at, [], 0) == "index 0 of nothing"


def test_conditions() -> None:
    assert [ops.truth(value) for value in (True, False, None)] == [True, False, False]
    assert failure(ops.truth, 1) == "a condition must be true or false, not a number"


def test_what_typed_code_needs() -> None:
    assert ops.present(0) == 0
    assert "null" in failure(ops.present, None)
    assert ops.each_value({"a": 1}, lambda value: value + 1) == {"a": 2}
    value = [Tone(tone="x"), D("1.50"), NOON, {"id": uuid.UUID(int=1)}, 1, None]
    assert ops.to_json(value) == json.loads(ops.text(value))


def test_lists_that_share_their_parts_are_not_compared_for_ever() -> None:
    fuel.refill()
    nested: tuple[list[Any], list[Any]] = [1], [1]
    for _ in range(60):
        nested = [nested[0]] * 2, [nested[1]] * 2
    with pytest.raises(StepFailure, match="ran too long"):
        ops.equal(*nested)
