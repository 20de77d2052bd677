"""Indentation that says something else than the words.

Outside of bodies indentation has no meaning for the parser, so it may mislead a reader. A line
that begins an item stands deeper than the line of what it belongs to, and in one column with its
neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kanvasc.diagnostics import Diagnostic, Edit, Fix, report
from kanvasc.source import Source, Span
from kanvasc.syntax import tree

_PARTS: Final[dict[type, tuple[str, ...]]] = {
    tree.File: ("uses", "types", "machines"),
    tree.TypeDecl: ("fields",),
    tree.Machine: ("sections",),
    tree.Accepts: ("fields",),
    tree.RespondsWith: ("fields",),
    tree.Achieves: ("items",),
    tree.Example: ("clauses",),
    tree.Ensures: ("blocks",),
    tree.Permissions: ("rules",),
    tree.Guards: ("guards",),
    tree.Guard: ("options",),
    tree.Needs: ("secrets",),
    tree.Limits: ("options",),
    tree.Implements: ("blocks", "steps", "flows", "value"),
    tree.State: ("fields",),
    tree.RuntimeOptions: ("options",),
    tree.Schedules: ("options",),
    tree.Subscribes: ("subscriptions",),
    tree.Publishes: ("events",),
    tree.PublishedEvent: ("schema",),
    tree.Expresses: ("surfaces",),
    tree.Surface: ("options", "renders"),
    tree.Verifies: ("tests",),
    tree.Test: ("clauses",),
    tree.Body: ("steps", "value"),
    tree.Ask: ("inputs", "withs", "returns", "assuming"),
    tree.HttpAction: ("options", "returns", "assuming"),
    tree.Returns: ("fields",),
    tree.AssumingValues: ("entries",),
    tree.Compute: ("lets", "value"),
    tree.Decide: ("whens", "cases"),
    tree.Remember: ("options",),
    tree.Recall: ("options",),
}
"""What of a node stands in one column. Bodies below belong to the nodes in `_INSIDE`."""
_INSIDE: Final[dict[type, tuple[str, ...]]] = {
    tree.When: ("body",),
    tree.Case: ("body",),
    tree.Decide: ("otherwise",),
    tree.ForEach: ("body",),
    tree.Together: ("body",),
    tree.Retry: ("body",),
    tree.Flow: ("body",),
    tree.Body: ("on_failure",),
    tree.Implements: ("on_failure",),
}
_LAST_ARM: Final = ("otherwise", "else")
_SAME_COLUMN: Final = (tree.File, tree.Machine, tree.Body)
"""Parents in whose own column the parts may stand; a body begins with its first part."""


def check(source: Source, file: tree.File) -> list[Diagnostic]:
    """Warnings, in no order, for lines whose indentation misleads."""
    found: list[Diagnostic] = []
    pending: list[tree.Node] = [file]
    while pending:
        node = pending.pop()
        parts = list(_nodes(node, _PARTS.get(type(node), ())))
        arms = [*parts, *_otherwise(source, node)]
        found += _misplaced(source, node, arms)
        pending += parts
        pending += _nodes(node, _INSIDE.get(type(node), ()))
    return found


def _nodes(node: tree.Node, names: Sequence[str]) -> Iterator[tree.Node]:
    for name in names:
        value = getattr(node, name)
        if isinstance(value, tuple):
            yield from value
        elif isinstance(value, tree.Node):
            yield value


def _otherwise(source: Source, node: tree.Node) -> Iterator[tree.Node]:
    """The last arm of a `decide`, whose word the tree does not keep."""
    if not isinstance(node, tree.Decide) or node.otherwise is None:
        return
    body = node.otherwise.span
    words = (source.text.rfind(word, node.span.start, body.start) for word in _LAST_ARM)
    yield tree.Node(Span(max(words), body.end))


def _misplaced(source: Source, parent: tree.Node, parts: list[tree.Node]) -> Iterator[Diagnostic]:
    least = -1 if isinstance(parent, _SAME_COLUMN) else _indentation(source, parent.span.start)
    if parts and parts[0].span.start == parent.span.start:
        least = -1  # The heading is left out, an older spelling.
    expected: int | None = None
    for part in sorted(parts, key=lambda part: part.span):
        column = _column_at_line_start(source, part.span.start)
        if column is None or isinstance(part, tree.Unsupported):
            continue
        if expected is None:
            expected = column if column > least else least + 2
        if column != expected:
            yield _warning(source, part, column, expected)


def _line_start(source: Source, offset: int) -> int:
    return source.text.rfind("\n", 0, offset) + 1


def _indentation(source: Source, offset: int) -> int:
    start = _line_start(source, offset)
    line = source.text[start : offset + 1]
    return len(line) - len(line.lstrip(" "))


def _column_at_line_start(source: Source, offset: int) -> int | None:
    """The column of something that begins a line; None inside of a line or behind a tab."""
    start = _line_start(source, offset)
    margin = source.text[start:offset]
    return None if margin.strip(" ") else len(margin)


def _warning(source: Source, part: tree.Node, column: int, expected: int) -> Diagnostic:
    start = part.span.start
    end = source.text.find("\n", start)
    line = Span(start, min(part.span.end, len(source.text) if end < 0 else end))
    edits = _shifts(source, part.span, expected - column)
    return report(
        "K0018",
        line,
        "The indentation of this line contradicts its words",
        label=f"belongs in column {expected + 1}, stands in column {column + 1}",
        help=f"indent it by {expected} spaces",
        fixes=(Fix(f"Indent by {expected} spaces", edits, safe=False),),
    )


def _shifts(source: Source, span: Span, by: int) -> tuple[Edit, ...]:
    """The edits that move all lines of a span to the right, or with `by` < 0 to the left."""
    edits: list[Edit] = []
    start = _line_start(source, span.start)
    while 0 <= start < span.end:
        margin = _indentation(source, _first_sign(source, start))
        if by > 0:
            edits.append(Edit(Span(start, start), " " * by))
        else:
            edits.append(Edit(Span(start, start + min(-by, margin)), ""))
        start = source.text.find("\n", start) + 1 or -1
    return tuple(edits)


def _first_sign(source: Source, start: int) -> int:
    text, at = source.text, start
    while at < len(text) and text[at] == " ":
        at += 1
    return at
