"""What can be folded away: everything named or bracketed that is more than one line long."""

from __future__ import annotations

from typing import Literal, NamedTuple

from kanvasc.source import Source
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import nodes
from kanvasc.syntax.titles import SECTIONS

_FOLDED = (
    tree.Machine,
    tree.TypeDecl,
    tree.Ask,
    tree.HttpAction,
    tree.Compute,
    tree.Decide,
    tree.When,
    tree.Case,
    tree.ForEach,
    tree.Together,
    tree.Retry,
    tree.Remember,
    tree.Recall,
    tree.Flow,
    tree.Returns,
    tree.AssumingValues,
    tree.Permissions,
    tree.State,
    tree.Subscribes,
    tree.Publishes,
    tree.Surface,
    tree.Test,
    tree.Example,
    tree.MapLit,
    tree.ListLit,
    tree.Unsupported,
    *SECTIONS,
)


class Fold(NamedTuple):
    """1-based lines; the first stays to be seen."""

    first: int
    last: int
    kind: Literal["region", "comment"]


def folds(source: Source, file: tree.File) -> tuple[Fold, ...]:
    found: dict[int, Fold] = {}
    for node in nodes(file):
        if isinstance(node, _FOLDED):
            first, last = source.line_of(node.span.start), source.line_of(_end(source, node))
            known = found.get(first)
            if last > first and (known is None or known.last < last):
                found[first] = Fold(first, last, "region")
    return tuple(sorted((*found.values(), *_comments(source, file))))


def _end(source: Source, node: tree.Node) -> int:
    """The last character that is no blank."""
    end = node.span.end
    while end > node.span.start and source.text[end - 1].isspace():
        end -= 1
    return max(end - 1, node.span.start)


def _comments(source: Source, file: tree.File) -> list[Fold]:
    """Runs of whole comment lines."""
    lines = [
        source.line_of(comment.span.start)
        for comment in file.comments
        if not source.line_text(source.line_of(comment.span.start)).split("//")[0].strip()
    ]
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return [Fold(run[0], run[-1], "comment") for run in runs if len(run) > 1]
