"""Only some items of a program, where they stand."""

from __future__ import annotations

from kanvasc.diagnostics import Edit
from kanvasc.format.doc import render
from kanvasc.format.printer import Placed, Printer
from kanvasc.format.written import Written
from kanvasc.source import Span


def edits(printer: Printer, span: Span) -> list[Edit]:
    """The edits that lay out the smallest items that hold the range.

    An item keeps the indentation of its line, so what stands around it is not touched.
    """
    written = printer.written
    found: list[Edit] = []
    for item in _touched(written, printer.placed, span):
        text = render(item.doc, indent=written.column(item.span.start)).lstrip(" ")
        if text != written.of(item.span):
            found.append(Edit(item.span, text))
    return found


def _touched(written: Written, items: list[Placed], span: Span) -> list[Placed]:
    """The items that a range touches: of the deepest block in which it lies."""
    touched = [
        item for item in items if item.span.start <= span.end and item.span.end >= span.start
    ]
    if any(not written.begins_line(item.span.start) for item in touched):
        return []
    if len(touched) == 1 and touched[0].children:
        children = touched[0].children
        if span.start >= written.line_start(children[0].span.start):
            return _touched(written, children, span) or touched
    return touched
