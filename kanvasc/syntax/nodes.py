"""The nodes inside a node of the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Final

from kanvasc.records import fields
from kanvasc.syntax import tree


def children(node: tree.Node) -> Iterator[tree.Node]:
    """The nodes directly inside a node, in source order of its parts."""
    kind: Any = type(node)
    for name in _parts(kind):
        value = getattr(node, name)
        if isinstance(value, tree.Node):
            yield value
        elif type(value) is tuple:  # a Span is one too, and no list of nodes
            for item in value:
                if isinstance(item, tree.Node):
                    yield item


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    """The parts of a kind of node that may hold nodes."""
    return tuple(part.name for part in fields(kind) if part.name != "span")


_NODES: Final = "_nodes"


def nodes(node: tree.Node) -> Iterable[tree.Node]:
    """A node and all that is inside it."""
    if not isinstance(node, tree.Machine):
        return _walk(node)
    # Many rules look through each machine, and an editor asks again after each key.
    kept = vars(node)
    known: tuple[tree.Node, ...] | None = kept.get(_NODES)
    if known is None:
        known = kept[_NODES] = tuple(_walk(node))
    return known


def _walk(node: tree.Node) -> Iterator[tree.Node]:
    open_ = [node]
    while open_:
        inner = open_.pop()
        yield inner
        open_.extend(children(inner))
