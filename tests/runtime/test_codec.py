"""A machine's codec: messages in, records out, and back."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal as D
from typing import Annotated, Literal

import pytest
from kanvas_runtime.codec import Codec, convert, fast
from kanvas_runtime.contract import (
    LARGEST_INTEGER,
    Bounds,
    DateTime,
    Decimal,
    Json,
    Number,
    Pattern,
    Record,
    Secret,
    Text,
    Uuid,
)
from kanvas_runtime.errors import Refusal
from msgspec import Meta, field


class Nothing(Record):
    pass


class Metric(Record):
    metric_name: Text | None = None


class Reading(Record):
    value: Number
    timestamp: Text


class Rich(Record):
    n: Annotated[int, Meta(ge=1, le=LARGEST_INTEGER)] = 1
    level: Annotated[Number, Bounds(ge=0, le=1)] | None = None
    code: Annotated[Text, Pattern("[a-z]+")] = "a"
    at: DateTime | None = None
    tone: Literal["warm", "cold"] = "warm"
    inner: Metric | None = None


class Priced(Record):
    price: Decimal
    id: Uuid | None = None
    extra: Json = None


class Pocket(Record):
    name: Text
    pin: Annotated[Text, Secret()]


class Coat(Record):
    pockets: list[Pocket] = field(default_factory=list)
    by_name: dict[str, Pocket] = field(default_factory=dict)
    lining: Coat | None = None


class Loose(Record):
    extra: Json = None


class Limited(Record):
    share: Annotated[Number, Meta(ge=0, le=1)]


class Holder(Record):
    nothing: Nothing


class Listed(Record):
    prices: list[Priced]


METRIC = Codec(Metric, Reading)
RICH = Codec(Rich, Rich)
PRICED = Codec(Priced, Priced)
COAT = Codec(Coat, Coat)


def refused(codec: Codec[Metric, Reading], text: bytes | str) -> tuple[str, str, str | None]:
    with pytest.raises(Refusal) as raised:
        codec.decode(text)
    return raised.value.code, raised.value.message, raised.value.field


@pytest.mark.parametrize("text", ["{}", b"{}", '{"metric_name": null}'])
def test_what_may_be_absent_is_null(text: bytes | str) -> None:
    assert METRIC.decode(text) == Metric(metric_name=None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1]", ("invalid_frame", "the message must be an object such as {}, not a list", None)),
        ("null", ("invalid_frame", "the message must be an object such as {}, not null", None)),
        ("{", ("invalid_json", "the message is not JSON: it ends too early", None)),
        (
            '{"metric_name": 1}',
            ("invalid_input", "metric_name must be text, not a number", "metric_name"),
        ),
        (
            '{"metricname": "x"}',
            (
                "unknown_field",
                'unknown field "metricname": did you mean "metric_name"?',
                "metricname",
            ),
        ),
        (
            b'{"metricname": "\xff"}',
            ("invalid_json", "the message is not JSON: it is not UTF-8 at byte 17", None),
        ),
        (
            b'{"metric_name": "\xff"}',
            ("invalid_json", "the message is not JSON: it is not UTF-8 at byte 18", None),
        ),
        (
            '{"metric_name": "\ud800"}',
            (
                "invalid_json",
                "the message is not JSON: half a surrogate pair at character 18",
                None,
            ),
        ),
        (
            '{"x": ' + "[" * 100_000,
            ("invalid_json", "the message is nested deeper than 64 levels", None),
        ),
    ],
)
def test_refusals(text: bytes | str, expected: tuple[str, str, str | None]) -> None:
    assert refused(METRIC, text) == expected


def test_limits_hold_that_msgspec_cannot_have() -> None:
    codec = Codec(Limited, Limited)
    assert codec.decode('{"share": 0.5}').share == 0.5
    with pytest.raises(Refusal, match="share must be at most 1"):
        codec.decode('{"share": 2}')


def test_an_object_without_fields_accepts_none() -> None:
    with pytest.raises(Refusal) as raised:
        Codec(Holder, Holder).decode('{"nothing": {"a": 1}}')
    assert raised.value.message == "nothing is accepted here; send {}"
    assert raised.value.field == "nothing.a"


def test_a_machine_without_input_says_what_to_send() -> None:
    codec = Codec(Nothing, Nothing)
    assert codec.decode("{}") == Nothing()
    with pytest.raises(Refusal) as raised:
        codec.decode('{"a": 1}')
    assert raised.value.message == "this machine accepts nothing; send {}"
    assert (raised.value.code, raised.value.field) == ("unknown_field", "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"n": 2}', Rich(n=2)),
        ('{"n": 2.0}', Rich(n=2)),
        ('{"level": 1}', Rich(level=1)),
        ('{"n": "x", "n": 3}', Rich(n=3)),
        ('{"inner": {"metric_name": "a"}}', Rich(inner=Metric(metric_name="a"))),
        (
            '{"at": "2026-01-01T00:00:00+01:00"}',
            Rich(at=datetime.datetime(2025, 12, 31, 23, tzinfo=datetime.UTC)),
        ),
    ],
)
def test_both_ways_lead_to_the_same_record(text: str, expected: Rich) -> None:
    assert RICH.decode(text) == expected


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('{"n": 0}', "n"),
        ('{"level": 2}', "level"),
        ('{"level": 1e400}', "level"),
        ('{"code": "A"}', "code"),
        ('{"at": "2026-01-01T00:00:00"}', "at"),
        ('{"tone": "hot"}', "tone"),
    ],
)
def test_rules_hold_on_the_fast_way_too(text: str, field: str) -> None:
    with pytest.raises(Refusal) as raised:
        RICH.decode(text)
    assert raised.value.field == field


@pytest.mark.parametrize("record", [Nothing, Metric, Reading, Rich, Coat, Loose])
def test_the_typed_decoder_serves_common_contracts(record: type[Record]) -> None:
    assert fast.decoder(record) is not None


@pytest.mark.parametrize("record", [Priced, Listed, Limited])
def test_the_typed_decoder_leaves_what_it_cannot_judge(record: type[Record]) -> None:
    assert fast.decoder(record) is None


def test_a_record_that_holds_itself_is_64_levels_deep_at_most() -> None:
    text = '{"lining":' * 64 + "{}" + "}" * 64
    with pytest.raises(Refusal, match="deeper than 64"):
        COAT.decode(text)


def test_any_is_64_levels_deep_at_most() -> None:
    codec = Codec(Loose, Loose)
    deepest = '{"extra":' + "[" * 63 + "]" * 63 + "}"
    assert codec.encode(codec.decode(deepest)).decode() == deepest
    with pytest.raises(Refusal, match="deeper than 64"):
        codec.decode('{"extra":' + "[" * 64 + "]" * 64 + "}")


def test_large_integers_of_any_stay_exact() -> None:
    codec = Codec(Loose, Loose)
    text = b'{"extra":[123456789012345678901234567890]}'
    assert codec.encode(codec.decode(text)) == text


def test_decimals_are_taken_as_written_and_given_as_text() -> None:
    decoded = PRICED.decode('{"price": 1.50}')
    assert str(decoded.price) == "1.50"
    assert PRICED.encode(decoded) == b'{"price":"1.50","id":null,"extra":null}'
    assert PRICED.decode('{"price": "0.1"}').price == D("0.1")
    assert PRICED.decode('{"price": 1, "extra": [1.5, 1e2]}').extra == [1.5, 100.0]


def test_output_is_compact() -> None:
    reading = Reading(value=42, timestamp="2026-05-07T12:00:00Z")
    assert METRIC.encode(reading) == b'{"value":42,"timestamp":"2026-05-07T12:00:00Z"}'
    id_ = uuid.UUID(int=1)
    assert b'"id":"00000000-0000-0000-0000-000000000001"' in PRICED.encode(
        Priced(price=D(1), id=id_)
    )


def test_output_too_deep_to_be_written_is_a_failed_step() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(Refusal) as raised:
        PRICED.encode(Priced(price=D(1), extra=value))
    assert raised.value.code == "step_failed"


def test_the_input_is_written_in_one_way_whatever_the_order() -> None:
    one = RICH.decode('{"tone": "cold", "n": 2}')
    other = RICH.decode('{"n": 2.0, "tone": "cold"}')
    assert RICH.encode_input(one) == RICH.encode_input(other)
    assert RICH.encode_input(one).startswith(b'{"at":null,"code":"a",')


def test_secrets_are_left_out_of_the_written_input_at_every_depth() -> None:
    pocket = {"name": "left", "pin": "1234"}
    coat = COAT.decode(b'{"lining":{"pockets":[{"name":"left","pin":"1234"}]}}')
    assert coat.lining is not None
    assert coat.lining.pockets == [convert(pocket, Pocket)]
    assert COAT.encode_input(coat) == (
        b'{"by_name":{},"lining":{"by_name":{},"lining":null,"pockets":[{"name":"left"}]},'
        b'"pockets":[]}'
    )
