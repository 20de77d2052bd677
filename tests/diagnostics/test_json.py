"""The JSON document: its published schema and its places."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import jsonschema
import pytest

from kanvasc.diagnostics.json import document
from kanvasc.source import Source
from tests.diagnostics.programs import TESTS, WRONG, checked, of

SCHEMA: dict[str, Any] = json.loads(
    (TESTS.parent / "docs" / "schemas" / "diagnostics.schema.json").read_text(encoding="utf-8")
)
MIXED = """machine m
  accepts
    a as text, default: "größe" // 数 😀
    b as text, description "数😀", pattern: "ö(" // after it
"""


def read(*sources: Source) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document(checked(*sources)))
    return found


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_document_keeps_the_schema() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    whole = read(*map(of, WRONG))
    validator.validate(whole)
    validator.validate(read())
    assert whole["summary"]["files"] == len(WRONG)
    assert len(whole["diagnostics"]) > len(WRONG)
    assert any(entry["fixes"] and entry["related"] for entry in whole["diagnostics"])


@pytest.mark.parametrize("path", ["code", "severity", "range", "why"])
def test_the_schema_refuses_what_lacks_a_part(path: str) -> None:
    broken = deepcopy(read(of(WRONG[0])))
    del broken["diagnostics"][0][path]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_places_are_code_points_and_bytes() -> None:
    (found,) = read(Source("a.kanvas", MIXED))["diagnostics"]
    start, end = found["range"]["start"], found["range"]["end"]
    assert MIXED.encode()[start["offset"] : end["offset"]].decode() == '"ö("'
    line = MIXED.splitlines()[start["line"] - 1]
    assert line[start["column"] - 1 : end["column"] - 1] == '"ö("'


def test_the_summary_counts() -> None:
    whole = read(of(next(path for path in WRONG if path.stem == "whole-all-phases")))
    counts = {
        kind: sum(entry["severity"] == kind for entry in whole["diagnostics"])
        for kind in ("error", "warning", "hint")
    }
    assert whole["summary"] == {
        "files": 1,
        "errors": counts["error"],
        "warnings": counts["warning"],
        "hints": counts["hint"],
    }
