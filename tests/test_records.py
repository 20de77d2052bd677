"""`kanvasc.records` against the standard library's dataclasses, whose meaning it has."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from kanvasc import records

MEANINGS: list[Any] = [dataclasses, records]


def kinds(by: Any, **options: bool) -> tuple[Any, Any]:
    """A kind and one that is made of it, by either decorator."""

    @by.dataclass(**options)
    class Base:
        a: int
        b: str = by.field(default="b", compare=False)
        c: list[int] = by.field(default_factory=list, repr=False)

        def twice(self) -> int:
            return 2 * self.a

    @by.dataclass(**options)
    class Derived(Base):
        a: int = 7
        d: tuple[int, ...] = ()

    return Base, Derived


OPTIONS = [
    {"frozen": frozen, "slots": slots, "eq": eq}
    for frozen in (False, True)
    for slots in (False, True)
    for eq in (False, True)
]


def outcome(ask: Callable[[], Any]) -> Any:
    """What comes of it. A name that a frozen kind does not have is a TypeError to some versions
    of the library and an AttributeError to others."""
    try:
        return ask()
    except (TypeError, AttributeError):
        return "refused"


def observed(by: Any, options: dict[str, bool]) -> list[Any]:
    base, derived = kinds(by, **options)
    one, same, other = base(1), base(1, "x"), base(2, c=[3])
    asked: list[Callable[[], Any]] = [
        lambda: repr(one).replace(f"{kinds.__name__}.<locals>.", ""),
        lambda: repr(derived(d=(1,))).replace(f"{kinds.__name__}.<locals>.", ""),
        lambda: (one == same, one == other, one == one, one != same, one == 1),
        lambda: base(7) == derived(),
        lambda: derived() == derived(7, "other"),
        lambda: one.c is same.c,
        lambda: (other.c, other.twice(), derived(5).twice()),
        lambda: base(),
        lambda: base(1, 2, 3, 4),
        lambda: base(1, unknown=2),
        lambda: base(b="x", a=3).b,
        lambda: setattr(base(1), "a", 2),
        lambda: setattr(base(1), "unknown", 2),
        lambda: delattr(base(1), "a"),
        lambda: by.replace(other, a=9).c is other.c and by.replace(other, a=9).a,
        lambda: by.replace(derived(), d=(4,)).d,
        lambda: by.replace(one, unknown=1),
        lambda: [part.name for part in by.fields(derived)],
        lambda: [(part.name, part.compare) for part in by.fields(derived())],
        lambda: by.fields(3),
        lambda: (by.is_dataclass(one), by.is_dataclass(base), by.is_dataclass(3)),
        lambda: (base.__match_args__, derived.__match_args__),
        lambda: hasattr(one, "__dict__"),
        lambda: (base.__hash__ is None, base.__hash__ is object.__hash__),
        lambda: hash(derived(1, "x", (), (2,))) == hash(derived(1, "y", (), (2,))),
        lambda: (base.__name__, derived.__mro__[1] is base, base.__module__),
        lambda: getattr(base, "b", None) if not options["slots"] else None,
    ]
    return [outcome(ask) for ask in asked]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_record_behaves_like_a_dataclass(options: dict[str, bool]) -> None:
    expected, found = (observed(by, options) for by in MEANINGS)
    assert found == expected


@pytest.mark.parametrize("by", MEANINGS, ids=["dataclasses", "records"])
def test_what_a_kind_says_of_itself_counts(by: Any) -> None:
    @by.dataclass(frozen=True, slots=True)
    class Own:
        a: int

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 5

    assert (repr(Own(1)), Own(1) == Own(2), hash(Own(1))) == ("own", True, 5)


@pytest.mark.parametrize("by", MEANINGS, ids=["dataclasses", "records"])
def test_a_plain_kind_of_a_record_keeps_its_start(by: Any) -> None:
    base, _ = kinds(by, slots=True)
    plain = type("Plain", (base,), {})
    assert (plain(4).a, base(4).a, plain(4) == base(4)) == (4, 4, False)


def test_a_method_is_compiled_once() -> None:
    base, _ = kinds(records, frozen=True)
    before = base.__init__
    base(1)
    compiled = base.__init__
    base(2)
    assert compiled is not before
    assert base.__init__ is compiled
