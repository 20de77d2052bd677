"""How values are shown, by their type and, where that says nothing, by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.codec import type_info
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.pages.shape import Field, Shape, record_shape
from kanvas_runtime.pages.view import number_text, polyline, short_text, tiles, view

from tests.pages.machines import FORM_OF, Forms, Report

ANY = Shape("any")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (42, "42"),
        (-1234567, "-1,234,567"),
        (1234.5, "1,234.5"),
        (0.1, "0.1"),
        (1e21, "1e+21"),
        ("1284310.50", "1,284,310.50"),
        ("-0.000", "-0.000"),
        ("12345678901234567890.12345678901234", "12,345,678,901,234,567,890.12345678901234"),
    ],
)
def test_numbers_are_grouped_and_keep_their_digits(value: object, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (46.666666666666664, "46.6667"),
        (1234567.123456789, "1,234,570"),
        (0.1 + 0.2, "0.3"),
        (99.99999999, "100"),
        (1234.5678, "1,234.5678"),
        (1e21, "1e+21"),
        ("46.66666666666666666", "46.66666666666666666"),
    ],
)
def test_a_large_number_has_no_more_digits_than_one_reads(value: object, text: str) -> None:
    assert short_text(value) == text


@pytest.mark.parametrize(
    ("value", "look"),
    [
        (None, "none"),
        (True, "badge"),
        (1.5, "number"),
        ("short", "text"),
        ("long " * 20, "prose"),
        ("two\nlines", "prose"),
        ([], "none"),
        ({}, "none"),
        ([1, 2, 3], "chart"),
        ([1, None], "list"),
        ([True, False], "list"),
        (["a", 1], "list"),
        ([{"a": 1}, {"b": 2}], "table"),
        ([{"a": 1}, 2], "list"),
        ({"a": 1}, "pairs"),
    ],
)
def test_a_value_without_a_type_shows_what_it_is(value: object, look: str) -> None:
    assert view(ANY, value).look == look


def test_a_report_shows_each_field_by_its_type() -> None:
    looks = [entry.shape.kind for entry in record_shape(Report).fields]
    assert looks[-1] == "secret"
    value = {"load": 1, "revenue": "2.50", "healthy": False, "checked": "2026-05-07T12:00:00Z"}
    shown = {entry.label: entry for entry in tiles(record_shape(Report), value)}
    assert shown["Load average"].look == "metric"
    assert shown["Revenue"].text == "2.50"
    assert (shown["Healthy"].look, shown["Healthy"].on) == ("badge", False)
    assert shown["Checked"].text == "2026-05-07 12:00:00 UTC"
    assert shown["Missing"].look == "none"
    assert shown["Token"].text == "Hidden"


def test_the_program_chooses_another_form() -> None:
    value = {
        "course": [1, 2, 4],
        "level": 5,
        "count": 12345,
        "healthy": True,
        "region": "eu",
        "readings": [{"sensor": "north", "value": 1}, {"sensor": "south", "value": 2}],
        "labels": {"team": "platform"},
        "site": {"street": "Harbour Road"},
        "notes": ["one", "two"],
        "sizes": {"small": 1000},
        "anything": {"a": 1},
    }
    shown = dict(zip(value, tiles(record_shape(Forms, FORM_OF), value), strict=False))
    course, sizes = shown["course"], shown["sizes"]
    assert (course.look, course.items[0].text) == ("metric", "4")
    assert course.points == "0.0,32.0 100.0,21.3 200.0,0.0"
    assert (shown["level"].look, shown["level"].last) == ("chart", "5")
    assert (shown["count"].look, shown["count"].text) == ("text", "12,345")
    assert (shown["healthy"].look, shown["healthy"].items[0].look) == ("metric", "badge")
    assert (shown["region"].look, shown["region"].items[0].text) == ("metric", "eu")
    assert [card.look for card in shown["readings"].items] == ["pairs", "pairs"]
    assert [card.look for card in shown["labels"].items] == ["pairs"]
    assert [cell.text for cell in shown["site"].rows[0]] == ["Street", "Harbour Road"]
    assert [row[0].text for row in shown["notes"].rows] == ["one", "two"]
    assert [cell.text for cell in sizes.rows[0]] == ["small", "1,000"]
    assert [column.on for column in sizes.columns] == [False, True]
    assert (shown["anything"].look, shown["anything"].title) == ("json", '{\n  "a": 1\n}')
    assert tiles(record_shape(Forms, FORM_OF), value)[-1].look == "none"


def test_a_form_that_the_value_does_not_have_is_left_out() -> None:
    shape = Shape("object", fields=(Field("x", Shape("any", form="chart"), "X"),))
    assert [tiles(shape, {"x": x})[0].look for x in ([], "a", [1, 2])] == ["none", "text", "chart"]
    shape = Shape("object", fields=(Field("x", Shape("any", form="cards"), "X"),))
    assert [tiles(shape, {"x": x})[0].look for x in ([1], [{"a": 1}])] == ["chart", "cards"]


def test_a_list_of_maps_is_a_table_of_all_their_keys() -> None:
    maps = Shape("list", item=Shape("map", item=ANY))
    table = view(maps, [{"a": 1, "b": "x"}, {"a": 2, "c": None}])
    assert [column.text for column in table.columns] == ["a", "b", "c"]
    assert [column.on for column in table.columns] == [True, False, False]
    assert [[cell.text for cell in row] for row in table.rows] == [["1", "x", "—"], ["2", "—", "—"]]


def test_what_is_too_deep_is_shown_as_json() -> None:
    value: object = "core"
    for _ in range(64):
        value = [value]
    shown, depth = view(ANY, value), 0
    while shown.look == "list":
        shown, depth = shown.items[0], depth + 1
    assert (shown.look, depth) == ("json", 6)
    assert "core" in shown.title


class Tree(Record, frozen=True):
    name: Text
    children: list[Tree]


def test_a_type_that_holds_itself_has_an_end() -> None:
    children = record_shape(Tree).fields[1].shape
    assert children.item is not None
    assert children.item.kind == "any"


def test_a_chart_spans_its_place() -> None:
    assert polyline([1, 3, 2], 1, 3) == "0.0,160.0 300.0,0.0 600.0,80.0"
    assert polyline([5], 5, 5) == "0.0,80.0"


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_a_chart_of_any_numbers_stays_in_its_place(numbers: list[float]) -> None:
    for point in polyline(numbers, min(numbers), max(numbers)).split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 600
        assert 0 <= y <= 160


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_JSON)
def test_any_json_can_be_shown(value: object) -> None:
    assert view(ANY, value).text or value == ""


@given(st.text(min_size=1))
def test_the_shape_for_the_script_names_what_it_holds(name: str) -> None:
    shape = Shape("object", fields=(Field(name, Shape("text", type=type_info(str)), "L"),))
    assert shape.json() == {
        "kind": "object",
        "fields": [{"name": name, "label": "L", "kind": "text"}],
    }
