"""Safe fixes, made again and again until nothing is left to fix, and never for the worse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from kanvasc.diagnostics import Diagnostic, Edit, Fix, Severity
from kanvasc.records import dataclass
from kanvasc.source import Source

Findings = Callable[[Source], Sequence[Diagnostic]]

_ROUNDS: Final = 100
"""A fix can make room for the next one; longer chains than this would be our own mistake."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """`titles`: the fixes that were made, in the order of the rounds."""

    source: Source
    findings: tuple[Diagnostic, ...]
    titles: tuple[str, ...]


def applied(text: str, edits: Iterable[Edit]) -> str:
    """`text` with edits that do not overlap; insertions at one place keep their order."""
    for edit in sorted(dict.fromkeys(edits), key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def fix_all(source: Source, findings: Findings) -> Fixed:
    """The program with its safe fixes made.

    A round makes all that do not touch each other. A fix after which there would be more errors
    than before is left alone, so a program without errors stays one.
    """
    fixer = _Fixer(source, findings)
    for _ in range(_ROUNDS):
        if not fixer.round():
            break
    return Fixed(fixer.source, tuple(fixer.found), tuple(fixer.titles))


class _Fixer:
    def __init__(self, source: Source, findings: Findings) -> None:
        self.source = source
        self.findings = findings
        self.found = findings(source)
        self.titles: list[str] = []
        self.seen = {source.text}
        self.refused: set[tuple[str, str, str]] = set()

    def round(self) -> bool:
        """Whether anything was fixed."""
        chosen = _apart(self._offered())
        if self._accept([fix for _, fix in chosen]):
            return True
        # One of them does harm: those after it were looked for in a text that is still the same.
        for found, fix in chosen:
            if self._accept([fix]):
                return True
            self.refused.add(self._key(found, fix))
        return False

    def _offered(self) -> list[tuple[Diagnostic, Fix]]:
        """The first safe fix of each finding."""
        offered: list[tuple[Diagnostic, Fix]] = []
        for found in self.found:
            safe = (fix for fix in found.fixes if fix.safe)
            first = next((f for f in safe if self._key(found, f) not in self.refused), None)
            if first is not None:
                offered.append((found, first))
        return offered

    def _key(self, found: Diagnostic, fix: Fix) -> tuple[str, str, str]:
        """A fix that was refused, wherever its line has moved to."""
        line = self.source.line_text(self.source.line_of(found.span.start))
        return found.code, fix.title, line

    def _accept(self, fixes: list[Fix]) -> bool:
        if not fixes:
            return False
        text = applied(self.source.text, (edit for fix in fixes for edit in fix.edits))
        if text in self.seen:
            return False
        self.seen.add(text)
        source = Source(self.source.path, text)
        found = self.findings(source)
        if _errors(found) > _errors(self.found):
            return False
        self.source, self.found = source, found
        self.titles += [fix.title for fix in fixes]
        return True


def _errors(found: Sequence[Diagnostic]) -> int:
    return sum(one.severity is Severity.ERROR for one in found)


def _apart(offered: list[tuple[Diagnostic, Fix]]) -> list[tuple[Diagnostic, Fix]]:
    """Those that touch none before them; one that is offered twice is made once."""
    chosen: list[tuple[Diagnostic, Fix]] = []
    taken: list[Edit] = []
    for found, fix in offered:
        if not any(_touch(edit, other) for edit in fix.edits for other in taken):
            chosen.append((found, fix))
            taken += fix.edits
    return chosen


def _touch(edit: Edit, other: Edit) -> bool:
    return edit.span.start <= other.span.end and other.span.start <= edit.span.end
