"""`// kanvasc: allow K1014`: findings that somebody has looked at and wants to keep.

The comment stands at the end of the line that it is about, or on a line of its own above it. It
names one code or several, by commas, and may give its reason behind a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from kanvasc.diagnostics import CODES, Diagnostic, Edit, Fix, Severity, removal, report, spelling
from kanvasc.names import closest
from kanvasc.source import Source, Span
from kanvasc.syntax import tree

_ADDRESSED: Final = re.compile(r"//\s*kanvasc\s*:\s*(?P<order>.*)", re.IGNORECASE)
_ALLOW: Final = re.compile(r"allow\s+(?P<codes>\w+(?:\s*,\s*\w+)*)\s*(?::.*)?")
_WORD: Final = re.compile(r"\w+")


class _Named(NamedTuple):
    """One code of a comment, and the line (from 1) that it is about."""

    code: str
    span: Span
    comment: tree.Comment
    line: int


def allowed(
    source: Source, comments: Sequence[tree.Comment], found: Sequence[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """The findings without those that are allowed, and with those about the comments."""
    orders = [comment for comment in comments if _ADDRESSED.match(comment.text)]
    if not orders:
        return tuple(found)
    named = [each for comment in orders for each in _named(source, comment)]
    about = [finding for comment in orders for finding in _malformed(comment)]
    about += [finding for each in named if (finding := _no_effect(each)) is not None]
    at = {(each.line, each.code): each for each in named if _can_be_allowed(each.code)}
    used: set[tuple[int, str]] = set()
    kept: list[Diagnostic] = []
    for finding in found:
        place = source.line_of(finding.span.start), finding.code
        if place in at and finding.severity is not Severity.ERROR:
            used.add(place)
        else:
            kept.append(finding)
    # Where there are errors, some rules were not asked: what is unused now may not be later.
    if all(finding.severity is not Severity.ERROR for finding in found):
        about += [_unused(source, each) for place, each in at.items() if place not in used]
    return (*kept, *about)


def _can_be_allowed(code: str) -> bool:
    return code in CODES and CODES[code].severity != "error"


def _named(source: Source, comment: tree.Comment) -> Iterator[_Named]:
    order = _order(comment)
    if order is None:
        return
    line = _line_about(source, comment.span.start)
    for word in _WORD.finditer(comment.text, *order.span("codes")):
        start = comment.span.start + word.start()
        code = word.group().upper()
        yield _Named(code, Span(start, start + len(code)), comment, line)


def _order(comment: tree.Comment) -> re.Match[str] | None:
    addressed = _ADDRESSED.match(comment.text)
    start = addressed.start("order") if addressed else 0
    return _ALLOW.fullmatch(comment.text.rstrip(), start)


def _line_about(source: Source, offset: int) -> int:
    """The comment's own line, or the next one with more than a comment on it."""
    line = source.line_of(offset)
    if source.text[source.line_starts[line - 1] : offset].strip():
        return line
    while line < len(source.line_starts):
        line += 1
        text = source.line_text(line).strip()
        if text and not text.startswith("//"):
            break
    return line


def _malformed(comment: tree.Comment) -> Iterator[Diagnostic]:
    if _order(comment) is None:
        yield report(
            "K0702",
            comment.span,
            "This comment to kanvasc cannot be followed",
            label="expected `// kanvasc: allow CODE`",
            help="write `// kanvasc: allow K1014`, with codes by commas and a reason behind `:`",
        )


def _no_effect(named: _Named) -> Diagnostic | None:
    code, span = named.code, named.span
    if code not in CODES:
        near = closest(code, CODES) if re.fullmatch(r"K\d+", code) else None
        written = named.comment.text[span.start - named.comment.span.start :][: len(code)]
        return report(
            "K0702",
            span,
            f"There is no code `{written}`",
            fixes=spelling(span, near),
            help=f"did you mean `{near}`?" if near else "write a code as findings show it: `K1014`",
        )
    if not _can_be_allowed(code):
        return report(
            "K0702",
            span,
            f"{code} is an error, and errors cannot be allowed",
            label=CODES[code].title,
            help="correct what it is about: a program with errors is not built",
        )
    return None


def _unused(source: Source, named: _Named) -> Diagnostic:
    return report(
        "K0701",
        named.span,
        f"{named.code} allows nothing here",
        label=f"line {named.line} has no such finding",
        help="take it out",
        fixes=(Fix("Take it out", (_taken_out(source, named),)),),
    )


def _taken_out(source: Source, named: _Named) -> Edit:
    """The code with its comma, or the comment whose only code it is."""
    order = _order(named.comment)
    assert order is not None
    start = named.comment.span.start
    words = [word.span() for word in _WORD.finditer(named.comment.text, *order.span("codes"))]
    if len(words) == 1:
        return removal(source.text, named.comment.span)
    at = words.index((named.span.start - start, named.span.end - start))
    if at == 0:
        return Edit(Span(named.span.start, start + words[1][0]), "")
    return Edit(Span(start + words[at - 1][1], named.span.end), "")
