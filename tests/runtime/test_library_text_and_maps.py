"""The library's functions of text and of maps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime import fuel, library
from kanvas_runtime.errors import StepFailure


def test_case_and_space() -> None:
    assert library.upper("straße") == "STRASSE"
    assert library.lower("ÄB") == "äb"
    assert library.trim(" \ta b\n") == "a b"


@pytest.mark.parametrize(
    ("text", "separator", "parts"),
    [
        ("a,b,,c", ",", ["a", "b", "", "c"]),
        ("", ",", [""]),
        ("a😀", "", ["a", "😀"]),
        ("", "", []),
        ("abc", "abc", ["", ""]),
    ],
)
def test_split(text: str, separator: str, parts: list[str]) -> None:
    assert library.split(text, separator) == parts


def test_every_occurrence_is_replaced() -> None:
    assert library.replace("a-b-c", "-", "+") == "a+b+c"
    assert library.replace("abc", "", "-") == "-a-b-c-"


def test_parts_of_text() -> None:
    assert library.text_includes("abc", "bc")
    assert not library.text_includes("abc", "d")
    assert library.starts_with("abc", "ab")
    assert not library.starts_with("abc", "b")
    assert library.ends_with("abc", "bc")
    assert not library.ends_with("abc", "b")


@pytest.mark.parametrize(
    ("start", "end", "part"),
    [
        (1, None, "😀cd"),
        (1, 3, "😀c"),
        (-2, None, "cd"),
        (0, -1, "a😀c"),
        (3, 1, ""),
        (9, None, ""),
    ],
)
def test_slices(start: int, end: int | None, part: str) -> None:
    assert library.text_slice("a😀cd", start, end) == part
    assert library.list_slice(list("a😀cd"), start, end) == list(part)


@pytest.mark.parametrize(
    ("text", "length", "fill", "start", "end"),
    [
        ("7", 3, "0", "007", "700"),
        ("7", 6, "ab", "ababa7", "7ababa"),
        ("abc", 2, "0", "abc", "abc"),
        ("abc", -1, "0", "abc", "abc"),
        ("a", 3, "", "a", "a"),
    ],
)
def test_padding(text: str, length: int, fill: str, start: str, end: str) -> None:
    assert library.pad_start(text, length, fill) == start
    assert library.pad_end(text, length, fill) == end


def test_padding_is_spaces_unless_said() -> None:
    assert library.pad_start("a", 2) == " a"
    assert library.pad_end("a", 2) == "a "


@given(st.text(), st.integers(0, 50), st.text())
def test_padded_text_has_its_length(text: str, length: int, fill: str) -> None:
    expected = max(length, len(text)) if fill else len(text)
    assert len(library.pad_start(text, length, fill)) == expected
    assert len(library.pad_end(text, length, fill)) == expected


HALF = "x" * (fuel.LONGEST_TEXT // 2)
LONG = [0] * fuel.LONGEST_LIST
MANY = {str(n): n for n in range(fuel.LONGEST_LIST)}
TOO_LARGE: list[Callable[[], object]] = [
    lambda: library.pad_start("x", 10**15),
    lambda: library.pad_end("x", 10**15),
    lambda: library.replace(HALF, "x", "y" * 1_000_000),
    lambda: library.upper("ß" * (fuel.LONGEST_TEXT - 1)),
    lambda: library.lower("İ" * (fuel.LONGEST_TEXT - 1)),
    lambda: library.join([HALF, HALF, HALF]),
    lambda: library.join([""] * 20, HALF),
    lambda: library.split(HALF, "x"),
    lambda: library.split(HALF, ""),
    lambda: library.flat([LONG, [1]]),
    lambda: library.merge(MANY, {"x": 1}),
]


@pytest.mark.parametrize("grow", TOO_LARGE)
def test_no_value_outgrows_its_limit(grow: Callable[[], object]) -> None:
    with pytest.raises(StepFailure, match="became longer"):
        grow()


def test_maps() -> None:
    prices = {"b": 2, "a": 1}
    assert library.keys(prices) == ["b", "a"]
    assert library.values(prices) == [2, 1]
    assert library.has(prices, "a")
    assert not library.has(prices, "c")
    assert library.get(prices, "a") == 1
    assert library.get(prices, "c") is None
    assert library.merge(prices, {"a": 3, "c": 4}) == {"b": 2, "a": 3, "c": 4}
    assert prices == {"b": 2, "a": 1}
