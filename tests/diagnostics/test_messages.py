"""What `check` prints for each wrong program, beside the program.

`KANVAS_UPDATE_GOLDEN=1 pytest tests/diagnostics/test_messages.py` writes the snapshots anew:
read the difference as somebody who meets the message for the first time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from kanvasc.diagnostics import Diagnostic
from kanvasc.diagnostics.text import Style, render
from tests.diagnostics.programs import FOLDERS, GOLDEN, WRONG, all_findings, compiled

UPDATE = os.environ.get("KANVAS_UPDATE_GOLDEN") == "1"
NOT_FOR_USERS = re.compile(
    r"\b(python|lark|tokens?|parser|unknown|terminal|traceback|scalar|literal record)\b|<class",
    re.IGNORECASE,
)

PROGRAMS = [*WRONG, *FOLDERS]

programs = pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)


def snapshot(path: Path) -> str:
    files = compiled(path).findings
    if len(files) == 1 and not path.is_dir():
        ((source, found),) = files
        return f"{source.text}\n{render(source, found, Style())}"
    texts = [f"==> {source.path}\n{source.text}" for source, _ in files]
    said = [render(source, found, Style()) for source, found in files]
    return "\n".join((*texts, "".join(said)))


@programs
def test_the_message_is_the_one_that_was_read(path: Path) -> None:
    golden = GOLDEN / f"{path.stem}.txt"
    if UPDATE:
        golden.write_text(snapshot(path), encoding="utf-8")
    assert snapshot(path) == golden.read_text(encoding="utf-8")


def test_each_snapshot_has_its_program() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {path.stem for path in PROGRAMS}


@programs
def test_a_program_shows_the_code_that_it_is_about(path: Path) -> None:
    """One idea a file: nothing follows from the one mistake."""
    shown = {found.code for found in all_findings(path)}
    about = path.stem.split("-")[0]
    assert shown == {about} or about == "whole"


def prose(found: Diagnostic) -> str:
    return "\n".join((found.title, found.label, found.why, found.help))


@programs
def test_messages_speak_of_the_program_only(path: Path) -> None:
    for found in all_findings(path):
        assert not NOT_FOR_USERS.search(prose(found)), prose(found)


@programs
def test_messages_have_all_their_parts(path: Path) -> None:
    """A title without a full stop, a reason, and something to do about it."""
    for found in all_findings(path):
        assert found.title
        assert not found.title.endswith(".")
        assert "``" not in prose(found)
        assert found.why.endswith(".")
        assert found.help
        assert not found.help.endswith(".")
        assert not re.match("[A-Z][a-z]", found.help)


@programs
def test_a_finding_stands_once_and_in_the_order_of_the_program(path: Path) -> None:
    for _, found in compiled(path).findings:
        assert len(set(found)) == len(found)
        assert [one.span for one in found] == sorted(one.span for one in found)
