"""Diagnostics for programs: one JSON document, schema 1."""

from __future__ import annotations

import json
from typing import Any

from kanvasc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related, Severity
from kanvasc.diagnostics.run import Run
from kanvasc.source import Source, Span

SCHEMA = 1


def document(run: Run) -> str:
    """`{"schema": 1, "diagnostics": […], "summary": {…}}`, ended by a line end."""
    whole = {
        "schema": SCHEMA,
        "diagnostics": [entry(source, found) for source, found in run.findings()],
        "summary": {
            "files": len(run.programs),
            "errors": run.counts[Severity.ERROR],
            "warnings": run.counts[Severity.WARNING],
            "hints": run.counts[Severity.HINT],
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def entry(source: Source, found: Diagnostic) -> dict[str, Any]:
    return {
        "code": found.code,
        "severity": found.severity.value,
        "title": found.title,
        "file": source.path,
        "range": range_of(source, found.span),
        "label": found.label,
        "related": [_related(source, related) for related in found.related],
        "why": found.why,
        "help": found.help,
        "fixes": [_fix(source, fix) for fix in found.fixes],
    }


def range_of(source: Source, span: Span) -> dict[str, dict[str, int]]:
    """1-based lines and columns in code points, and byte offsets."""
    ends = {"start": source.position(span.start), "end": source.position(span.end)}
    return {name: position._asdict() for name, position in ends.items()}


def _related(source: Source, related: Related) -> dict[str, Any]:
    there = related.source or source
    return {
        "file": there.path,
        "range": range_of(there, related.span),
        "label": related.label,
    }


def _fix(source: Source, fix: Fix) -> dict[str, Any]:
    return {
        "title": fix.title,
        "safe": fix.safe,
        "edits": [_edit(source, edit) for edit in fix.edits],
    }


def _edit(source: Source, edit: Edit) -> dict[str, Any]:
    return {"range": range_of(source, edit.span), "text": edit.text}
