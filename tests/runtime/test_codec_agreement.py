"""What the typed decoder accepts, the converter accepts with the same value."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from kanvas_runtime.codec import Codec, TypeInfo, convert, encode_json, fast, type_info
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.contract import (
    LARGEST_INTEGER,
    Boolean,
    Bounds,
    Choices,
    Date,
    DateTime,
    Decimal,
    Format,
    Integer,
    Json,
    Number,
    Pattern,
    Record,
    Subset,
    Text,
    Uuid,
)
from kanvas_runtime.errors import Refusal
from msgspec import Meta


class Tree(Record):
    a: Integer = 0
    b: list[Tree] = msgspec.field(default_factory=list)
    c: Tree | None = None


TYPES: list[Any] = [
    Tree,
    Text,
    Integer,
    Number,
    Decimal,
    Boolean,
    Uuid,
    Date,
    DateTime,
    Json,
    list,
    dict,
    int,
    int | float,
    Literal["a", "b"],
    Annotated[Text, Meta(min_length=1, max_length=2)],
    Annotated[Text, Pattern("[a-c]+")],
    Annotated[Text, Format("ipv4")],
    Annotated[Text, Choices(("a", "b"))],
    Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)],
    Annotated[Integer, Bounds(ge=0, le=5)],
    Annotated[Integer, Meta(ge=0)],
    Annotated[Number, Bounds(ge=0, le=5)],
    Annotated[Number, Meta(ge=0)],
    Annotated[Decimal, Bounds(ge=0)],
    Annotated[list[Text], Subset(("a", "b"))],
]


def record_of(fields: dict[str, tuple[Any, bool]]) -> type[Record]:
    """A contract with these fields: name → type and whether it may be absent."""
    spec = [
        (name, type_ | None, None) if optional else (name, type_)
        for name, (type_, optional) in fields.items()
    ]
    return msgspec.defstruct("Generated", spec, bases=(Record,), kw_only=True, frozen=True)  # type: ignore[return-value]  # typed as a Struct


NAMES = st.sampled_from(["a", "b", "c"])


def records(types: st.SearchStrategy[Any]) -> st.SearchStrategy[type[Record]]:
    return st.dictionaries(NAMES, st.tuples(types, st.booleans()), max_size=3).map(record_of)


CONTRACT_TYPES = st.recursive(
    st.sampled_from(TYPES),
    lambda inner: (
        inner.map(lambda item: list[item])  # type: ignore[valid-type]  # a type made at run time
        | inner.map(lambda item: dict[str, item])  # type: ignore[valid-type]  # as above
        | records(inner)
    ),
    max_leaves=4,
)

BORDERS = ["9007199254740991", "9007199254740992", "-9007199254740993", "1e15", "1e16"]
FAR = ["1" + "0" * 30, "1e400", "1e-400"]
NUMBERS = st.sampled_from(["0", "-0", "1", "1.0", "2.5", "-3", "1e3", "5E-1", *BORDERS, *FAR])
WORDS = ["", "a", "b", "abc", "abcd", "1", "1.50", "NaN", "127.0.0.1", "é😀", "2026-01-31"]
TIMES = ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00", "2026-01-31 12:00:00+02:00"]
IDS = ["123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000"]
TEXTS = st.sampled_from([json.dumps(word) for word in WORDS + TIMES + IDS]) | st.just(r'"\ud83d"')


def an_object(value: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), value), max_size=4)
    return members.map(lambda pairs: "{" + ",".join(f'"{k}": {v}' for k, v in pairs) + "}")


JSON_TEXTS = st.recursive(
    NUMBERS | TEXTS | st.sampled_from(["null", "true", "false"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]")
        | an_object(inner)
    ),
    max_leaves=6,
)


SMALL = st.sampled_from(["0", "1", "1.0", "2.5", "5"])
LIKELY: dict[str, st.SearchStrategy[str]] = {
    "text": TEXTS,
    "integer": SMALL | NUMBERS,
    "number": SMALL | NUMBERS,
    "decimal": SMALL | NUMBERS | st.sampled_from(['"1.50"', '"NaN"']),
    "boolean": st.sampled_from(["true", "false"]),
    "uuid": st.sampled_from([json.dumps(id_) for id_ in IDS]),
    "date": st.just('"2026-01-31"'),
    "datetime": st.sampled_from([json.dumps(time) for time in TIMES]),
    "any": JSON_TEXTS,
    "enum": st.sampled_from(['"a"', '"b"', '"c"']),
}


TREES = st.recursive(
    st.sampled_from(["{}", '{"a":1}', '{"a":1.0}', '{"a":"x"}']),
    lambda inner: inner.map('{{"b":[{0},{0}]}}'.format) | inner.map('{{"a":2,"c":{}}}'.format),
    max_leaves=3,
)


def matching(info: TypeInfo) -> st.SearchStrategy[str]:
    """Texts that are likely to fit, so that acceptance is tried as well as refusal."""
    if info.record is Tree:
        return TREES
    if info.kind == "object":
        required = {field.name: matching(field.type) for field in info.fields if field.required}
        optional = {f.name: matching(f.type) for f in info.fields if not f.required}
        return st.fixed_dictionaries(required, optional=optional).map(
            lambda given: "{" + ",".join(f'"{k}":{v}' for k, v in given.items()) + "}"
        )
    if info.item is not None:
        item = matching(info.item)
        if info.kind == "map":
            return an_object(item)
        return st.lists(item, max_size=3).map(lambda items: "[" + ",".join(items) + "]")
    return LIKELY[info.kind]


def slow(record: type[Record], text: str) -> Record | None:
    try:
        value: Record = convert(decode_exact(text), record)
    except Refusal:
        return None
    return value


@settings(max_examples=700, deadline=None)
@given(st.data())
def test_what_the_typed_decoder_accepts_the_converter_accepts(data: st.DataObject) -> None:
    record = data.draw(records(CONTRACT_TYPES))
    decode = fast.decoder(record)
    assume(decode is not None)
    assert decode is not None
    text = data.draw(matching(type_info(record)) | an_object(JSON_TEXTS))
    try:
        quick = decode(text)
    except (msgspec.MsgspecError, UnicodeError):
        quick = None
    if quick is not None:
        assert repr(slow(record, text)) == repr(quick)


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_what_is_accepted_comes_back_from_its_own_text(data: st.DataObject) -> None:
    record = data.draw(records(CONTRACT_TYPES))
    value = slow(record, data.draw(matching(type_info(record))))
    assume(value is not None)
    assert value is not None
    assert Codec(record, record).decode(encode_json(value)) == value


@settings(max_examples=500, deadline=None)
@given(records(CONTRACT_TYPES), JSON_TEXTS)
def test_every_text_is_accepted_or_refused(record: type[Record], text: str) -> None:
    try:
        decoded = Codec(record, record).decode(text)
    except Refusal as refusal:
        code = refusal.code
    else:
        code = "" if isinstance(decoded, record) else "something else"
    assert code in {"", "invalid_json", "invalid_frame", "invalid_input", "unknown_field"}
