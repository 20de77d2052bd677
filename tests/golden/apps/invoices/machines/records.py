"""The declared types: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime import ops
from kanvas_runtime.contract import Bounds, Decimal, Integer, Record, Text


class Line(Record):
    article: Text
    price: Annotated[Decimal, Bounds(ge=ops.decimal("0"))]
    count: Integer = 1
