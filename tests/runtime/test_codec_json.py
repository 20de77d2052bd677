"""The JSON decoder: what passes, what does not, and what is said about it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.codec import decode_json, encode_json
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.errors import Refusal

DEEPEST_TEXT = "[" * 64 + "]" * 64


def said(text: bytes | str) -> str:
    with pytest.raises(Refusal) as refused:
        decode_json(text)
    assert refused.value.code == "invalid_json"
    return refused.value.message.removeprefix("the message is not JSON: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("  \n", "it is empty"),
        ('{"a": ', "it ends too early"),
        ('"abc', "it ends too early"),
        ("{} x", "there is more after the end of the value, at character 4"),
        ("{}{}", "there is more after the end of the value, at character 3"),
        ("{'a': 1}", "a key must be text in double quotes, at character 2"),
        ('{"a": 1,}', "nothing follows a comma, at character 9"),
        ("[1, ]", "nothing follows a comma, at character 5"),
        (r'"\x"', "an unknown escape at character 2"),
        ('"a\nb"', "unexpected character at character 3"),
        ("NaN", "unexpected “N” at character 1"),
        ("[Infinity]", "unexpected “I” at character 2"),
        ('{"ä": é}', "unexpected “é” at character 7"),
        ("\ufeff{}", "unexpected byte order mark at character 1"),
        ("1e400", "a number in it is too large"),
        ("9" * 5000, "a number in it is too large"),
        (r'"\ud800"', "half a surrogate pair at character 2"),
        (r'{"\ud800x": 1}', "half a surrogate pair at character 3"),
        (r'"\udc00"', "half a surrogate pair at character 2"),
        ('"\ud800"', "half a surrogate pair at character 2"),
        (b'"\xff"', "it is not UTF-8 at byte 2"),
        (b'{"a": "\xed\xa0\x80"}', "it is not UTF-8 at byte 8"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(text: bytes | str, message: str) -> None:
    assert said(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "[" * 65 + "]" * 65,
        "[" * 100_000,
        '{"a":' * 65 + "1" + "}" * 65,
        '["\\"",' + "[" * 64 + "]" * 64 + "]",
        '["\\\\",' + "[" * 64 + "]" * 64 + "]",
    ],
)
def test_more_than_64_levels_are_refused(text: str) -> None:
    assert said(text) == "the message is nested deeper than 64 levels"


@pytest.mark.parametrize(
    "text",
    [
        DEEPEST_TEXT,
        "[" + "[]," * 500 + "[]]",
        json.dumps(["[" * 500, "\\" * 3 + '"' + "{" * 500]),
    ],
)
def test_brackets_side_by_side_or_in_text_are_not_depth(text: str) -> None:
    assert decode_json(text) == json.loads(text)


def test_broken_text_with_many_brackets_is_told_what_is_broken() -> None:
    assert said("[" + "[]," * 100) == "it ends too early"


def test_the_last_of_equal_keys_counts() -> None:
    assert decode_json('{"a": 1, "a": 2}') == {"a": 2}


def test_a_sentence_names_what_was_read() -> None:
    with pytest.raises(Refusal) as refused:
        decode_json("", "the text")
    assert refused.value.message == "the text is not JSON: it is empty"


def test_exact_decoding_keeps_the_digits() -> None:
    decoded = decode_exact("[1.50, 1e3, 1e-99999999999999999999]")
    assert isinstance(decoded, list)
    assert list(map(str, decoded)) == ["1.50", "1E+3", "Infinity"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_every_json_value_is_read_as_python_reads_it(value: object) -> None:
    assert decode_json(json.dumps(value)) == value
    assert decode_json(encode_json(value)) == value


@given(st.binary() | st.text(alphabet='[]{}",:\\ud8091.e-+ntf ').map(str.encode))
def test_no_text_does_worse_than_a_refusal(text: bytes) -> None:
    try:
        decoded = decode_json(text)
    except Refusal as refusal:
        code = refusal.code
    else:
        code = "" if decoded == json.loads(text) else "another value"
    assert code in {"", "invalid_json"}
