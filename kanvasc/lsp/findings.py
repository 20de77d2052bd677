"""Our findings as the protocol's diagnostics."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

from lsprotocol import types as lsp

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.diagnostics.registry import CODES
from kanvasc.diagnostics.run import prose
from kanvasc.lsp.documents import Document
from kanvasc.lsp.positions import location
from kanvasc.version import VERSION

_SEVERITY = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
    Severity.HINT: lsp.DiagnosticSeverity.Hint,
}
UNNECESSARY = frozenset({"K1014", "K1023", "K4005"})
"""Codes about what could go; editors show it faded."""
OLDER = frozenset({"K0019"})
"""Codes about older spellings; editors strike them through."""


def diagnostic(document: Document, found: Diagnostic) -> lsp.Diagnostic:
    range_ = document.positions.range(found.span)
    return lsp.Diagnostic(
        range=range_,
        message="\n".join((found.title, prose(found))).rstrip(),
        severity=_SEVERITY[found.severity],
        code=found.code,
        code_description=lsp.CodeDescription(page_of(found.code)),
        source="kanvasc",
        tags=_tags(found.code),
        related_information=_related(document, found) or None,
    )


def _tags(code: str) -> list[lsp.DiagnosticTag] | None:
    if code in UNNECESSARY:
        return [lsp.DiagnosticTag.Unnecessary]
    return [lsp.DiagnosticTag.Deprecated] if code in OLDER else None


def _related(document: Document, found: Diagnostic) -> list[lsp.DiagnosticRelatedInformation]:
    related: list[lsp.DiagnosticRelatedInformation] = []
    for other in found.related:
        if other.source is None:
            place = location(document.uri, document.positions, other.span)
        else:
            place = document.elsewhere(other.source, other.span)
        related.append(lsp.DiagnosticRelatedInformation(place, other.label))
    return related


@cache
def page_of(code: str) -> str:
    """The URI of a page about a code: a file here, so that it can be read without a network."""
    path = _folder() / f"{code}.md"
    path.write_text(page(code), encoding="utf-8")
    return path.as_uri()


def page(code: str) -> str:
    """Markdown about a code: why there is the rule, a wrong program and a right one."""
    entry = CODES[code]
    return (
        f"# {code}: {entry.title}\n\n{entry.why}\n\n"
        f"## Wrong\n\n```kanvas\n{entry.wrong.rstrip()}\n```\n\n"
        f"## Right\n\n```kanvas\n{entry.right.rstrip()}\n```\n"
    )


@cache
def _folder() -> Path:
    """A folder of this user and version; another one where that cannot be written."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "kanvasc" / VERSION / "codes"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="kanvasc-codes-"))
