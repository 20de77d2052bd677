"""Functions of lists. None changes the list that it is given.

They take a `Sequence`, which type checkers let hold items of a narrower type.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar, cast

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.fuel import check_list, check_text, spend, spend_on, weigh_list
from kanvas_runtime.ops import contains, decimal_add, identity, integer, number, text


class Ordered(Protocol):
    """What `<` is defined for: numbers, text, dates and times."""

    def __lt__(self, other: Any, /) -> bool: ...


T = TypeVar("T")
U = TypeVar("U")
N = TypeVar("N", int, float, Decimal)
O = TypeVar("O", bound=Ordered)  # noqa: E741  ordered, as in the language's own table


def map_(items: Sequence[T], each: Callable[[T], U]) -> list[U]:
    return [each(item) for item in spend_on(items)]


def filter_(items: Sequence[T], test: Callable[[T], bool]) -> list[T]:
    return [item for item in spend_on(items) if test(item)]


def reduce(items: Sequence[T], step: Callable[[U, T], U], start: U) -> U:
    """`step` of what was so far and each item, beginning with `start`."""
    so_far = start
    for item in spend_on(items):
        so_far = step(so_far, item)
    return so_far


def reduce_number(
    items: Sequence[T], step: Callable[[int | float, T], int | float], start: int | float
) -> int | float:
    """`reduce` where an integer may become a number on the way."""
    return reduce(items, step, start)


def reduce_or_null(
    items: Sequence[T], step: Callable[[U | None, T], U | None], start: U | None
) -> U | None:
    """`reduce` where what was so far may be null."""
    return reduce(items, step, start)


def find(items: Sequence[T], test: Callable[[T], bool]) -> T | None:
    """The first item that passes, or null."""
    return next((item for item in spend_on(items) if test(item)), None)


def some(items: Sequence[T], test: Callable[[T], bool]) -> bool:
    return any(test(item) for item in spend_on(items))


def every(items: Sequence[T], test: Callable[[T], bool]) -> bool:
    """Whether all items pass; of an empty list all do."""
    return all(test(item) for item in spend_on(items))


def count(items: Sequence[T], test: Callable[[T], bool] | None = None) -> int:
    """How many items there are, or pass."""
    return len(items) if test is None else len(filter_(items, test))


def list_includes(items: Sequence[T], item: object) -> bool:
    return contains(item, items)


def first(items: Sequence[T]) -> T | None:
    return items[0] if items else None


def last(items: Sequence[T]) -> T | None:
    return items[-1] if items else None


def sort(items: Sequence[O]) -> list[O]:
    """In ascending order of their values; equal items keep their order."""
    spend(len(items))
    return _in_order(sorted, items)


def sort_by(items: Sequence[T], by: Callable[[T], Ordered]) -> list[T]:
    """In ascending order of `by`; equal items keep their order."""
    keys = map_(items, by)
    places = _in_order(sorted, range(len(items)), key=keys.__getitem__)
    return [items[place] for place in places]


def min_(items: Sequence[O]) -> O | None:
    """The smallest item, or null."""
    weigh_list(len(items))
    return _in_order(min, items) if items else None


def max_(items: Sequence[O]) -> O | None:
    """The largest item, or null."""
    weigh_list(len(items))
    return _in_order(max, items) if items else None


def _in_order(ordering: Callable[..., U], items: Iterable[object], **options: Any) -> U:
    """Values of `any` may have no order among each other."""
    try:
        return ordering(items, **options)
    except TypeError:
        raise StepFailure("runtime", "these values have no order") from None


def reverse(items: Sequence[T]) -> list[T]:
    weigh_list(len(items))
    return list(reversed(items))


def list_slice(items: Sequence[T], start: int, end: int | None = None) -> list[T]:
    """From `start` up to `end`, without it. Negative positions count from the end."""
    found = list(items[start:end])
    weigh_list(len(found))
    return found


def join(items: Sequence[T], separator: str = ",") -> str:
    """The items as text with a separator between; null is empty text."""
    weigh_list(len(items))
    parts = [text(item) for item in items]
    check_text(sum(map(len, parts)) + len(separator) * max(len(parts) - 1, 0))
    return separator.join(parts)


def sum_(items: Sequence[N]) -> N:
    """All items added, from the left; the integer 0 for an empty list."""
    weigh_list(len(items))
    total: Any = functools.reduce(_add, items, 0)
    return cast(N, total)


def decimal_sum(items: Sequence[Decimal]) -> Decimal:
    """The same of decimals, where the sum of none is one too."""
    weigh_list(len(items))
    return functools.reduce(decimal_add, items, Decimal(0))


def _add(a: Any, b: Any) -> Any:
    if isinstance(a, Decimal) or isinstance(b, Decimal):
        return decimal_add(Decimal(a), Decimal(b))
    both = isinstance(a, int) and isinstance(b, int)
    return integer(a + b) if both else number(a + b)


def unique(items: Sequence[T]) -> list[T]:
    """Each item once, where it came first; equal as `==` says."""
    spend(len(items))
    seen: dict[object, T] = {}
    for item in items:
        seen.setdefault(identity(item), item)
    return list(seen.values())


def flat(items: Sequence[Sequence[T]]) -> list[T]:
    """The items of the lists in it, one level down."""
    check_list(sum(map(len, items)))
    return [item for inner in items for item in inner]


def to_map(items: Sequence[T], key: Callable[[T], str], value: Callable[[T], U]) -> dict[str, U]:
    """A map from each `key` to its `value`: of two with one key, the later one's, in the place of
    the first."""
    made = {text(one): item for one, item in zip(map_(items, key), items, strict=True)}
    return dict(zip(made, map_([*made.values()], value), strict=True))


def group_by(items: Sequence[T], by: Callable[[T], str]) -> dict[str, list[T]]:
    """A map from each `by` to its items, in the order in which they came."""
    groups: dict[str, list[T]] = {}
    for item, group in zip(items, map_(items, by), strict=True):
        groups.setdefault(text(group), []).append(item)
    return groups
