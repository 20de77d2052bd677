"""Every place in the compiler that reports something is reached by a program of the corpus."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import kanvasc
from tests.diagnostics.programs import FOLDERS, WRONG, all_findings

COMPILER = Path(kanvasc.__file__).parent
PHASES = ("link", "types", "checks")
REPORTERS = frozenset({"report", "mismatch", "may_be_null", "different"})


def sites() -> Iterator[tuple[Path, int]]:
    """File and line of each call of a reporter."""
    for phase in PHASES:
        for path in sorted((COMPILER / phase).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _called(node.func) in REPORTERS:
                    yield path, node.lineno


def _called(callee: ast.expr) -> str:
    match callee:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def reached() -> set[tuple[Path, int]]:
    """The lines that call a reporter while the corpus is checked."""
    found: set[tuple[Path, int]] = set()

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_name in REPORTERS and frame.f_back is not None:
            found.add((Path(frame.f_back.f_code.co_filename), frame.f_back.f_lineno))

    sys.setprofile(profile)
    try:
        for path in [*WRONG, *FOLDERS]:
            all_findings(path)
    finally:
        sys.setprofile(None)
    return found


def test_each_report_has_a_program_that_shows_it() -> None:
    seen = reached()
    missed = [
        f"{path.relative_to(COMPILER)}:{line}" for path, line in sites() if (path, line) not in seen
    ]
    assert missed == []
    assert len(list(sites())) > 100
