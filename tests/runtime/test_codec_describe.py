"""What a contract says of itself."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Annotated, Any, Literal

import pytest
from kanvas_runtime.codec import TypeInfo, fields, type_info
from kanvas_runtime.contract import (
    LARGEST_INTEGER,
    Bounds,
    Choices,
    Decimal,
    Format,
    Integer,
    Label,
    Number,
    Pattern,
    Record,
    Secret,
    Subset,
    Text,
)
from msgspec import Meta, field


class Inner(Record):
    n: Integer


class Form(Record):
    name: Annotated[Text, Meta(min_length=1, description="Who?"), Label("Your name")]
    class_: Annotated[Text, Secret()] | None = field(default=None, name="class")
    tags: Annotated[list[Literal["a", "b"]], Meta(max_length=3)] = field(default_factory=list)
    size: Annotated[Integer, Meta(ge=1)] = 3
    inner: Inner | None = None


class Loop(Record):
    next: Loop | None = None


def test_fields_say_what_a_form_needs() -> None:
    name, class_, tags, size, inner = fields(Form)
    assert (name.label, name.description, name.required) == ("Your name", "Who?", True)
    assert (class_.name, class_.attribute, class_.secret) == ("class", "class_", True)
    assert class_.type.nullable
    assert (tags.default, tags.type.max_length) == ([], 3)
    assert tags.type.item is not None
    assert tags.type.item.choices == ("a", "b")
    assert (size.default, size.type.min, size.type.max) == (3, 1, None)
    assert [inside.name for inside in inner.type.fields] == ["n"]


def test_a_record_may_hold_itself() -> None:
    (next_,) = fields(Loop)
    assert next_.type.fields == (next_,)


@pytest.mark.parametrize(
    ("annotation", "info"),
    [
        (Text, TypeInfo("text", native=True)),
        (Text | None, TypeInfo("text", nullable=True, native=True)),
        (int, TypeInfo("integer")),
        (Integer, TypeInfo("integer", native=True)),
        (
            Annotated[int, Meta(ge=1, le=LARGEST_INTEGER)],
            TypeInfo("integer", min=1, native=True),
        ),
        (int | float, TypeInfo("number")),
        (Number, TypeInfo("number", native=True)),
        (Annotated[Number | None, Bounds(ge=0)], TypeInfo("number", nullable=True, min=0)),
        (Annotated[Decimal, Bounds(le=D(5))], TypeInfo("decimal", max=D(5))),
        (list, TypeInfo("list", item=TypeInfo("any", native=True), native=True)),
        (dict[str, Any], TypeInfo("map", item=TypeInfo("any", native=True), native=True)),
        (Annotated[Text, Pattern("a")], TypeInfo("text", pattern="a")),
        (Annotated[Text, Format("url")], TypeInfo("text", format="url")),
        (Annotated[Text, Choices(("a",))], TypeInfo("text", choices=("a",))),
        (
            Annotated[list[Text], Subset(("a",))],
            TypeInfo("list", item=TypeInfo("text", native=True), subset=("a",)),
        ),
    ],
)
def test_annotations_are_read(annotation: Any, info: TypeInfo) -> None:
    assert type_info(annotation) == info


def test_the_tightest_limit_counts() -> None:
    twice = Annotated[Annotated[Integer, Meta(ge=1, le=9)], Bounds(ge=2, le=10)]
    info = type_info(twice)
    assert (info.min, info.max) == (2, 9)


@pytest.mark.parametrize(
    "annotation",
    [bytes, int | str, set[int], Annotated[int, Meta(gt=1)], Annotated[str, Meta(pattern="a")]],
)
def test_what_the_language_has_not_is_a_mistake_of_the_contract(annotation: Any) -> None:
    with pytest.raises(TypeError):
        type_info(annotation)
