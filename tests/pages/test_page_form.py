"""Controls by type, and the way back from a form's texts to a value."""

from __future__ import annotations

from typing import Annotated

import pytest
from kanvas_runtime.codec import Codec
from kanvas_runtime.contract import Record, Secret, Text
from kanvas_runtime.errors import Refusal
from kanvas_runtime.pages.form import Broken, Control, controls, prefilled, value_of
from kanvas_runtime.pages.shape import record_shape

from tests.pages.machines import EveryInput, Heard

SHAPE = record_shape(EveryInput)
NEEDED = {"name": "Ada", "tone": "warm", "urgent": "true"}


def control(
    name: str, filled: dict[str, str] | None = None, error: Refusal | None = None
) -> Control:
    return next(each for each in controls(SHAPE, filled, error) if each.name == name)


@pytest.mark.parametrize(
    ("name", "widget", "type_"),
    [
        ("name", "input", "text"),
        ("note", "textarea", ""),
        ("tone", "select", ""),
        ("size", "select", ""),
        ("count", "input", "number"),
        ("ratio", "input", "number"),
        ("price", "input", "number"),
        ("urgent", "checkbox", ""),
        ("agreed", "select", ""),
        ("day", "input", "date"),
        ("at", "input", "datetime-local"),
        ("tags", "json", ""),
        ("options", "json", ""),
        ("address", "json", ""),
        ("anything", "json", ""),
        ("password", "input", "password"),
    ],
)
def test_the_type_decides_the_control(name: str, widget: str, type_: str) -> None:
    found = control(name)
    assert (found.widget, found.type) == (widget, type_)


def test_labels_limits_and_marks_come_from_the_contract() -> None:
    name, count, ratio = control("name"), control("count"), control("ratio")
    assert (name.label, name.required, name.hint) == ("Full name", True, "2 to 40 characters")
    assert dict(count.attributes) == {"min": "1", "max": "10", "step": "1"}
    assert (count.value, count.required) == ("3", False)
    assert dict(ratio.attributes) == {"min": "0", "max": "1", "step": "any"}
    # Browsers count UTF-16 units: five emoji would not fit into maxlength=5.
    assert "maxlength" not in name.attributes


def test_a_choice_can_be_left_open_unless_there_is_a_default() -> None:
    assert control("tone").options[0] == ("", "Choose…")
    assert control("size").options == (("s", "s"), ("m", "m"))
    assert control("size").value == "m"


def test_a_checkbox_is_never_required_and_has_its_default() -> None:
    assert (control("urgent").checked, control("urgent").required) == (True, False)
    assert not control("urgent", {}).checked


@pytest.mark.parametrize("path", ["address", "address.street", "address[0]"])
def test_an_error_goes_to_the_field_that_its_path_begins_with(path: str) -> None:
    refusal = Refusal("invalid_input", "wrong", field=path)
    assert control("address", {}, refusal).error == "wrong"
    assert control("name", {}, refusal).error is None
    assert "error-address" in control("address", {}, refusal).described_by


class Login(Record, frozen=True):
    user: Text
    key: Annotated[Text, Secret()]


class Account(Record, frozen=True):
    login: Login = Login(user="ada", key="hush-hush")
    others: list[Login] | None = None


@pytest.mark.parametrize("filled", [None, {"login": '{"key": "hush-hush"}', "others": "hush-hush"}])
def test_what_holds_a_secret_is_not_sent_back(filled: dict[str, str] | None) -> None:
    values = [each.value for each in controls(record_shape(Account), filled, None)]
    assert values == ['{"user":"ada"}' if filled is None else "", ""]


def test_a_query_fills_what_it_names() -> None:
    assert prefilled(SHAPE, {"foreign": "1"}) is None
    filled = prefilled(SHAPE, {"name": "Ada"})
    assert filled is not None
    assert (filled["name"], filled["count"], filled["urgent"]) == ("Ada", "3", "true")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("name", "a\r\nb", "a\nb"),
        ("count", " 7 ", 7),
        ("count", "7.0", 7),
        ("count", "7.5", "7.5"),
        ("count", "9" * 5000, "9" * 5000),
        ("count", "٣", "٣"),
        ("ratio", "0.5", 0.5),
        ("ratio", "1e2", 100.0),
        ("ratio", "5", 5),
        ("ratio", "nan", "nan"),
        ("price", "12.340", "12.340"),
        ("agreed", "false", False),
        ("agreed", "maybe", "maybe"),
        ("day", "2026-05-07", "2026-05-07"),
        ("at", "2026-05-07T12:00", "2026-05-07T12:00:00Z"),
        ("at", "2026-05-07T12:00:30", "2026-05-07T12:00:30Z"),
        ("at", "2026-05-07T12:00:30+02:00", "2026-05-07T12:00:30+02:00"),
        ("tags", '["a"]', ["a"]),
        ("anything", "null", None),
        ("foreign", "x", "x"),
    ],
)
def test_texts_become_values(name: str, text: str, value: object) -> None:
    assert value_of(SHAPE, {name: text})[name] == value


def test_an_empty_control_is_an_absent_field() -> None:
    assert value_of(SHAPE, dict.fromkeys(("name", "count", "tags", "at"), "")) == {"urgent": False}


def test_what_is_no_json_names_its_field() -> None:
    with pytest.raises(Broken) as caught:
        value_of(SHAPE, {"options": "{"})
    assert (caught.value.refusal.field, caught.value.text) == ("options", "{")


def test_the_codec_takes_what_a_form_gives() -> None:
    given = {**NEEDED, "count": "7", "at": "2026-05-07T12:00", "price": "1.10", "tags": "[]"}
    read = Codec(EveryInput, Heard).convert(value_of(SHAPE, given))
    assert (read.count, str(read.price), read.tags, read.urgent) == (7, "1.10", [], True)
    assert read.at is not None
    assert read.at.isoformat() == "2026-05-07T12:00:00+00:00"


class Line(Record, frozen=True):
    sku: str
    amount: int


class Order(Record, frozen=True):
    lines: list[Line]


def test_a_list_of_records_says_what_is_in_them() -> None:
    (lines,) = controls(record_shape(Order), None, None)
    assert lines.hint == "Written as JSON, a list of objects with sku, amount"
