"""Walks over the tree that need no types."""

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


def free_names(node: tree.Node) -> set[str]:
    """The names that an expression takes from around it: not those of its own parameters."""
    if isinstance(node, tree.NameRef):
        return {node.text}
    found = {name for inner in children(node) for name in free_names(inner)}
    if isinstance(node, tree.Lambda):
        found -= {parameter.text for parameter in node.parameters}
    return found
