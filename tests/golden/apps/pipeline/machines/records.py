"""The declared types: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime.contract import Integer, Record, Text
from msgspec import Meta


class Line(Record):
    sku: Text
    amount: Annotated[Integer, Meta(ge=1)]
