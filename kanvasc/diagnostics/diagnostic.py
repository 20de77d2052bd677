"""The one value that every rule makes and every renderer reads."""

from __future__ import annotations

from enum import StrEnum

from kanvasc.diagnostics.registry import CODES
from kanvasc.records import dataclass
from kanvasc.source import Source, Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text at `span` (empty span: insert) by `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together. `safe`: the program then means what its author meant."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that explains this one; `source` only when it is in another file."""

    span: Span
    label: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding: what, where (`span`, `label`, `related`), why, what to do (`help`, `fixes`)."""

    code: str
    severity: Severity
    title: str
    span: Span
    label: str = ""
    related: tuple[Related, ...] = ()
    why: str = ""
    help: str = ""
    fixes: tuple[Fix, ...] = ()


def report(
    code: str,
    span: Span,
    title: str,
    *,
    label: str = "",
    related: tuple[Related, ...] = (),
    why: str | None = None,
    help: str = "",
    fixes: tuple[Fix, ...] = (),
) -> Diagnostic:
    """A diagnostic of a registered code; severity and the usual `why` come from the registry.

    Raises KeyError for a code that is not registered: that is our bug, found by any test.
    """
    entry = CODES[code]
    return Diagnostic(
        code=code,
        severity=Severity(entry.severity),
        title=title,
        span=span,
        label=label,
        related=related,
        why=entry.why if why is None else why,
        help=help,
        fixes=fixes,
    )
