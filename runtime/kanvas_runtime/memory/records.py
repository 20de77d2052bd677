"""What a program sees of its memory."""

from __future__ import annotations

from kanvas_runtime.contract import Integer, Json, Number, Record, Text


class Memory(Record):
    """Something that was remembered. `score` is 1 where every word of the query was found."""

    content: Text
    metadata: dict[str, Json]
    score: Number


class Recalled(Record):
    """What a `recall` step gives: the best first, `count` of them."""

    results: list[Memory]
    count: Integer
