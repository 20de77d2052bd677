"""Walks over the tree that need no types."""

from __future__ import annotations

from kanvasc.syntax import tree
from kanvasc.syntax.nodes import children, nodes

__all__ = ["children", "free_names", "nodes"]


def free_names(node: tree.Node) -> set[str]:
    """The names that an expression takes from around it: not those of its own parameters."""
    if isinstance(node, tree.NameRef):
        return {node.text}
    found = {name for inner in children(node) for name in free_names(inner)}
    if isinstance(node, tree.Lambda):
        found -= {parameter.text for parameter in node.parameters}
    return found
