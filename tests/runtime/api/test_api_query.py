"""What a query or a path says is what the same input says as JSON."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.api.paths import Pattern, most_certain_first, parts_of
from kanvas_runtime.api.reading import Incoming, Reader
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Served
from kanvas_runtime.errors import Refusal

from tests.runtime.api.app import EVERY

SERVED = Served.of(EVERY)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers() | st.text(string.digits + "-.e ", max_size=6),
    "half": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
    "exact": st.decimals(allow_nan=False).map(str) | WORDS,
    "yes": st.booleans() | WORDS,
    "key": st.uuids().map(str) | WORDS,
    "day": st.dates().map(str) | WORDS,
    "color": st.sampled_from(["red", "blue", "green"]),
    "words": st.lists(WORDS, min_size=1, max_size=3),
    "numbers": st.lists(st.integers(-(2**60), 2**60), min_size=1, max_size=3),
    "part": st.fixed_dictionaries({"size": JSON}) | JSON,
    "anything": JSON,
}
INPUTS = st.fixed_dictionaries({}, optional=VALUES)


def written(value: object) -> str:
    """A value as it stands in a query."""
    return value if isinstance(value, str) else json.dumps(value)


def in_query(value: dict[str, Any]) -> bytes:
    pairs: list[tuple[str, str]] = []
    for name, each in value.items():
        if name in ("words", "numbers"):
            pairs += [(name, written(item)) for item in each]
        elif name in ("part", "anything"):
            pairs.append((name, json.dumps(each)))
        else:
            pairs.append((name, written(each)))
    return urlencode(pairs).encode()


def judged(read: Any) -> Record | tuple[str, str | None]:
    try:
        record = read()
        assert isinstance(record, Record)
        return record
    except Refusal as refusal:
        return refusal.code, refusal.field


@settings(max_examples=150, deadline=None)
@given(WORDS.filter(bool), INPUTS)
def test_a_query_is_judged_like_json(id_: str, value: dict[str, Any]) -> None:
    pattern = Pattern("/things/{id}")
    path = "/things/" + quote(id_, safe="")
    texts = pattern.match(parts_of({"path": "/", "raw_path": path.encode()}) or [])
    assert texts == {"id": id_}
    reader = Reader(SERVED, "GET", pattern.parameters)
    from_query = judged(reader.read(Incoming(texts, in_query(value), b"", "")))
    text = json.dumps({"id": id_, **_as_json(value)})
    assert from_query == judged(lambda: SERVED.codec.decode(text))


def _as_json(value: dict[str, Any]) -> dict[str, Any]:
    """A text that a query cannot tell from a number or a truth value is one."""
    return {name: _told(name, each) for name, each in value.items()}


def _told(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in ("whole", "yes"):
        try:
            read = json.loads(value)
        except ValueError:
            return value
        wanted = (int, float) if name == "whole" else (bool,)
        blank = value != value.strip()
        return read if type(read) in wanted and not blank else value
    return value


def test_words_come_before_fields() -> None:
    paths = ["/{a}/{b}", "/a/{b}", "/{a}/b", "/a/b", "/{a}"]
    ordered = [each.path for each in most_certain_first(map(Pattern, paths))]
    assert ordered == ["/{a}", "/a/b", "/a/{b}", "/{a}/b", "/{a}/{b}"]


def test_a_path_is_cut_before_it_is_decoded() -> None:
    assert parts_of({"path": "/", "raw_path": b"/a%2Fb/c%20d"}) == ["a/b", "c d"]
    assert parts_of({"path": "/a b"}) == ["a b"]
    assert parts_of({"path": "/", "raw_path": b"/%ff"}) is None
    assert Pattern("/x/{id}").match(["x", ""]) is None
