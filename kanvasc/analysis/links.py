"""Other files that a program names."""

from __future__ import annotations

from typing import NamedTuple

from kanvasc.analysis.nodes import inside_quotes
from kanvasc.source import Source, Span
from kanvasc.syntax import tree


class Link(NamedTuple):
    """`path` as it is written, relative to the program's own folder."""

    span: Span
    path: str


def links(source: Source, file: tree.File) -> tuple[Link, ...]:
    return tuple(
        Link(inside_quotes(source.text, used.path), used.path.plain)
        for used in file.uses
        if isinstance(used.path, tree.TextLit) and used.path.plain
    )
