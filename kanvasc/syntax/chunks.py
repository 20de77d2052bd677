"""Parsing a text that was parsed before, but for a part of it.

A program's declarations stand below each other, and none has a say in how another is read. So each
is parsed for itself, at its place in the text, and is kept as long as text and place are the same.
"""

from __future__ import annotations

import re
from typing import Final

from kanvasc.records import fields
from kanvasc.source import Source, Span
from kanvasc.syntax.parse import Parsed, Part, parse_part, parsed
from kanvasc.syntax.tree import File

_BEGINS: Final = re.compile(r'^(?:(?:machine|type) +[A-Za-z_]|uses +")', re.MULTILINE)
_LONG: Final = '"""'
_PARTS: Final = tuple(part.name for part in fields(File) if part.name != "span")
_KEPT: Final = 4
"""Versions of a text whose parts are remembered, about."""


def starts(text: str) -> list[int]:
    """Where the parts of a text begin, the first at 0."""
    found = [match.start() for match in _BEGINS.finditer(text)]
    if _LONG in text:
        # What looks like a declaration may stand in a text of several lines.
        found = [start for start in found if text.count(_LONG, 0, start) % 2 == 0]
    return [0, *(start for start in found if start > 0)]


class Chunks:
    """Parses texts, and remembers their parts."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], Part] = {}

    def parse(self, source: Source) -> Parsed:
        """As `kanvasc.syntax.parse`: the tree of all parts, and what there is to say."""
        begins = starts(source.text)
        bounds = zip(begins, (*begins[1:], len(source.text)), strict=True)
        parts = [self._part(source, Span(start, end)) for start, end in bounds]
        self._forget(len(parts))
        return parsed(source, _joined(source, parts), parts)

    def _part(self, source: Source, span: Span) -> Part:
        key = (span.start, source.text[span.start : span.end])
        # Taken out and put back: those that were not asked for the longest time come first.
        known = self._known.pop(key, None)
        if known is None:
            known = parse_part(source, span)
        self._known[key] = known
        return known

    def _forget(self, parts: int) -> None:
        while len(self._known) > _KEPT * parts + _KEPT:
            self._known.pop(next(iter(self._known)))


def _joined(source: Source, parts: list[Part]) -> File:
    whole = File(Span(0, len(source.text)), (), (), ())
    for name in _PARTS:
        setattr(whole, name, tuple(one for part in parts for one in getattr(part.tree, name)))
    return whole
