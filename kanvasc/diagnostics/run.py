"""What one run of `check` has found: all that a renderer may know."""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from urllib.parse import quote

from kanvasc.diagnostics.diagnostic import Diagnostic, Severity
from kanvasc.records import dataclass
from kanvasc.source import Source

ERRORS = frozenset({Severity.ERROR})
_ESCAPES = "surrogateescape"
"""How file names hold bytes that are no UTF-8."""


@dataclass(frozen=True, slots=True)
class Run:
    """`programs`: those that were checked, with their findings, in the order to tell them in.

    `base`: the absolute folder that relative paths start from. `fatal`: severities that fail the
    run.
    """

    programs: tuple[tuple[Source, tuple[Diagnostic, ...]], ...]
    base: PurePath
    fatal: frozenset[Severity] = ERRORS

    def findings(self) -> Iterator[tuple[Source, Diagnostic]]:
        for source, found in self.programs:
            for one in found:
                yield source, one

    @property
    def counts(self) -> dict[Severity, int]:
        counted = Counter(found.severity for _, found in self.findings())
        return {severity: counted[severity] for severity in Severity}

    @property
    def failed(self) -> bool:
        return any(found.severity in self.fatal for _, found in self.findings())


def relative(path: str, base: PurePath) -> str:
    """A path as services show it: from `base`, with slashes; absolute when it is not inside."""
    whole = PurePath(os.path.normpath(base / path))
    inside = whole.is_relative_to(base)
    return (whole.relative_to(base) if inside else whole).as_posix()


def uri(path: str, base: PurePath) -> str:
    """The same as a URI reference (RFC 3986): relative inside `base`, else with `file:`."""
    shown = relative(path, base)
    whole = PurePath(shown)
    if whole.is_absolute() and not shown.startswith("/"):
        return whole.as_uri()
    return ("file://" if whole.is_absolute() else "") + quote(shown, errors=_ESCAPES)


def prose(found: Diagnostic) -> str:
    """All that a finding says below its title, a sentence or more a line."""
    lines = (found.label, found.why, f"help: {found.help}" if found.help else "")
    return "\n".join(line for line in lines if line)


def numbered(fingerprints: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each with the number of its occurrence, from 1: equal lines are told apart by their order."""
    seen: Counter[str] = Counter()
    for fingerprint in fingerprints:
        seen[fingerprint] += 1
        yield fingerprint, seen[fingerprint]


def fingerprint(source: Source, found: Diagnostic, base: PurePath) -> str:
    """What stays the same while lines above change: code, path and the line without its spaces."""
    from hashlib import sha256

    line = " ".join(source.line_text(source.line_of(found.span.start)).split())
    parts = "\0".join((found.code, relative(source.path, base), line))
    return sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
