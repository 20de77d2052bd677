"""The nodes inside a node of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from kanvasc.syntax import tree


def children(node: tree.Node) -> Iterator[tree.Node]:
    """The nodes directly inside a node, in source order of its parts."""
    for part in fields(node):
        yield from _nodes(getattr(node, part.name))


def _nodes(value: Any) -> Iterator[tree.Node]:
    if isinstance(value, tree.Node):
        yield value
    elif isinstance(value, tuple) and not hasattr(value, "_fields"):
        for item in value:
            yield from _nodes(item)


def nodes(node: tree.Node) -> Iterator[tree.Node]:
    """A node and all that is inside it."""
    open_ = [node]
    while open_:
        inner = open_.pop()
        yield inner
        open_.extend(children(inner))
