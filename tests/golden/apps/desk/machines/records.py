"""The declared types: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.contract import Boolean, Integer, Record, Text
from msgspec import field


class Ticket(Record):
    id_: Integer = field(name="id")
    text: Text
    done: Boolean = False
