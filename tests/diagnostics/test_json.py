"""The JSON document: its published schema, its places, and that it says what the text says."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from kanvasc.diagnostics.json import document
from kanvasc.diagnostics.text import Style, render
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.diagnostics.programs import TESTS, WRONG

SCHEMA: dict[str, Any] = json.loads(
    (TESTS.parent / "docs" / "schemas" / "diagnostics.schema.json").read_text(encoding="utf-8")
)
HEAD = re.compile(
    r"^(?P<severity>error|warning|hint)\[(?P<code>K\d{4})\]: (?P<title>.*)\n"
    r" *╭─ (?P<file>.*):(?P<line>\d+):(?P<column>\d+)$",
    re.MULTILINE,
)
MIXED = """machine m
  accepts
    a as text, default: "größe" // 数 😀
    b as text, description "数😀", pattern: "ö(" // after it
"""


def read(*sources: Source) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        document((source, Compilation(source).diagnostics) for source in sources)
    )
    return found


def of(path: Path) -> Source:
    return Source(path.name, path.read_text(encoding="utf-8"))


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


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_text_and_json_say_the_same(path: Path) -> None:
    source = of(path)
    text = render(source, Compilation(source).diagnostics, Style())
    shown = [match.groupdict() for match in HEAD.finditer(text)]
    told = [
        {
            "severity": entry["severity"],
            "code": entry["code"],
            "title": entry["title"],
            "file": entry["file"],
            "line": str(entry["range"]["start"]["line"]),
            "column": str(entry["range"]["start"]["column"]),
        }
        for entry in read(source)["diagnostics"]
    ]
    assert shown == told


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


def test_each_phase_has_its_say_in_one_run() -> None:
    """A program with a mistake in each phase shows each of them, once."""
    found = read(of(next(path for path in WRONG if path.stem == "whole-all-phases")))["diagnostics"]
    assert {entry["code"][:2] for entry in found} == {"K0", "K1", "K2", "K3", "K4", "K5", "K6"}
    titles = [(entry["code"], entry["range"]["start"]["line"]) for entry in found]
    assert len(set(titles)) == len(titles)
