"""Edits that add to what stands at the head of a machine, under `ensures`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit
from kanvasc.source import Span
from kanvasc.syntax import tree

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator


def block(at: Elaborator, machine: tree.Machine, lines: tuple[str, ...]) -> Edit:
    """The edit that adds a block of `ensures`, and the section too where there is none; `lines`
    are indented from the block's own column."""
    ensures = next((s for s in machine.sections if isinstance(s, tree.Ensures)), None)
    if ensures is not None:
        head = ensures.span.start + len("ensures")
        indent = column(at, ensures.span.start) + "  "
        return insert(head, "".join(f"\n{indent}{line}" for line in lines))
    before = next(
        (s for s in machine.sections if isinstance(s, tree.Implements | tree.Expresses)), None
    )
    place = before.span.start if before is not None else machine.span.end
    indent = column(at, place)
    added = "\n".join(("ensures", *(f"{indent}  {line}" for line in lines)))
    return insert(place, f"{added}\n{indent}" if before is not None else f"\n  {added}\n")


def insert(place: int, text: str) -> Edit:
    """The edit that puts a text at a place."""
    return Edit(Span(place, place), text)


def column(at: Elaborator, place: int) -> str:
    """Blanks up to a place's column."""
    return " " * (at.source.position(place).column - 1)
