"""The declared types: written by kanvasc 0.1.0 from app.kanvas; change that, not this."""

from kanvas_runtime.contract import Integer, Record, Text
from msgspec import field


class Class(Record):
    from_: Text
    import_: Integer = field(name="import")
