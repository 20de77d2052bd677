"""The library's functions of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime import fuel, library
from kanvas_runtime.errors import StepFailure

NUMBERS = [3, 1, 2]
MIXED: list[Any] = [1, "a"]


@pytest.fixture(autouse=True)
def _full_tank() -> Iterator[None]:
    """Every test begins with one, and leaves one behind."""
    fuel.refill()
    yield
    fuel.refill()


def even(n: int) -> bool:
    return n % 2 == 0


def test_lambdas() -> None:
    assert library.map_(NUMBERS, lambda n: n * 2) == [6, 2, 4]
    assert library.filter_(NUMBERS, even) == [2]
    assert library.reduce(NUMBERS, lambda so_far, n: so_far + n, 10) == 16
    assert library.reduce([], lambda so_far, n: so_far, "start") == "start"
    assert library.find(NUMBERS, lambda n: n < 3) == 1
    assert library.find(NUMBERS, lambda n: n > 3) is None
    assert library.some(NUMBERS, even)
    assert not library.some([1], even)
    assert library.every([2, 4], even)
    assert not library.every(NUMBERS, even)
    assert library.every([], even)
    assert library.count(NUMBERS) == 3
    assert library.count(NUMBERS, even) == 1


def test_the_accumulator_may_be_wider_than_the_start() -> None:
    halves = library.reduce_number(NUMBERS, lambda so_far, n: so_far + n / 2, 0)
    assert halves == 3.0
    largest = library.reduce_or_null(
        NUMBERS, lambda so_far, n: n if so_far is None or n > so_far else so_far, None
    )
    assert largest == 3
    whole = library.reduce(NUMBERS, lambda so_far, n: so_far + n, 0)
    assert whole == 6


def test_ends() -> None:
    assert (library.first(NUMBERS), library.last(NUMBERS)) == (3, 2)
    assert (library.first([]), library.last([])) == (None, None)


def test_order() -> None:
    assert library.sort(NUMBERS) == [1, 2, 3]
    assert library.sort(["b", "B", "a"]) == ["B", "a", "b"]
    assert library.sort_by(["bb", "a", "cc"], len) == ["a", "bb", "cc"]
    assert library.reverse(NUMBERS) == [2, 1, 3]
    assert NUMBERS == [3, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers())))
def test_sorting_is_stable(pairs: list[tuple[int, int]]) -> None:
    assert library.sort_by(pairs, lambda pair: pair[0]) == sorted(pairs, key=lambda pair: pair[0])


def test_extremes() -> None:
    assert (library.min_(NUMBERS), library.max_(NUMBERS)) == (1, 3)
    assert (library.min_([0.5, 2]), library.max_([D(1), D(3)])) == (0.5, D(3))
    empty: list[int] = []
    assert (library.min_(empty), library.max_(empty)) == (None, None)


@pytest.mark.parametrize("order", [library.sort, library.min_, library.max_])
def test_values_without_an_order_fail(order: Callable[[list[Any]], object]) -> None:
    with pytest.raises(StepFailure, match="no order"):
        order(MIXED)
    with pytest.raises(StepFailure, match="no order"):
        library.sort_by(MIXED, lambda value: value)


def test_a_mistake_in_a_lambda_is_no_missing_order() -> None:
    def wrong(_: int) -> int:
        raise TypeError("wrong")

    with pytest.raises(TypeError, match="wrong"):
        library.sort_by(NUMBERS, wrong)


def test_sums() -> None:
    assert library.sum_([1, 2, 3]) == 6
    assert library.sum_([0.5, 0.5]) == 1
    assert library.sum_([D("0.1"), D("0.2")]) == D("0.3")
    assert library.sum_([1, 0.5]) == 1.5
    empty: list[int] = []
    assert library.sum_(empty) == 0
    with pytest.raises(StepFailure, match="outside"):
        library.sum_([2**53 - 1, 1])
    with pytest.raises(StepFailure, match="finite"):
        library.sum_([1.7e308, 1.7e308])


def test_joined_items() -> None:
    assert library.join([1, None, "x", 2.0]) == "1,,x,2"
    assert library.join(["a", "b"], " ") == "a b"
    assert library.join([]) == ""


def test_sameness() -> None:
    assert library.list_includes([1, [2]], [2.0])
    assert not library.list_includes([1], True)
    mixed: list[object] = [1, 1.0, True, "1", [1], [1.0], {"a": 1}, {"a": D(1)}, None, None]
    assert library.unique(mixed) == [1, True, "1", [1], {"a": 1}, None]


@given(st.lists(st.integers(0, 5) | st.booleans() | st.lists(st.integers(0, 1), max_size=1)))
def test_unique_keeps_the_first_of_each(items: list[Any]) -> None:
    kept = library.unique(items)
    assert all(library.list_includes(kept, item) for item in items)
    assert library.unique(kept) == kept


def test_shapes() -> None:
    assert library.flat([[1], [], [2, 3]]) == [1, 2, 3]
    assert library.group_by(NUMBERS, lambda n: "even" if even(n) else "odd") == {
        "odd": [3, 1],
        "even": [2],
    }
    made = library.to_map(NUMBERS, lambda n: "even" if even(n) else "odd", lambda n: n * 10)
    assert made == {"odd": 10, "even": 20}
    assert list(made) == ["odd", "even"]
    assert library.to_map([], str, str) == {}


CALLS: list[Callable[[list[int]], object]] = [
    lambda items: library.map_(items, even),
    lambda items: library.filter_(items, even),
    lambda items: library.reduce(items, lambda so_far, n: n, 0),
    lambda items: library.find(items, even),
    lambda items: library.some(items, even),
    lambda items: library.every(items, even),
    lambda items: library.count(items, even),
    lambda items: library.sort_by(items, even),
    lambda items: library.group_by(items, str),
    lambda items: library.to_map(items, str, str),
    lambda items: library.unique(items),
    lambda items: library.list_includes(items, 1),
    lambda items: library.sort(items),
]


@pytest.mark.parametrize("call", CALLS)
def test_items_cost_fuel(call: Callable[[list[int]], object]) -> None:
    fuel.refill()
    fuel.spend(fuel.TANK - 2)
    with pytest.raises(StepFailure, match="too long"):
        call([1, 2, 3])
