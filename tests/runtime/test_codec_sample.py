"""Samples fit the contracts that they are made for."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from kanvas_runtime.codec import Codec
from kanvas_runtime.codec.sample import sample
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
    Record,
    Subset,
    Text,
    Uuid,
)
from msgspec import Meta


class Line(Record, kw_only=True):
    sku: Annotated[Text, Meta(min_length=9)]
    price: Annotated[Decimal, Bounds(ge=5)]


class Everything(Record, kw_only=True):
    text: Annotated[Text, Meta(max_length=2)]
    integer: Annotated[int, Meta(ge=7, le=9)]
    number: Annotated[Number, Bounds(le=0.5)]
    flag: Boolean
    uuid: Uuid
    date: Date
    at: DateTime
    tone: Literal["warm", "cold"]
    choice: Annotated[Text, Choices(("a", "b"))]
    mail: Annotated[Text, Format("email")]
    lines: Annotated[list[Line], Meta(min_length=2)]
    some: Annotated[list[Text], Subset(("x", "y"))]
    counts: dict[Text, Integer]
    extra: Json
    note: Text | None = None


class Optional(Record, kw_only=True):
    first: Integer | None = None
    second: Text | None = None


class Nothing(Record, kw_only=True):
    pass


@pytest.mark.parametrize("record", [Everything, Optional, Nothing, Line])
def test_a_sample_is_accepted(record: type[Record]) -> None:
    Codec(record, Nothing).convert(sample(record))


def test_it_names_what_is_required_or_else_the_first_field() -> None:
    assert sample(Optional) == {"first": 1}
    assert sample(Nothing) == {}
    assert "note" not in sample(Everything)
