"""What commands and editors ask for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kanvasc.diagnostics import Edit
from kanvasc.format import ranges
from kanvasc.format.older import applied, modern
from kanvasc.format.printer import Printer
from kanvasc.format.program import partly_sound_text, sound_text
from kanvasc.format.regions import breaking, regions
from kanvasc.format.same import Unfaithful, difference
from kanvasc.format.written import Written
from kanvasc.records import dataclass
from kanvasc.source import Source, Span
from kanvasc.syntax import Parsed, parse, tree

_DEEP: Final = 4000
"""Frames that the deepest tree which the parser makes may need, printed."""


@dataclass(frozen=True, slots=True)
class Formatted:
    """`kept`: how many parts of the program have errors and stand as they were."""

    text: str
    kept: int = 0


def format_program(source: Source) -> Formatted:
    """A program in its canonical layout; what has errors in it is left as it is.

    Raises Unfaithful where the result would not be the same program.
    """
    with _at_work():
        source, parsed = modern(source)
        if breaking(parsed.diagnostics):
            return _partly(source, parsed)
        written = Written(source)
        text = sound_text(Printer(written, parsed.tree.comments), parsed.tree)
        # An older spelling with a comment inside is still in the text, not in the tree.
        spelling = all(found.code != "K0019" for found in parsed.diagnostics)
        _check(parsed, written, Source(source.path, text), spelling=spelling)
        return Formatted(text)


def format_file(file: tree.File) -> str:
    """The text of a tree that was made, not read."""
    with _at_work():
        return sound_text(Printer(Written(Source("", ""))), file)


def _partly(source: Source, parsed: Parsed) -> Formatted:
    """What an error is about may depend on the layout around it. So where the result is not the
    same program with the same layout when it is read again, nothing moves at all."""
    done = _torn(source, parsed)
    after = Source(source.path, done.text)
    again = parse(after)
    same = difference(parsed, again, Written(source), after) is None
    if same and _torn(after, again).text == done.text:
        return done
    return Formatted(source.text, done.kept)


def _torn(source: Source, parsed: Parsed) -> Formatted:
    written = Written(source)
    found = regions(written, parsed.tree, breaking(parsed.diagnostics))
    text, kept = partly_sound_text(Printer(written, parsed.tree.comments), found)
    return Formatted(text, len(kept))


def _check(parsed: Parsed, written: Written, after: Source, *, spelling: bool = True) -> None:
    again = parse(after)
    if breaking(again.diagnostics):
        first = again.diagnostics[0]
        raise Unfaithful(f"{after.path}: formatted, it has an error: {first.title}")
    lost = difference(parsed, again, written, after, spelling=spelling)
    if lost is not None:
        raise Unfaithful(f"{after.path}: formatted, it is another program: {lost}")


@contextmanager
def _at_work() -> Iterator[None]:
    """Room for trees as deep as the parser lets them be, and no search for garbage among
    documents, which all stay until the text is there."""
    limit, collecting = sys.getrecursionlimit(), gc.isenabled()
    sys.setrecursionlimit(max(limit, _DEEP))
    gc.disable()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()


def format_range(source: Source, span: Span) -> list[Edit]:
    """The edits that lay out only the items that a range touches.

    None while the program has errors that the layout could make worse. Raises Unfaithful where
    the result would not be the same program.
    """
    parsed = parse(source)
    if breaking(parsed.diagnostics):
        return []
    written = Written(source)
    printer = Printer(written, parsed.tree.comments)
    with _at_work():
        sound_text(printer, parsed.tree)
        edits = ranges.edits(printer, span)
    _check(parsed, written, Source(source.path, applied(source.text, edits)), spelling=False)
    return edits
