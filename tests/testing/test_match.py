"""The matcher: what matches, and where something does not."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from kanvas_runtime.codec import TypeInfo, type_info
from kanvas_runtime.contract import Date, DateTime, Decimal, Integer, Json, Number, Record, Uuid
from kanvas_runtime.testing.match import ABSENT, Difference, differences

SCALARS = (
    st.none() | st.booleans() | st.integers(-100, 100) | st.floats(-100, 100) | st.text(max_size=5)
)
NAMES = st.text(max_size=4)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=5)
Step = str | int


def found(expected: object, got: object, info: TypeInfo | None = None) -> list[Difference]:
    return list(differences(expected, got, info))


def leaves(value: Any, at: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    """Where the values without parts are, the empty lists and objects left out."""
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in leaves(each, (*at, name))]
    if isinstance(value, list):
        return [leaf for index, each in enumerate(value) for leaf in leaves(each, (*at, index))]
    return [at]


def lists(value: Any, at: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    parts: list[tuple[Step, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    own = [at] if isinstance(value, list) else []
    return own + [each for step, part in parts for each in lists(part, (*at, step))]


def spelt(steps: tuple[Step, ...]) -> str:
    """The path as a person reads it, spelt a second time and otherwise than in the matcher."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text = f"{text}[{step}]"
        elif step.isidentifier() and step.isascii():
            text = f"{text}.{step}" if text else step
        else:
            text = f"{text}[{step!r}]"
    return text


def lookup(value: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        value = value[step]
    return value


def replaced(value: Any, steps: tuple[Step, ...], new: Any) -> Any:
    """A copy with another value in one place."""
    if not steps:
        return new
    changed = copy.deepcopy(value)
    lookup(changed, steps[:-1])[steps[-1]] = new
    return changed


def thinned(value: Any, draw: st.DataObject) -> Any:
    """The value with some members of its objects left out, at any depth."""
    if isinstance(value, dict):
        kept = [name for name in value if draw.draw(st.booleans())]
        return {name: thinned(value[name], draw) for name in kept}
    if isinstance(value, list):
        return [thinned(each, draw) for each in value]
    return value


@given(OBJECTS)
def test_everything_matches_itself(value: dict[str, Any]) -> None:
    assert found(value, copy.deepcopy(value)) == []


@given(OBJECTS, st.data())
def test_an_expectation_may_leave_fields_out(value: dict[str, Any], draw: st.DataObject) -> None:
    assert found(thinned(value, draw), value) == []


@given(OBJECTS, st.data())
def test_a_single_change_is_found_where_it_is(value: dict[str, Any], draw: st.DataObject) -> None:
    places = leaves(value)
    assume(places)
    where = draw.draw(st.sampled_from(places))
    old = lookup(value, where)
    new = draw.draw(SCALARS)
    assume(old != new or isinstance(old, bool) is not isinstance(new, bool))
    got = replaced(value, where, new)
    assert found(value, got) == [Difference(spelt(where), old, new)]


@given(OBJECTS, st.data())
def test_a_member_that_is_gone_is_missed(value: dict[str, Any], draw: st.DataObject) -> None:
    places = [place for place in leaves(value) if isinstance(place[-1], str)]
    assume(places)
    where = draw.draw(st.sampled_from(places))
    got = copy.deepcopy(value)
    del lookup(got, where[:-1])[where[-1]]
    assert found(value, got) == [Difference(spelt(where), lookup(value, where), ABSENT)]


@given(OBJECTS, st.data())
def test_one_item_more_is_found_at_the_list(value: dict[str, Any], draw: st.DataObject) -> None:
    places = lists(value)
    assume(places)
    where = draw.draw(st.sampled_from(places))
    old = lookup(value, where)
    more = [*old, draw.draw(SCALARS)]
    assert found(value, replaced(value, where, more)) == [Difference(spelt(where), old, more)]


@given(OBJECTS, st.data())
def test_a_part_with_parts_is_no_scalar(value: dict[str, Any], draw: st.DataObject) -> None:
    places = leaves(value)
    assume(places)
    where = draw.draw(st.sampled_from(places))
    parts: Any = draw.draw(st.sampled_from(({}, [])))
    old = lookup(value, where)
    assert found(value, replaced(value, where, parts)) == [Difference(spelt(where), old, parts)]


class Place(Record):
    since: Date
    price: Decimal | None = None


class Answer(Record):
    total: Decimal
    at: DateTime
    id: Uuid
    share: Number
    count: Integer
    places: list[Place]
    prices: dict[str, Decimal]
    anything: Json


ANSWER = type_info(Answer)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ({"total": "1.5"}, {"total": "1.50"}),
        ({"total": "100"}, {"total": "1E+2"}),
        ({"total": 1.5}, {"total": "1.5"}),
        ({"at": "2026-01-01T01:00:00+01:00"}, {"at": "2026-01-01T00:00:00Z"}),
        (
            {"id": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"},
            {"id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
        ),
        ({"share": 1}, {"share": 1.0}),
        ({"places": [{"price": "2"}]}, {"places": [{"since": "2026-01-01", "price": "2.00"}]}),
        ({"prices": {"a": "2"}}, {"prices": {"a": "2.0", "b": "3"}}),
        ({"places": [{"price": None}]}, {"places": [{"price": None}]}),
        ({"anything": {"a": 1}}, {"anything": {"a": 1.0, "b": 2}}),
    ],
)
def test_values_are_compared_as_what_they_are(expected: object, got: object) -> None:
    assert found(expected, got, ANSWER) == []


@pytest.mark.parametrize(
    ("expected", "got", "path"),
    [
        ({"total": "1.5"}, {"total": "1.51"}, "total"),
        ({"total": "1.5"}, {"total": None}, "total"),
        ({"count": 1}, {"count": True}, "count"),
        ({"share": 0.3}, {"share": 0.1 + 0.2}, "share"),
        ({"at": "2026-01-01T01:00:00+01:00"}, {"at": "2026-01-01T01:00:00Z"}, "at"),
        ({"places": [{"price": "2"}]}, {"places": [{"price": "3"}]}, "places[0].price"),
        ({"places": [{"price": None}]}, {"places": [{"price": "0"}]}, "places[0].price"),
        ({"prices": {"a b": "2"}}, {"prices": {"a b": "3"}}, "prices['a b']"),
        ({"anything": "1.5"}, {"anything": "1.50"}, "anything"),
        ({"anything": 1}, {"anything": True}, "anything"),
        ({"anything": False}, {"anything": 0}, "anything"),
    ],
)
def test_what_differs_is_found_at_its_path(expected: object, got: object, path: str) -> None:
    assert [each.path for each in found(expected, got, ANSWER)] == [path]


@given(st.decimals(-1000, 1000, places=3), st.integers(0, 5))
def test_zeros_behind_a_decimal_say_nothing(value: Any, zeros: int) -> None:
    assert found({"total": str(value)}, {"total": f"{value}{'0' * zeros}"}, ANSWER) == []


@given(st.datetimes(timezones=st.just(datetime.UTC)), st.integers(-12, 12))
def test_a_moment_is_the_same_in_every_zone(moment: datetime.datetime, hours: int) -> None:
    assume(datetime.datetime.min.year + 1 < moment.year < datetime.datetime.max.year)
    there = moment.astimezone(datetime.timezone(datetime.timedelta(hours=hours)))
    assert found({"at": there.isoformat()}, {"at": moment.isoformat()}, ANSWER) == []
