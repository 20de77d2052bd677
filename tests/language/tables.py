"""Rows of the language's tables: a program that is right, and one beside it that is not."""

from __future__ import annotations

from dataclasses import dataclass

from kanvasc.diagnostics import Severity
from tests.diagnostics.programs import findings


@dataclass(frozen=True)
class Row:
    """`good` and `bad` are parts of a program; `code` is all that is said of the bad one."""

    good: str
    bad: str
    code: str


def said(text: str) -> list[str]:
    """The findings of a program, each with what it is about."""
    return [f"{found.code}: {found.title}" for found in findings(text)]


def codes(text: str) -> list[str]:
    return [found.code for found in findings(text)]


def hints(text: str) -> list[str]:
    """The codes of a program that has nothing but hints."""
    listed = findings(text)
    assert all(found.severity is Severity.HINT for found in listed), said(text)
    return [found.code for found in listed]
