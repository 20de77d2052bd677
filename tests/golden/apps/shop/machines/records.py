"""The declared types: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime.contract import Bounds, Decimal, Integer, Number, Record, Text
from msgspec import Meta


class Line(Record):
    part: Text
    total: Decimal


class Part(Record):
    name: Text
    count: Annotated[Integer, Meta(ge=1)]


class Rate(Record):
    share: Annotated[Number, Bounds(ge=0, le=1)]
