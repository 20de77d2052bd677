"""`Math`, `DateTime`, `JSON`, `UUID` and conversions."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime import library
from kanvas_runtime.errors import StepFailure

UTC = datetime.UTC
NOON = datetime.datetime(2026, 1, 31, 12, 34, 56, 789_123, tzinfo=UTC)


def time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("x", "rounded", "floor", "ceil", "trunc", "sign"),
    [
        (2.5, 3, 2, 3, 2, 1),
        (-2.5, -2, -3, -2, -2, -1),
        (0.49999999999999994, 0, 0, 1, 0, 1),
        (4503599627370497.0, 4503599627370497, *[4503599627370497] * 3, 1),
        (0, 0, 0, 0, 0, 0),
        (D("2.5"), 3, 2, 3, 2, 1),
        (D("-2.5"), -2, -3, -2, -2, -1),
        (D("0.4999999999999999999999999999999999"), 0, 0, 1, 0, 1),
    ],
)
def test_whole_numbers(x: Any, rounded: int, floor: int, ceil: int, trunc: int, sign: int) -> None:
    assert library.math_round(x) == rounded
    assert library.math_floor(x) == floor
    assert library.math_ceil(x) == ceil
    assert library.math_trunc(x) == trunc
    assert library.math_sign(x) == sign


@pytest.mark.parametrize(
    "whole", [library.math_round, library.math_floor, library.math_ceil, library.math_trunc]
)
@pytest.mark.parametrize("x", [1e300, D("1E+34")])
def test_results_beyond_the_integers_fail(whole: Callable[[Any], int], x: object) -> None:
    with pytest.raises(StepFailure, match="outside"):
        whole(x)


def test_sizes() -> None:
    assert (library.math_abs(-2), library.math_abs(-0.5)) == (2, 0.5)
    exact = "-1.234567890123456789012345678901234"
    assert str(library.math_abs(D(exact))) == exact[1:]
    assert (library.math_min(1, 2), library.math_max(1, 2)) == (1, 2)
    assert library.math_max(D("1.5"), D("1.4")) == D("1.5")


def test_powers_and_roots() -> None:
    assert library.math_pow(2, 10) == 1024
    assert isinstance(library.math_pow(2, 10), int)
    assert library.math_pow(2, -1) == 0.5
    assert library.math_sqrt(9) == 3
    for x, y in ((10, 400), (-8, 0.5), (0, -1)):
        with pytest.raises(StepFailure, match="not a finite number"):
            library.math_pow(x, y)
    with pytest.raises(StepFailure, match="no square root"):
        library.math_sqrt(-1)


def test_times_are_read_as_utc() -> None:
    assert library.datetime_parse("2026-01-31T12:00:00+02:00") == time("2026-01-31T10:00:00Z")
    with pytest.raises(StepFailure, match="not a date and time"):
        library.datetime_parse("2026-01-31")


@pytest.mark.parametrize(
    ("at", "amount", "unit", "expected"),
    [
        ("2026-01-31T00:00:00Z", 1, "month", "2026-02-28T00:00:00Z"),
        ("2024-01-31T00:00:00Z", 1, "month", "2024-02-29T00:00:00Z"),
        ("2026-01-31T00:00:00Z", -2, "months", "2025-11-30T00:00:00Z"),
        ("2024-02-29T00:00:00Z", 1, "year", "2025-02-28T00:00:00Z"),
        ("2026-12-15T00:00:00Z", 1, "month", "2027-01-15T00:00:00Z"),
        ("2026-01-31T00:00:00Z", 2, "weeks", "2026-02-14T00:00:00Z"),
        ("2026-01-31T00:00:00Z", 1, "day", "2026-02-01T00:00:00Z"),
        ("2026-01-31T00:00:00Z", -1, "hour", "2026-01-30T23:00:00Z"),
        ("2026-01-31T00:00:00Z", 90, "minutes", "2026-01-31T01:30:00Z"),
        ("2026-01-31T00:00:00Z", 1, "second", "2026-01-31T00:00:01Z"),
        ("2026-01-31T00:00:00Z", 1500, "milliseconds", "2026-01-31T00:00:01.5Z"),
    ],
)
def test_added_time(at: str, amount: int, unit: str, expected: str) -> None:
    assert library.datetime_add(time(at), amount, unit) == time(expected)


@pytest.mark.parametrize(("amount", "unit"), [(2**53 - 1, "day"), (10**6, "year"), (-2027, "year")])
def test_time_has_an_end(amount: int, unit: str) -> None:
    with pytest.raises(StepFailure, match="1 to 9999"):
        library.datetime_add(NOON, amount, unit)


@pytest.mark.parametrize(
    ("later", "earlier", "unit", "expected"),
    [
        ("2026-01-02T12:00:00Z", "2026-01-01T00:00:00Z", "day", 1.5),
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "hours", 24),
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "hour", -24),
        ("2026-02-28T00:00:00Z", "2026-01-31T00:00:00Z", "month", 1),
        ("2026-02-27T00:00:00Z", "2026-01-31T00:00:00Z", "month", 0),
        ("2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "month", -1),
        ("2026-01-30T00:00:00Z", "2024-01-31T00:00:00Z", "year", 1),
        ("2024-01-31T00:00:00Z", "2026-01-31T00:00:00Z", "year", -2),
    ],
)
def test_time_between(later: str, earlier: str, unit: str, expected: float) -> None:
    assert library.datetime_diff(time(later), time(earlier), unit) == expected


MONTHS = st.integers(-1000, 1000)
TIMES = st.datetimes(
    min_value=datetime.datetime(1900, 1, 1), max_value=datetime.datetime(2100, 1, 1)
).map(lambda at: at.replace(tzinfo=UTC))


@given(TIMES, TIMES, st.sampled_from(["month", "year"]))
def test_as_many_months_lie_between_as_can_be_added(
    a: datetime.datetime, b: datetime.datetime, unit: str
) -> None:
    earlier, later = sorted((a, b))
    between = library.datetime_diff(later, earlier, unit)
    assert isinstance(between, int)
    assert library.datetime_add(earlier, between, unit) <= later
    assert library.datetime_add(earlier, between + 1, unit) > later


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("year", "2026-01-01T00:00:00Z"),
        ("month", "2026-01-01T00:00:00Z"),
        ("week", "2026-01-26T00:00:00Z"),
        ("day", "2026-01-31T00:00:00Z"),
        ("hour", "2026-01-31T12:00:00Z"),
        ("minute", "2026-01-31T12:34:00Z"),
        ("second", "2026-01-31T12:34:56Z"),
        ("millisecond", "2026-01-31T12:34:56.789Z"),
    ],
)
def test_starts(unit: str, expected: str) -> None:
    assert library.datetime_start_of(NOON, unit) == time(expected)


@given(TIMES, st.sampled_from(["year", "month", "week", "day", "hour", "minute", "second"]))
def test_a_unit_begins_at_or_before_and_ends_after(at: datetime.datetime, unit: str) -> None:
    start = library.datetime_start_of(at, unit)
    assert start <= at < library.datetime_add(start, 1, unit)
    assert library.datetime_start_of(start, unit) == start


def test_the_first_week_has_no_monday_before_it() -> None:
    first = datetime.datetime(1, 1, 1, 5, tzinfo=UTC)
    assert library.datetime_start_of(first, "week") == first.replace(hour=0)


def test_times_by_pattern() -> None:
    assert library.datetime_format(NOON, "DD.MM.YYYY HH:mm:ss") == "31.01.2026 12:34:56"
    assert library.datetime_format(NOON, "at MM%d{0}") == "at 01%d{0}"
    assert library.datetime_format(datetime.datetime(7, 1, 1, tzinfo=UTC), "YYYY") == "0007"


@pytest.mark.parametrize("unit", ["", "s", "fortnight", "Day"])
def test_unknown_units_fail(unit: str) -> None:
    for call in (
        lambda: library.datetime_add(NOON, 1, unit),
        lambda: library.datetime_diff(NOON, NOON, unit),
        lambda: library.datetime_start_of(NOON, unit),
    ):
        with pytest.raises(StepFailure, match="unit of time"):
            call()


def test_json() -> None:
    assert library.json_parse('{"a": [1, 1e2, null]}') == {"a": [1, 100.0, None]}
    assert library.json_parse("1" + "0" * 30) == 10**30
    assert library.json_stringify({"a": D("1.50"), "b": [None]}) == '{"a":"1.50","b":[null]}'
    with pytest.raises(StepFailure, match="the text is not JSON: it ends too early"):
        library.json_parse("[")


def test_uuids_differ() -> None:
    assert library.uuid_generate() != library.uuid_generate()
    assert library.uuid_generate().version == 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (42, 42),
        (0.5, 0.5),
        (D("0.5"), 0.5),
        (D("12.0"), 12),
        (" 12 ", 12),
        ("1e3", 1000),
        ("+.5", 0.5),
        ("-1.", -1),
        ("9007199254740993", 9007199254740992.0),
    ],
)
def test_numbers_from_values(value: object, expected: float) -> None:
    result = library.to_number(value)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize("value", [None, True, "", "abc", "0x10", "1_0", "١", "NaN", [], "1" * 401])
def test_what_says_no_number_fails(value: object) -> None:
    for conversion in (library.to_number, library.to_integer):
        with pytest.raises(StepFailure, match="cannot be read as"):
            conversion(value)


def test_a_number_beyond_all_fails() -> None:
    with pytest.raises(StepFailure, match="finite"):
        library.to_number("1e999")


@pytest.mark.parametrize(
    ("value", "expected"), [(42, 42), (42.0, 42), (D("42.0"), 42), ("4.2e1", 42), ("-7", -7)]
)
def test_integers_from_values(value: object, expected: int) -> None:
    assert library.to_integer(value) == expected


@pytest.mark.parametrize(
    "value",
    [1.5, D("1.5"), "1.5", "1.00000000000000000001", "9007199254740993", "1e99999999999999999999"],
)
def test_what_says_no_integer_fails(value: object) -> None:
    with pytest.raises(StepFailure, match="cannot be read as an integer"):
        library.to_integer(value)


def test_text_from_values() -> None:
    assert library.to_text(1.0) == "1"
    assert library.to_text(None) == ""
