"""What only follows from text that could not be read, and so is not said.

A finding follows from a fault when it stands on a line that was read by guess, when it misses a
name that stands on such a line, or when it is about something that was torn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from kanvasc.diagnostics import Diagnostic
from kanvasc.source import Source, Span
from kanvasc.syntax import Parsed, tree
from kanvasc.syntax.doubts import Torn

_ABOUT_NAMES: Final = frozenset(
    {"K1001", "K1002", "K1003", "K1007", "K1021", "K1030", "K3004", "K3007", "K3041", "K6002"}
)
"""There is no such thing: whoever was to declare it may be what could not be read."""

_MEMBERS: Final = frozenset({"K1001", "K1002", "K1003"})
"""Of these, what is half written may be the beginning of what is missed."""

_OUTPUT: Final = frozenset({"K3001", "K3002"})
_ARMS: Final = frozenset({"K2003", "K2008", "K3002"})
_STEPS: Final = _OUTPUT | {"K1023", "K1040", "K2003"}
_PERMISSIONS: Final = frozenset({"K4001", "K4006", "K4007"})
_SURFACES: Final = frozenset({"K5001", "K5004"})
_TESTS: Final = frozenset({"K1002", "K3004", "K6001"})
_FOLLOWS: Final[dict[type[tree.Node], frozenset[str]]] = {
    tree.Name: _STEPS | {"K1002"},
    tree.Accepts: frozenset({"K2003", "K3004", "K6002"}),
    tree.RespondsWith: _OUTPUT,
    tree.Implements: _STEPS,
    tree.State: _STEPS,
    tree.Decide: _ARMS,
    tree.Field: _OUTPUT,
    tree.Ensures: _PERMISSIONS,
    tree.Expresses: _SURFACES,
    tree.Verifies: _TESTS,
    tree.Machine: _STEPS | _PERMISSIONS | _SURFACES | _TESTS | {"K1005", "K6002"},
    tree.TypeDecl: frozenset({"K2003", "K3004"}),
    tree.File: frozenset(),
}
"""Findings that what was lost in a node of this kind may explain."""


def without_consequences(
    source: Source, parsed: Parsed, torn: Sequence[Torn], found: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """The findings that no fault of the form explains."""
    if not parsed.doubts:
        return list(found)
    lines = set(_lines(source, parsed.doubts))
    words = {word for line in lines for word in re.findall(r"\w+", source.line_text(line))}
    begun = tuple(_last_words(source, lines))
    places = [(span, _FOLLOWS[one.kind]) for one in torn for span in _reach(parsed.tree, one)]

    def follows(finding: Diagnostic) -> bool:
        if source.line_of(finding.span.start) in lines:
            return True
        if finding.code in _ABOUT_NAMES:
            name = _name(source, finding.span)
            if name in words or (finding.code in _MEMBERS and name.startswith(begun)):
                return True
        return any(
            finding.code in codes and span.start <= finding.span.start <= span.end
            for span, codes in places
        )

    return [finding for finding in found if not follows(finding)]


def _lines(source: Source, doubts: Iterable[Span]) -> Iterator[int]:
    for doubt in doubts:
        yield from range(source.line_of(doubt.start), source.line_of(doubt.end) + 1)


def _last_words(source: Source, lines: Iterable[int]) -> Iterator[str]:
    """The last word of each line, which may be half of the name that is being written."""
    for line in lines:
        found = re.search(r"(\w+)\W*$", source.line_text(line))
        if found is not None:
            yield found[1]


def _name(source: Source, span: Span) -> str:
    """The name that is missed: the last one, where more than the name is marked."""
    words: list[str] = re.findall(r"\w+", source.text[span.start : span.end])
    return words[-1] if words else ""


def _reach(file: tree.File, torn: Torn) -> list[Span]:
    """Where findings may be due to a loss: in its machine, if not only in its tests."""
    if torn.kind in (tree.Decide, tree.Field):
        return [torn.span]
    inside = [m for m in file.machines if m.span.start <= torn.span.start <= m.span.end]
    if torn.kind is tree.Verifies:
        tests = (tree.Verifies, tree.Achieves)
        return [part.span for m in inside for part in m.sections if isinstance(part, tests)]
    return [machine.span for machine in inside] or [file.span]
