"""What people read: excerpts under any script, any width, any length, and without surprises."""

from __future__ import annotations

import re
import unicodedata

import pytest

from kanvasc.diagnostics import Related, report
from kanvasc.diagnostics.text import Style, clean, render_one, width_of, wrap
from kanvasc.source import Source, Span
from tests.diagnostics.programs import findings

COLOURED = Style(colour=True, width=60, window=64)


def shown(text: str, marked: str, style: Style | None = None) -> list[str]:
    """The lines about the first `marked` in `text`."""
    start = text.index(marked)
    found = report("K1001", Span(start, start + len(marked)), "A title", label="here", help="help")
    return render_one(Source("a.kanvas", text), found, style or Style()).splitlines()


def excerpt(lines: list[str]) -> tuple[str, str]:
    """The source line and the line of marks under it, without the gutter."""
    place = next(number for number, line in enumerate(lines) if re.match(r"\d+ │", line))
    return lines[place].partition("│ ")[2], lines[place + 1].partition("│ ")[2]


@pytest.mark.parametrize(
    "before",
    [
        *("", "abc ", "数量 ", "😀😀 ", "e\u0301 ", "\t", "a\tb ", "ｆｕｌｌ ", "한국어 "),
        *("\u1112\u1161\u11ab ", "👍\U0001f3fd ", "❤\ufe0f ", "हिन्दी ", "🇦🇹 "),
    ],
    ids=[
        *("none", "ascii", "cjk", "emoji", "combining", "tab", "tab-inside", "fullwidth", "hangul"),
        *("jamo", "skin-tone", "emoji-sign", "devanagari", "flag"),
    ],
)
def test_marks_stand_under_what_they_mark(before: str) -> None:
    line, marks = excerpt(shown(f"{before}price rest", "price"))
    column = width_of(line[: line.index("price")])
    assert marks == f"{' ' * column}^^^^^ here"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("数量", 4),
        ("ｆｕ", 4),
        ("😀", 2),
        ("e\u0301", 1),
        ("\u1112\u1161\u11ab", 2),
        ("한", 2),
        ("👍\U0001f3fd", 2),
        ("❤", 1),
        ("❤\ufe0f", 2),
        ("😀\ufe0f", 2),
        ("ก\u0e31", 1),
        ("🇦🇹", 2),
    ],
)
def test_columns_are_those_of_a_terminal(text: str, columns: int) -> None:
    assert width_of(text) == columns


def test_marks_are_as_wide_as_what_they_mark() -> None:
    _, marks = excerpt(shown('x "数量😀" y', '"数量😀"'))
    assert marks.strip() == "^" * 8 + " here"


def test_an_empty_span_still_has_a_mark() -> None:
    text = "machine m"
    found = report("K1001", Span(len(text), len(text)), "A title")
    _, marks = excerpt(render_one(Source("a", text), found, Style()).splitlines())
    assert marks == f"{' ' * len(text)}^"


def test_a_span_over_several_lines_marks_its_first() -> None:
    line, marks = excerpt(shown("ask one\n  with two\n", "one\n  with"))
    assert line == "ask one"
    assert marks == "    ^^^ here"


@pytest.mark.parametrize("place", [0, 200, 3000, 5990])
def test_a_very_long_line_is_cut_around_the_place(place: int) -> None:
    text = "x" * place + "price" + "y" * (6000 - place)
    line, marks = excerpt(shown(text, "price"))
    assert width_of(line) <= 170
    assert line[len(marks) - len("^^^^^ here") :].startswith("price")


def test_a_long_line_of_wide_characters_is_cut_by_columns() -> None:
    text = "数" * 300 + "price" + "数" * 300
    line, marks = excerpt(shown(text, "price"))
    assert width_of(line) <= 170
    assert width_of(line[: line.index("price")]) == len(marks) - len("^^^^^ here")


def test_on_a_terminal_a_line_takes_the_width_of_the_window() -> None:
    text = "x" * 100 + "price" + "y" * 100
    lines = [uncoloured(line) for line in shown(text, "price", COLOURED)]
    assert all(width_of(line) <= 64 for line in lines)


def uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_colours_change_nothing_else() -> None:
    plain = shown("machine price", "price", Style(width=60))
    coloured = shown("machine price", "price", COLOURED)
    assert "\x1b[" in "".join(coloured)
    assert [uncoloured(line) for line in coloured] == plain
    assert "\x1b" not in "".join(plain)


HOSTILE = [
    "\x1b[31mred",
    "\x07",
    "\x9b31m",
    "\u202e reversed",
    "\u2066 isolated",
    "\x00",
    "\r",
    "\u2028",
    "\x7f",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_control_characters_are_seen_and_not_obeyed(text: str) -> None:
    program = (
        f'machine m\n  accepts\n    a as text, default: "{text}" // {text}\n    b as {text}x\n'
    )
    for found in findings(program):
        page = render_one(Source(f"{text}.kanvas", program), found, Style())
        assert not raw_controls(page), ascii(page)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_every_part_of_a_finding_is_cleaned(text: str) -> None:
    found = report(
        "K1001",
        Span(0, 1),
        text,
        label=text,
        related=(Related(Span(1, 2), text), Related(Span(0, 1), text, Source(text, "x"))),
        why=text,
        help=text,
    )
    page = render_one(Source(text, f"{text}{text}"), found, Style())
    assert not raw_controls(page), ascii(page)


def raw_controls(page: str) -> set[str]:
    return {
        character
        for character in page
        if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")
    }


def test_cleaning_keeps_what_people_write() -> None:
    assert clean("größe 数量 😀 \u00a0") == "größe 数量 😀 \u00a0"
    assert clean("a\x1bb") == "a\\u{1b}b"


@pytest.mark.parametrize("width", [20, 40, 78])
def test_prose_keeps_the_width(width: int) -> None:
    text = "What may happen to a value that is not there has to be said, in words or by `??`."
    lines = wrap(text, width)
    assert all(width_of(line) <= width for line in lines)
    assert " ".join(lines) == text


def test_prose_does_not_part_what_is_to_be_typed() -> None:
    lines = wrap("then write `path: one two three four` below it", 24)
    assert any("`path: one two three four`" in line for line in lines)


def test_related_places_follow_in_their_own_excerpts() -> None:
    text = "machine m\n  accepts\n    a as text\n    a as text\n"
    (found,) = findings(text)
    page = render_one(Source("a.kanvas", text), found, Style())
    assert page.index("4 │     a as text") < page.index("3 │     a as text")
    assert "----- first" not in page
    assert "- first declared here" in page


def test_a_related_place_of_another_file_is_named() -> None:
    related = Related(Span(1, 2), "declared there", Source("shared/types.kanvas", "\nx"))
    found = report("K1004", Span(0, 1), "A title", related=(related,))
    page = render_one(Source("a.kanvas", "x"), found, Style())
    assert "shared/types.kanvas:2:1: declared there" in page
