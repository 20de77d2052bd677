"""Edits that leave the text around them whole."""

from __future__ import annotations

from kanvasc.diagnostics.diagnostic import Edit, Fix
from kanvasc.source import Span


def spelling(span: Span, near: str | None) -> tuple[Fix, ...]:
    """The fix of a misspelt word, where there is a near one."""
    return (Fix(f"Write `{near}`", (Edit(span, near),), safe=False),) if near else ()


def removal(text: str, span: Span) -> Edit:
    """Takes out `span` with what would be left dangling: the comma or blanks before it, or the
    whole line when nothing else stands on it."""
    line = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    if not text[line : span.start].strip() and not text[span.end : end].strip():
        return Edit(Span(line, min(end + 1, len(text))), "")
    start = len(text[: span.start].rstrip(" "))
    if text[:start].endswith(","):
        start -= 1
    return Edit(Span(start, span.end), "")
