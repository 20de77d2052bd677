"""The declared types: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime import ops
from kanvas_runtime.contract import Bounds, Decimal, Integer, Pattern, Record, Text
from msgspec import Meta


class Discount(Record):
    share: Annotated[Decimal, Bounds(ge=ops.decimal("0"), le=ops.decimal("1"))]
    reason: Text | None = None


class Line(Record):
    sku: Annotated[Text, Pattern("[A-Z]{2}-[0-9]{4}")]
    amount: Annotated[Integer, Meta(ge=1)]
    price: Annotated[Decimal, Bounds(ge=ops.decimal("0"))]
    discount: Discount | None = None
