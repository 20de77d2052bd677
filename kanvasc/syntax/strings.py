"""Where a text ends, and what it says: escapes, common indentation, interpolated expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kanvasc.diagnostics import Diagnostic, report
from kanvasc.source import Span

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}
_STOP: Final = re.compile(r'\\|"|\$\{|\n')
_IN_BRACES: Final = re.compile(r'"|[{}]|//[^\n]*|\n')
_CHUNK: Final = re.compile(r"\\(?:u\{([^}\n\"]*)\}|(.))|\$\{", re.DOTALL)
_SECTION_LINE: Final = re.compile(
    r"\n(?=[ ]*(?:accepts|responds with|achieves|ensures|implements|expresses|verifies|machine)\b)"
)


class StringEnd(NamedTuple):
    """`end`: behind the closing quotes, or where an unclosed text has to stop."""

    end: int
    closed: bool


def string_end(text: str, start: int, end: int) -> StringEnd:
    """Where the text that begins with a quote at `start` ends, nested texts and braces included."""
    if text.startswith('"""', start, end):
        return _long_end(text, start, end)
    closed = _walk(text, start, end)
    if closed is not None:
        return StringEnd(closed, True)
    newline = text.find("\n", start, end)
    return StringEnd(end if newline < 0 else newline, False)


def _long_end(text: str, start: int, end: int) -> StringEnd:
    closed = _walk(text, start, end)
    if closed is not None:
        return StringEnd(closed, True)
    # The rest of the program is worth more than the rest of this text.
    section = _SECTION_LINE.search(text, start, end)
    return StringEnd(section.start() if section else end, False)


def _walk(text: str, start: int, end: int) -> int | None:
    """Behind the closing quote, without recursion; None when it never comes."""
    quote = '"""' if text.startswith('"""', start, end) else '"'
    # What is open, innermost last: a quote, or the count of open braces of an interpolation.
    open_: list[str | int] = [quote]
    at = start + len(quote)
    lines = quote == '"""'
    while open_:
        top = open_[-1]
        found = (_STOP if isinstance(top, str) else _IN_BRACES).search(text, at, end)
        if found is None:
            return None
        sign, at = found.group(), found.end()
        if sign == "\n" and not lines:
            return None
        if isinstance(top, int):
            at = _brace(open_, top, sign, text, at)
        elif sign == "\\":
            at += 1
        elif sign == "${":
            open_.append(1)
        elif sign == '"' and text.startswith(top, found.start(), end):
            at = found.start() + len(top)
            open_.pop()
    return at


def _brace(open_: list[str | int], count: int, sign: str, text: str, at: int) -> int:
    if sign == '"':
        quote = '"""' if text.startswith('"""', at - 1) else '"'
        open_.append(quote)
        return at - 1 + len(quote)
    if sign == "{":
        open_[-1] = count + 1
    elif sign == "}":
        open_[-1] = count - 1
        if count == 1:
            open_.pop()
    return at


def interpolation_end(text: str, start: int, end: int) -> int | None:
    """Offset of the `}` that closes the `${` whose inside begins at `start`."""
    open_: list[str | int] = [1]
    at = start
    while open_:
        top = open_[-1]
        found = (_STOP if isinstance(top, str) else _IN_BRACES).search(text, at, end)
        if found is None:
            return None
        sign, at = found.group(), found.end()
        if isinstance(top, int):
            at = _brace(open_, top, sign, text, at)
        elif sign == "\\":
            at += 1
        elif sign == "${":
            open_.append(1)
        elif sign == '"' and text.startswith(top, found.start(), end):
            at = found.start() + len(top)
            open_.pop()
    return at - 1


class Inside(NamedTuple):
    """An interpolated expression: the range between `${` and `}`."""

    start: int
    end: int


def pieces_of(
    text: str, start: int, end: int, diagnostics: list[Diagnostic]
) -> Iterator[str | Inside]:
    """What stands in `text[start:end]`, the quotes left out: decoded text and expressions."""
    at = start
    while True:
        found = _CHUNK.search(text, at, end)
        if found is None:
            break
        if found.start() > at:
            yield text[at : found.start()]
        at = found.end()
        if found.group() == "${":
            close = interpolation_end(text, at, end)
            stop = end if close is None else close
            yield Inside(at, stop)
            at = min(stop + 1, end)
        else:
            yield _escape(found, diagnostics)
    if at < end:
        yield text[at:end]


def _escape(found: re.Match[str], diagnostics: list[Diagnostic]) -> str:
    code, sign = found.groups()
    if code is None and sign in _ESCAPES:
        return _ESCAPES[sign]
    span = Span(found.start(), found.end())
    if code is None:
        diagnostics.append(_unknown_escape(span, found.group()))
        return found.group()
    if re.fullmatch(r"[0-9A-Fa-f]{1,6}", code):
        number = int(code, 16)
        if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
            return chr(number)
    diagnostics.append(
        report(
            "K0008",
            span,
            f"`{found.group()}` is no character",
            label="no character has this number",
            help="write one to six hexadecimal digits, as in `\\u{e9}` or `\\u{1F600}`",
        )
    )
    return "\ufffd"


def _unknown_escape(span: Span, written: str) -> Diagnostic:
    from kanvasc.diagnostics import Edit, Fix

    return report(
        "K0008",
        span,
        f"`{written}` means nothing in a text",
        label="unknown escape",
        help=f"write `\\{written}` for a backslash",
        fixes=(Fix("Write a backslash as `\\\\`", (Edit(Span(span.start, span.start), "\\"),)),),
    )
