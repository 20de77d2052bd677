"""The names of events: words of letters, digits, `_` and `-`, with dots between them."""

from __future__ import annotations

import re

from kanvasc.diagnostics import Edit, Fix
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator

LONGEST_NAME = 100
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def name_of(written: tree.Expr) -> str | None:
    """The event that a text names; None where none was read, or it depends on the run."""
    return written.plain or None if isinstance(written, tree.TextLit) else None


def check_name(at: Elaborator, written: tree.Expr) -> None:
    """Reports a text that cannot name an event."""
    if not isinstance(written, tree.TextLit) or not at.text(written.span).startswith('"'):
        return  # it is missing, which was reported
    name = written.plain
    problem = "which event it is has to be known before any run" if name is None else _wrong(name)
    if problem is None:
        return
    near = None if name is None else _near(name)
    fix = Fix(f'Write "{near}"', (Edit(written.span, f'"{near}"'),), safe=False)
    at.report(
        "K7001",
        written.span,
        "This is no name of an event",
        label=problem,
        help=f'write `"{near}"`' if near else 'for example `"order.created"`',
        fixes=(fix,) if near else (),
    )


def is_name(text: str) -> bool:
    """Whether a text can name an event."""
    return _wrong(text) is None


def _wrong(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name) > LONGEST_NAME:
        return f"it has more than {LONGEST_NAME} characters"
    if _NAME.fullmatch(name) is None:
        return "words of letters, digits, _ and -, with a dot between two of them"
    return None


def _near(name: str) -> str | None:
    """The nearest name: dots for all that separates words."""
    near = re.sub(r"[^A-Za-z0-9_-]+", ".", name).strip(".")
    return near if is_name(near) else None
