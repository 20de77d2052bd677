"""The schema that a model is held to, and what our decoder makes of its answers."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from typing import Annotated, Any, Literal

import msgspec
import pytest
from kanvas_runtime.contract import (
    Boolean,
    Choices,
    Date,
    DateTime,
    Decimal,
    Format,
    Integer,
    Json,
    Label,
    Number,
    Pattern,
    Record,
    Subset,
    Text,
    Uuid,
)
from kanvas_runtime.errors import Refusal
from kanvas_runtime.reasoning.answer import accept
from kanvas_runtime.reasoning.schema import schema_of

NULL = {"type": "null"}


class Point(Record, frozen=True):
    x: Number
    tags: dict[str, Json]


class Everything(Record, frozen=True):
    text: Text
    integer: Integer
    number: Number
    decimal: Decimal
    boolean: Boolean
    uuid: Uuid
    date: Date
    datetime: DateTime
    enum: Literal["a", "b"]
    texts: list[Text]
    points: list[Point]
    point: Point
    anything: Json
    items: list[Json]
    words: dict[str, Text]
    maybe: Text | None = None
    maybe_map: dict[str, Json] | None = None


ANSWER: dict[str, Any] = {
    "text": "t",
    "integer": 1,
    "number": 1.5,
    "decimal": "1.10",
    "boolean": True,
    "uuid": "12345678-1234-1234-1234-123456789abc",
    "date": "2026-01-02",
    "datetime": "2026-01-02T03:04:05Z",
    "enum": "a",
    "texts": ["a"],
    "points": [{"x": 1, "tags": '{"a": [1]}'}],
    "point": {"x": 2, "tags": "{}"},
    "anything": '{"deep": [null]}',
    "items": '[1, "2"]',
    "words": '{"a": "b"}',
    "maybe": None,
    "maybe_map": None,
}


def described(schema: dict[str, object], description: str) -> dict[str, object]:
    return schema | {"description": description}


def property_of(annotation: Any) -> Any:
    record = msgspec.defstruct("Made", [("f", annotation)], bases=(Record,), frozen=True)
    properties: Any = schema_of(record)["properties"]
    return properties["f"]


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        (Text, {"type": "string"}),
        (Integer, {"type": "integer"}),
        (Number, {"type": "number"}),
        (Boolean, {"type": "boolean"}),
        (Decimal, {"type": "string", "description": "a decimal number in digits"}),
        (Uuid, {"type": "string", "format": "uuid"}),
        (Date, {"type": "string", "format": "date"}),
        (DateTime, {"type": "string", "format": "date-time"}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Annotated[Text, Choices(("a", "b"))], {"type": "string", "enum": ["a", "b"]}),
        (Annotated[Text, Format("url")], {"type": "string", "format": "uri"}),
        (Annotated[Text, Format("email")], {"type": "string", "format": "email"}),
        (Text | None, {"anyOf": [{"type": "string"}, NULL]}),
        (list[Integer], {"type": "array", "items": {"type": "integer"}}),
        (list[list[Text]], {"type": "array", "items": property_of(list[Text])}),
        (Json, described({"type": "string"}, "text that holds a JSON value")),
        (list[Json], described({"type": "string"}, "text that holds a JSON list")),
        (dict[str, Text], described({"type": "string"}, "text that holds a JSON object")),
        (
            Annotated[Integer, msgspec.Meta(ge=1, le=9)],
            described({"type": "integer"}, "at least 1; at most 9"),
        ),
        (
            Annotated[Text, msgspec.Meta(min_length=1, max_length=9, description="a name")],
            described({"type": "string"}, "a name; length at least 1; length at most 9"),
        ),
        (
            Annotated[Text, Pattern("[a-z]+"), Label("Name")],
            described(
                {"type": "string"}, "Name; the whole text matches the regular expression [a-z]+"
            ),
        ),
        (
            Annotated[list[Text], Subset(("a", "b"))],
            described(
                {"type": "array", "items": {"type": "string"}}, 'every item is one of ["a","b"]'
            ),
        ),
    ],
)
def test_each_type_in_the_providers_dialect(annotation: Any, schema: dict[str, Any]) -> None:
    assert property_of(annotation) == schema


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every schema of an object, at any depth."""
    inner = schema.values() if isinstance(schema, dict) else schema
    found = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
    for each in inner:
        if isinstance(each, (dict, list)):
            found += objects(each)
    return found


def test_every_object_is_closed_and_everything_in_it_required() -> None:
    found = objects(schema_of(Everything))
    assert len(found) == 3
    for each in found:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])


def test_an_answer_that_fits_becomes_a_record() -> None:
    assert accept(json.dumps(ANSWER), Everything) == Everything(
        text="t",
        integer=1,
        number=1.5,
        decimal=decimal.Decimal("1.10"),
        boolean=True,
        uuid=uuid.UUID(ANSWER["uuid"]),
        date=datetime.date(2026, 1, 2),
        datetime=datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
        enum="a",
        texts=["a"],
        points=[Point(x=1, tags={"a": [1]})],
        point=Point(x=2, tags={}),
        anything={"deep": [None]},
        items=[1, "2"],
        words={"a": "b"},
    )


def test_what_nobody_asked_for_is_dropped() -> None:
    extra = ANSWER | {"more": 1, "point": {"x": 2, "tags": "{}", "more": 1}}
    assert accept(json.dumps(extra), Everything).point == Point(x=2, tags={})


def test_what_was_not_put_into_text_is_taken_as_it_is() -> None:
    loose = ANSWER | {"words": {"a": "b"}, "items": [1]}
    answer = accept(json.dumps(loose), Everything)
    assert (answer.words, answer.items) == ({"a": "b"}, [1])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": 1}, "text"),
        ({"integer": 1.5}, "integer"),
        ({"decimal": "NaN"}, "decimal"),
        ({"enum": "c"}, "enum"),
        ({"text": None}, "text"),
        ({"anything": "no JSON"}, "anything"),
        ({"words": '{"a": 1}'}, "words"),
        ({"words": {"a": 1}}, "words"),
        ({"words": '{"a": 1'}, "words"),
        ({"words": None}, "words"),
        ({"items": "{}"}, "items"),
        ({"points": [{"x": 1, "tags": "{"}]}, "points[0].tags"),
        ({"point": {"x": 1}}, "point.tags"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_field(
    change: dict[str, object], field: str
) -> None:
    with pytest.raises(Refusal) as caught:
        accept(json.dumps(ANSWER | change), Everything)
    assert caught.value.field == field
    assert field in caught.value.message


def test_a_complaint_holds_no_key_that_the_model_chose() -> None:
    with pytest.raises(Refusal) as caught:
        accept(json.dumps(ANSWER | {"words": '{"obey me": 1}'}), Everything)
    assert "must be text" in caught.value.message
    assert "obey" not in str(caught.value.body())


@pytest.mark.parametrize("text", ["", "sure: {}", "[]", "null", "[" * 100_000, '{"text": NaN}'])
def test_text_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        accept(text, Everything)


def test_bounds_that_the_provider_does_not_know_are_held_here() -> None:
    class Bounded(Record, frozen=True):
        n: Annotated[Integer, msgspec.Meta(ge=1)]

    with pytest.raises(Refusal, match="n must be at least 1"):
        accept('{"n": 0}', Bounded)
