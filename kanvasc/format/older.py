"""Older spellings in the text itself: their fixes, made before anything is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kanvasc.diagnostics import Diagnostic, Edit
from kanvasc.format.order import compared
from kanvasc.source import Source, Span
from kanvasc.syntax import Parsed, parse, tree

_ROUNDS: Final = 5
"""An older spelling inside of another one is rewritten in the next round."""


def modern(source: Source) -> tuple[Source, Parsed]:
    """The program in today's spelling, and its tree."""
    parsed = parse(source)
    for _ in range(_ROUNDS):
        edits = _edits(parsed, parsed.diagnostics, "K0019") or _bare_steps(source, parsed)
        if not edits:
            break
        source = Source(source.path, applied(source.text, edits))
        parsed = parse(source)
    return source, parsed


def _edits(parsed: Parsed, diagnostics: Sequence[Diagnostic], code: str) -> list[Edit]:
    edits: list[Edit] = []
    end = -1
    for found in diagnostics:
        if found.code != code or not found.fixes:
            continue
        for edit in sorted(found.fixes[0].edits, key=lambda edit: edit.span):
            if edit.span.start >= end and not _comment_in(parsed, edit.span):
                edits.append(edit)
                end = max(edit.span.end, edit.span.start + 1)
    return edits


def _comment_in(parsed: Parsed, span: Span) -> bool:
    return any(span.start < found.span.start < span.end for found in parsed.tree.comments)


def applied(text: str, edits: list[Edit]) -> str:
    """A text with edits made that are in order and do not overlap."""
    out, at = [], 0
    for edit in edits:
        out += [text[at : edit.span.start], edit.text]
        at = edit.span.end
    return "".join([*out, text[at:]])


# --- `classify.x` for `steps.classify.x`


def _bare_steps(source: Source, parsed: Parsed) -> list[Edit]:
    """Only the types tell a step from a local name, so they are asked where it may be one."""
    if not _names_a_step(parsed.tree):
        return []
    from kanvasc.link import Unit
    from kanvasc.types import type_program

    # What other files declare cannot change what is a step here.
    (typed,) = type_program((Unit(source.path, source, parsed),))
    return _edits(parsed, sorted(typed.diagnostics, key=lambda found: found.span), "K1009")


def _names_a_step(file: tree.File) -> bool:
    steps: set[str] = set()
    roots: set[str] = set()
    pending: list[object] = [file.machines]
    while pending:
        found = pending.pop()
        if isinstance(found, tuple):
            pending.extend(found)
            continue
        if isinstance(found, tree.NameRef):
            roots.add(found.text)
        elif isinstance(found, tree.Node) and not isinstance(found, tree.Name):
            if isinstance(found, _NAMED) and found.name is not None:
                steps.add(found.name.text)
            pending.extend([getattr(found, part) for part in compared(type(found))])
    return not steps.isdisjoint(roots)


_NAMED: Final = (
    tree.Ask, tree.HttpAction, tree.Compute, tree.Decide, tree.ForEach, tree.Together, tree.Retry,
    tree.Remember, tree.Recall,
)  # fmt: skip
