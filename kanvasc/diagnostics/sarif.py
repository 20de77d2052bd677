"""SARIF 2.1.0 (OASIS), for code scanning services: one run, the rules that have a result."""

from __future__ import annotations

import json
from typing import Any

from kanvasc.diagnostics.diagnostic import Diagnostic, Edit, Fix, Related, Severity
from kanvasc.diagnostics.registry import CODES, Code
from kanvasc.diagnostics.run import Run, fingerprint, numbered, prose, uri
from kanvasc.source import Source, Span
from kanvasc.version import VERSION

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "note"}
_FINGERPRINT = "primaryLocationLineHash"
"""The name that GitHub looks for; other services compare whatever is there."""


def document(run: Run) -> str:
    """One log, ended by a line end."""
    codes = sorted({found.code for _, found in run.findings()})
    prints = numbered(fingerprint(source, found, run.base) for source, found in run.findings())
    results = [
        _result(run, source, found, codes.index(found.code), f"{print_}:{number}")
        for (source, found), (print_, number) in zip(run.findings(), prints, strict=True)
    ]
    driver = {
        "name": "kanvasc",
        "semanticVersion": VERSION,
        "rules": [_rule(CODES[code]) for code in codes],
    }
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "artifacts": [
                    {"location": {"uri": uri(source.path, run.base)}} for source, _ in run.programs
                ],
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.code,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.why},
        "help": {"text": f"{code.why}\n\nWrong:\n\n{code.wrong}\nRight:\n\n{code.right}"},
        "defaultConfiguration": {"level": _LEVELS[Severity(code.severity)]},
    }


def _result(run: Run, source: Source, found: Diagnostic, rule: int, print_: str) -> dict[str, Any]:
    place = _location(run, source, found.span, found.label)
    related = [_related(run, source, each, number) for number, each in enumerate(found.related)]
    fixes = [_fix(run, source, fix) for fix in found.fixes]
    return {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": _LEVELS[found.severity],
        "message": {"text": f"{found.title}\n{prose(found)}"},
        "locations": [place],
        **({"relatedLocations": related} if related else {}),
        "partialFingerprints": {_FINGERPRINT: print_},
        **({"fixes": fixes} if fixes else {}),
    }


def _location(run: Run, source: Source, span: Span, label: str) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri(source.path, run.base)},
            "region": _region(source, span),
        },
        **({"message": {"text": label}} if label else {}),
    }


def _region(source: Source, span: Span) -> dict[str, int]:
    start, end = source.position(span.start), source.position(span.end)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _related(run: Run, source: Source, related: Related, number: int) -> dict[str, Any]:
    place = _location(run, related.source or source, related.span, related.label)
    return {"id": number, **place}


def _fix(run: Run, source: Source, fix: Fix) -> dict[str, Any]:
    return {
        "description": {"text": fix.title},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": uri(source.path, run.base)},
                "replacements": [_replacement(source, edit) for edit in fix.edits],
            }
        ],
    }


def _replacement(source: Source, edit: Edit) -> dict[str, Any]:
    return {
        "deletedRegion": _region(source, edit.span),
        "insertedContent": {"text": edit.text},
    }
