"""The declared types: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from typing import Annotated

from kanvas_runtime.contract import Label, Record, Secret, Text
from msgspec import Meta


class Card(Record):
    holder: Text
    number: Annotated[Text, Meta(min_length=12), Secret(), Label("Number")]
