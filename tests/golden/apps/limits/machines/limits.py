"""Machine `limits`: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime import library, ops
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
    Label,
    Number,
    Pattern,
    Record,
    Subset,
    Text,
    Uuid,
)
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Run
from msgspec import Meta, field


class InputPairRight(Record):
    deep: Text


class InputPair(Record):
    left: Integer
    right: InputPairRight | None = None


class Input(Record):
    name: Annotated[
        Text, Meta(min_length=2, max_length=40, description="As printed"), Label("Name")
    ]
    code: Annotated[Text, Pattern("[a-z]+(-[a-z]+)*")] = "none"
    mail: Annotated[Text, Format("email")] | None = None
    kind: Annotated[Text, Choices(("a", "b"))] = "a"
    size: Annotated[Integer, Meta(ge=1, le=10)] = 5
    share: Annotated[Number, Bounds(ge=0, le=0.5)] = 0.25
    price: Annotated[Decimal, Bounds(ge=ops.decimal("0.01"))] = ops.decimal("9.90")
    ready: Boolean = False
    id_: Uuid | None = field(default=None, name="id")
    day: Date | None = None
    at: DateTime | None = None
    tags: Annotated[list[Text], Meta(max_length=2), Subset(("red", "green"))] = field(
        default_factory=lambda: []
    )
    counts: dict[Text, Integer] | None = None
    free: Json = None
    pair: InputPair | None = None


class Output(Record):
    name: Annotated[Text, Meta(max_length=40)]
    share: Annotated[Number, Bounds(ge=0, le=1)]
    price: Annotated[Decimal, Bounds(ge=ops.decimal("0"))]
    tags: Annotated[list[Text], Subset(("red", "green", "blue"))]
    deep: Text | None = None
    total: Integer = 0


def run(input_: Input, run: Run) -> Output:
    run.step = "answer"  # app.kanvas:27
    answer = Output(
        name=library.trim(input_.name),
        share=ops.number(input_.share * 2),
        price=ops.decimal_multiply(input_.price, ops.to_decimal(input_.size)),
        tags=input_.tags,
        deep=None
        if (right := (None if input_.pair is None else input_.pair.right)) is None
        else right.deep,
    )
    return answer


MACHINE = Machine(
    name="limits",
    input=Input,
    output=Output,
    run=run,
    source="app.kanvas",
)
