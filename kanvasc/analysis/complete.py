"""What could be written at a place: the program is read with a word put in there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from kanvasc.analysis import places
from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.completing import Completion
from kanvasc.analysis.hover import in_comment, is_word
from kanvasc.analysis.keywords import keywords
from kanvasc.analysis.nodes import around, inside_quotes, machine_at
from kanvasc.analysis.texts import Files, inside_text
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.syntax.ahead import ahead
from kanvasc.syntax.titles import SECTIONS

_TOP: Final = re.compile(r"^(?:machine|type) +\w", re.MULTILINE)
STAND_IN: Final = "zz_here"
"""Stands for what is being written; no program has this name."""


class Completions(NamedTuple):
    """What to offer, and the span that it replaces."""

    span: Span
    items: tuple[Completion, ...]


def complete(analysis: Analysis, offset: int, files: Files = tuple) -> Completions:
    """What may be written at a place, the likely things first."""
    span = _replaced(analysis.source.text, offset)
    if in_comment(analysis, offset):
        return Completions(span, ())
    text = _text_around(analysis, offset)
    if text is not None:
        path, literal = text
        quoted = inside_quotes(analysis.source.text, literal)
        return Completions(quoted, _ordered(inside_text(analysis, path, literal, files)))
    return Completions(span, _ordered(_word(analysis, span)))


def _replaced(text: str, offset: int) -> Span:
    start = end = offset
    while start > 0 and is_word(text[start - 1]):
        start -= 1
    while end < len(text) and is_word(text[end]):
        end += 1
    return Span(start, end)


def _text_around(
    analysis: Analysis, offset: int
) -> tuple[tuple[tree.Node, ...], tree.TextLit] | None:
    """The text that the offset is in, unless it is in an expression in it."""
    path = around(analysis.tree, offset)
    last = path[-1]
    if not isinstance(last, tree.TextLit):
        return None
    quoted = inside_quotes(analysis.source.text, last)
    if not quoted.start <= offset <= quoted.end:
        return None
    before = analysis.source.text[quoted.start : offset]
    return None if _open_value(before) else (path, last)


def _open_value(text: str) -> bool:
    """Whether a `${` in a text is not closed yet."""
    at = text.rfind("${")
    return at >= 0 and "}" not in text[at:]


def _word(analysis: Analysis, span: Span) -> list[Completion]:
    text = analysis.source.text
    line = text[text.rfind("\n", 0, span.start) + 1 : span.start]
    column = len(line) if not line.strip() else None
    if text[: span.start].rstrip().endswith(".") and not line.rstrip().endswith(".."):
        return places.completions(_place(analysis, span, ""))
    terminals = _ahead(text, span.start)
    found: list[Completion] = []
    for behind in _behind(terminals):
        at = _place(analysis, span, behind)
        found += places.completions(at)
    if terminals & {"MOD_IS", "MOD_WORD"} and column is None:
        found = places.modifiers(at)
    there = _sections(at.analysis.tree, span.start)
    return [*found, *(one for one in keywords(terminals, column) if one.label not in there)]


def _ahead(text: str, offset: int) -> frozenset[str]:
    """What the grammar takes there; nothing before the declaration around it has a say."""
    begins = [found.start() for found in _TOP.finditer(text, 0, offset)]
    start = begins[-1] if begins else 0
    return ahead(Source("", text[start:offset]), offset - start)


def _sections(file: tree.File, offset: int) -> set[str]:
    """The sections that the machine has already."""
    machine = machine_at(file, offset)
    return {SECTIONS.get(type(one), "") for one in machine.sections} if machine else set()


def _behind(terminals: frozenset[str]) -> list[str]:
    """What has to stand behind the word for it to be read as each of what it may be."""
    found = [""] if "NAME" in terminals else []
    if "KEY" in terminals:
        found.append(": null")
    if not found and "FIELD" in terminals:
        found.append(" as text")
    return found or [""]


def _place(analysis: Analysis, span: Span, behind: str) -> places.At:
    """The program with the word put in, and the nodes around it."""
    text = analysis.source.text
    after = text[span.end : span.end + 2].lstrip(" ")
    behind = "" if after.startswith((":", "as")) else behind
    read = analysis.written(span, f"{STAND_IN}{behind}")
    offset = span.start + 1
    return places.At(read, around(read.tree, offset), offset)


def _ordered(found: Iterable[Completion]) -> tuple[Completion, ...]:
    """Each once, the likely ones first."""
    once = {(one.label, one.sort): one for one in reversed(list(found)) if one.label != STAND_IN}
    return tuple(sorted(once.values(), key=lambda one: (one.rank, one.label)))
