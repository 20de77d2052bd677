"""The converter: every type, every modifier, and the sentences that go back."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal as D
from typing import Annotated, Any, Literal

import pytest
from kanvas_runtime.codec import convert
from kanvas_runtime.contract import (
    Boolean,
    Bounds,
    Choices,
    Date,
    DateTime,
    Decimal,
    Format,
    Integer,
    Json,
    Number,
    Pattern,
    Record,
    Secret,
    Subset,
    Text,
    Uuid,
)
from kanvas_runtime.errors import Refusal
from msgspec import Meta, field

LARGEST = 2**53 - 1
A_UUID = "123e4567-e89b-12d3-a456-426614174000"


class Address(Record):
    zip: Text
    city: Text | None = None


class Item(Record):
    price: Annotated[Decimal, Bounds(ge=0)]


class Order(Record):
    customer: Text
    address: Address | None = None
    items: list[Item] = field(default_factory=list)
    prices: dict[str, Number] = field(default_factory=dict)
    from_: Text | None = field(default=None, name="from")


class Tree(Record):
    value: Integer
    children: list[Tree] = field(default_factory=list)


class Login(Record):
    password: Annotated[Text, Meta(min_length=8), Secret()]
    keys: Annotated[dict[str, Integer], Secret()] = field(default_factory=dict)
    address: Annotated[Address, Secret()] | None = None


def refused(value: object, type_: Any) -> Refusal:
    with pytest.raises(Refusal) as raised:
        convert(value, type_)
    return raised.value


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        (Text, "a", "a"),
        (Integer, 42, 42),
        (Integer, 1.0, 1),
        (Integer, D("1E+3"), 1000),
        (Integer, -LARGEST, -LARGEST),
        (Number, 42, 42),
        (Number, 42.5, 42.5),
        (Number, D("0.5"), 0.5),
        (Number, 2**60, float(2**60)),
        (Decimal, 12, D(12)),
        (Decimal, 0.1, D("0.1")),
        (Decimal, D("1.50"), D("1.50")),
        (Decimal, "-12.50", D("-12.50")),
        (Decimal, "1E+34", D("1E+34")),
        (Decimal, "9" * 34, D("9" * 34)),
        (Decimal, "1E-34", D("1E-34")),
        (Boolean, False, False),
        (Uuid, A_UUID, uuid.UUID(A_UUID)),
        (Uuid, A_UUID.upper(), uuid.UUID(A_UUID)),
        (Date, "2026-02-28", datetime.date(2026, 2, 28)),
        (DateTime, "2026-01-01T12:00:00Z", datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)),
        (
            DateTime,
            "2026-01-01T12:00:00.5+02:00",
            datetime.datetime(2026, 1, 1, 10, 0, 0, 500_000, tzinfo=datetime.UTC),
        ),
        (list, [1, "a"], [1, "a"]),
        (list[Integer], [1.0, 2], [1, 2]),
        (dict, {"a": None}, {"a": None}),
        (dict[str, Text], {"a": "b"}, {"a": "b"}),
        (Literal["a", "b"], "b", "b"),
        (Json, {"a": [1, 2.5, None, True, D("1.5")]}, {"a": [1, 2.5, None, True, 1.5]}),
        (Json, 2**60, 2**60),
        (Text | None, None, None),
        (Annotated[Text, Meta(max_length=2)], "😀😀", "😀😀"),
        (Annotated[Integer, Meta(ge=1)], 1, 1),
        (Annotated[Number, Bounds(ge=0, le=1)], 0.5, 0.5),
        (Annotated[Text, Pattern("a+")], "aaa", "aaa"),
        (Annotated[Text, Choices(("x", "y"))], "x", "x"),
        (Annotated[list[Text], Subset(("x", "y"))], ["y", "y"], ["y", "y"]),
        (Annotated[Text, Format("email")], "a.b+c@example.org", "a.b+c@example.org"),
        (Annotated[Text, Format("url")], "https://example.org:8080/a?b#c", None),
        (Annotated[Text, Format("uuid")], A_UUID, A_UUID),
        (Annotated[Text, Format("ipv4")], "127.0.0.1", "127.0.0.1"),
        (Annotated[Text, Format("ipv6")], "::1", "::1"),
        (Annotated[Text, Format("date-time")], "2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z"),
        (Address, {"zip": "1"}, Address(zip="1", city=None)),
        (Order, {"customer": "x", "from": "y"}, Order(customer="x", from_="y")),
        (
            Tree,
            {"value": 1, "children": [{"value": 2}]},
            Tree(value=1, children=[Tree(value=2)]),
        ),
    ],
)
def test_what_fits(type_: Any, value: object, expected: object) -> None:
    converted = convert(value, type_)
    expected = value if expected is None else expected
    assert converted == expected
    assert type(converted) is type(expected)


INTEGERS = f"the value must be an integer within ±{LARGEST}"
DECIMALS = "the value must be a decimal number such as 12.50"


@pytest.mark.parametrize(
    ("type_", "value", "message"),
    [
        (Text, 1, "the value must be text, not a number"),
        (Text, None, "the value must be text, not null"),
        (Text, [], "the value must be text, not a list"),
        (Integer, True, "the value must be an integer, not true or false"),
        (Integer, "1", "the value must be an integer, not text"),
        (Integer, 1.5, "the value must be an integer, not a number with a fraction"),
        (Integer, 2**53, INTEGERS),
        (Integer, 1e300, INTEGERS),
        (Integer, D("1E+999999"), INTEGERS),
        (Integer, float("nan"), INTEGERS),
        (Number, True, "the value must be a number, not true or false"),
        (Number, "1", "the value must be a number, not text"),
        (Number, float("nan"), "the value must be a finite number"),
        (Number, 10**400, "the value must be a finite number"),
        (Number, D("1E+400"), "the value must be a finite number"),
        (Decimal, None, "the value must be a decimal number, not null"),
        (Decimal, "", DECIMALS),
        (Decimal, "NaN", DECIMALS),
        (Decimal, "Infinity", DECIMALS),
        (Decimal, "1_000", DECIMALS),
        (Decimal, "１", DECIMALS),
        (Decimal, " 1", DECIMALS),
        (Decimal, "1e9999", DECIMALS),
        (Decimal, "1" * 200, DECIMALS),
        (Decimal, D("Infinity"), "the value must be a finite decimal number"),
        (Decimal, "1" * 35, "the value must have at most 34 digits"),
        (Decimal, 10**400, "the value must have at most 34 digits"),
        (Decimal, "1e35", "the value must have an exponent within ±34"),
        (Decimal, D("1E-999999"), "the value must have an exponent within ±34"),
        (Boolean, 1, "the value must be true or false, not a number"),
        (Uuid, A_UUID.replace("-", ""), f"the value must be a UUID such as {A_UUID}"),
        (Uuid, 1, f"the value must be a UUID such as {A_UUID}, not a number"),
        (Date, "2026-02-30", "the value must be a date such as 2026-01-31"),
        (Date, "2026-01-01T00:00:00Z", "the value must be a date such as 2026-01-31"),
        (Literal["warm", "cold"], "hot", 'the value must be one of "warm", "cold"'),
        (list, {}, "the value must be a list, not an object"),
        (dict, [], "the value must be an object, not a list"),
        (Json, float("inf"), "the value must be a finite number"),
        (Json, {1: 2}, "the value must be text, not a number"),
        (Json, b"", "the value must be a JSON value, not something else"),
        (Annotated[Integer, Meta(ge=1)], 0, "the value must be at least 1"),
        (Annotated[Number, Bounds(ge=0.0, le=1e3)], 2000, "the value must be at most 1000"),
        (Annotated[Decimal, Bounds(ge=D("0.5"))], "0.4", "the value must be at least 0.5"),
        (Annotated[Text, Meta(min_length=1)], "", "the value must have at least 1 character"),
        (Annotated[Text, Meta(max_length=2)], "abc", "the value must have at most 2 characters"),
        (Annotated[list[Text], Meta(min_length=2)], [], "the value must have at least 2 items"),
        (Annotated[Text, Pattern("a|ab")], "abc", "the value must match the pattern a|ab"),
        (Annotated[Text, Pattern("a+")], "aa\n", "the value must match the pattern a+"),
        (Annotated[Text, Choices(("x", "y"))], "z", 'the value must be one of "x", "y"'),
        (Annotated[Text, Format("email")], "a@b@c", "the value must be an email address"),
        (Annotated[Text, Format("email")], "a@" + "b" * 300, "the value must be an email address"),
        (Annotated[Text, Format("ipv4")], "127.0.0.01", "the value must be an IPv4 address"),
        (Annotated[Text, Format("ipv6")], "fe80::1%eth0", "the value must be an IPv6 address"),
    ],
)
def test_what_does_not_fit(type_: Any, value: object, message: str) -> None:
    refusal = refused(value, type_)
    assert (refusal.code, refusal.message, refusal.field) == ("invalid_input", message, None)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-01T12:00:00",
        "2026-01-01T12:00Z",
        "2026-01-01",
        "2026-13-01T12:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "",
    ],
)
def test_a_time_needs_its_offset_and_a_year(text: str) -> None:
    message = "the value must be a date and time with its offset, such as 2026-01-31T12:00:00Z"
    assert refused(text, DateTime).message == message


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "//host/a", "https://", "https://a b", "http://a:99999", "http://[::1"],
)
def test_what_a_page_must_not_link_to_is_no_url(text: str) -> None:
    assert "http://" in refused(text, Annotated[Text, Format("url")]).message


@pytest.mark.parametrize(
    ("value", "code", "message", "path"),
    [
        ({}, "invalid_input", "customer is required", "customer"),
        ([], "invalid_input", "the value must be an object, not a list", None),
        (
            {"customer": "x", "address": {"zip": 1}},
            "invalid_input",
            "address.zip must be text, not a number",
            "address.zip",
        ),
        (
            {"customer": "x", "address": {"zpi": "1"}},
            "unknown_field",
            'unknown field "zpi": did you mean "zip"?',
            "address.zpi",
        ),
        (
            {"customer": "x", "items": [{"price": 1}, {"price": -1}]},
            "invalid_input",
            "items[1].price must be at least 0",
            "items[1].price",
        ),
        (
            {"customer": "x", "prices": {"apple": "1"}},
            "invalid_input",
            "prices.apple must be a number, not text",
            "prices.apple",
        ),
        (
            {"Customer": "x"},
            "unknown_field",
            'unknown field "Customer": did you mean "customer"?',
            "Customer",
        ),
        ({"form": "x"}, "unknown_field", 'unknown field "form": did you mean "from"?', "form"),
        ({"from_": "x"}, "unknown_field", 'unknown field "from_": did you mean "from"?', "from_"),
        ({"qq": 1}, "unknown_field", 'unknown field "qq"', "qq"),
    ],
)
def test_the_place_is_named(value: object, code: str, message: str, path: str | None) -> None:
    refusal = refused(value, Order)
    assert (refusal.code, refusal.message, refusal.field) == (code, message, path)


def test_a_path_goes_in_front() -> None:
    with pytest.raises(Refusal) as raised:
        convert({"zip": 1}, Address, "answer")
    assert raised.value.field == "answer.zip"
    with pytest.raises(Refusal, match="answer must be an object"):
        convert(1, Address, "answer")


def test_long_names_are_not_sent_back() -> None:
    refusal = refused({"k" * 1000: 1}, Order)
    assert len(refusal.message) < 100
    assert refusal.field == "k" * 59 + "…"


def test_unknown_fields_can_be_left_out_at_every_depth() -> None:
    value = {"customer": "x", "more": 1, "address": {"zip": "1", "more": 2}}
    expected = Order(customer="x", address=Address(zip="1"))
    assert convert(value, Order, drop_unknown=True) == expected


def test_a_subset_names_the_item() -> None:
    refusal = refused(["x", "z"], Annotated[list[Text], Subset(("x", "y"))])
    assert refusal.message == '[1] must be one of "x", "y"'


def test_any_is_64_levels_deep() -> None:
    value: list[object] = []
    for _ in range(63):
        value = [value]
    assert convert(value, Json) == value
    assert refused([value], Json).message == "the value must not be nested deeper than 64 levels"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"password": "hunter2"}, "password must have at least 8 characters"),
        ({"password": "x" * 8, "keys": {"hunter2": "x"}}, "keys has a part that does not fit"),
        ({"password": "x" * 8, "address": {"hunter2": 1}}, "address has a part that does not fit"),
    ],
)
def test_secrets_are_not_repeated(value: object, message: str) -> None:
    refusal = refused(value, Login)
    assert (refusal.code, refusal.message) == ("invalid_input", message)
    assert "hunter2" not in str(refusal.body())


def test_a_hostile_pattern_takes_linear_time() -> None:
    assert refused("a" * 100_000 + "!", Annotated[Text, Pattern("(a*)*b")]).code == "invalid_input"
