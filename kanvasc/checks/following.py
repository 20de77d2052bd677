"""What only follows from text that could not be read, and so is not said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kanvasc.diagnostics import Diagnostic
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.doubts import Torn

_INPUT: Final = frozenset({"K1001", "K1003", "K2003", "K3004"})
_OUTPUT: Final = frozenset({"K1003", "K3001", "K3002", "K6002"})
_STEPS: Final = frozenset(
    {"K1001", "K1002", "K1003", "K1021", "K1023", "K1040", "K2003", "K3001", "K3002", "K3041"}
)
_PERMISSIONS: Final = frozenset({"K4001", "K4006", "K4007"})
_SURFACES: Final = frozenset({"K5001", "K5004"})
_ARMS: Final = frozenset({"K2003", "K2008", "K3002"})
_DECLARED: Final = frozenset({"K1007", "K1030", "K1003", "K3004"})
_FOLLOWS: Final[dict[type[tree.Node], frozenset[str]]] = {
    tree.Accepts: _INPUT,
    tree.RespondsWith: _OUTPUT,
    tree.Implements: _STEPS,
    tree.State: _STEPS,
    tree.Decide: _ARMS,
    tree.Field: frozenset({"K3001", "K3002"}),
    tree.Ensures: _PERMISSIONS,
    tree.Expresses: _SURFACES,
    tree.Machine: _INPUT | _OUTPUT | _STEPS | _PERMISSIONS | _SURFACES | {"K1005"},
    tree.Verifies: frozenset({"K1002"}),
    tree.TypeDecl: _DECLARED,
    tree.File: _DECLARED - {"K1003", "K3004"},
}
"""Findings that may be about what was lost in a node of this kind."""


def without_consequences(
    file: tree.File, torn: Sequence[Torn], found: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """The findings without those that what is torn may explain."""
    places = [(span, _FOLLOWS[one.kind]) for one in torn for span in _reach(file, one)]
    return [
        finding
        for finding in found
        if not any(
            finding.code in codes and span.start <= finding.span.start <= span.end
            for span, codes in places
        )
    ]


def _reach(file: tree.File, torn: Torn) -> list[Span]:
    """The machine that the loss is in, or its tests; types are known in the whole file."""
    if torn.kind in (tree.Decide, tree.Field):
        return [torn.span]
    if torn.kind in (tree.File, tree.TypeDecl):
        return [file.span]
    inside = [m for m in file.machines if m.span.start <= torn.span.start <= m.span.end]
    if torn.kind is not tree.Verifies:
        return [machine.span for machine in inside] or [file.span]
    tests = (tree.Verifies, tree.Achieves)
    return [part.span for m in inside for part in m.sections if isinstance(part, tests)]
