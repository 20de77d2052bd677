"""The canonical order of what may stand in any order, and trees compared as if it stood so."""

from __future__ import annotations

from typing import Any, Final

from kanvasc.records import fields
from kanvasc.syntax import tree
from kanvasc.syntax.titles import SECTIONS

_SECTIONS: Final = (*SECTIONS, tree.Unsupported)
_MODIFIERS: Final = (
    "is required",
    "is optional",
    "default",
    "min",
    "max",
    "range",
    "min_length",
    "max_length",
    "pattern",
    "format",
    "choices",
    "subset",
    "is secret",
    "description",
    "label",
    "from",
)


def section_rank(section: tree.Node) -> int:
    return _SECTIONS.index(type(section))


def modifier_rank(modifier: tree.Modifier) -> int:
    """Modifiers that nobody knows stay behind the others, in the order in which they stand."""
    word = modifier.word.text
    return _MODIFIERS.index(word) if word in _MODIFIERS else len(_MODIFIERS)


def same(left: tree.Node, right: tree.Node) -> bool:
    """Whether two trees mean the same: equal but for the order of sections and modifiers.

    Without recursion, because a tree may be as deep as the parser lets it be.
    """
    pending: list[tuple[Any, Any]] = [(left, right)]
    while pending:
        one, other = pending.pop()
        if isinstance(one, tree.Node):
            if type(one) is not type(other):
                return False
            for name in compared(type(one)):
                pending.append((getattr(one, name), getattr(other, name)))
        elif isinstance(one, tuple):
            if not isinstance(other, tuple) or len(one) != len(other):
                return False
            pending.extend(zip(_ordered(one), _ordered(other), strict=True))
        elif one != other:
            return False
    return True


def compared(kind: type[tree.Node]) -> tuple[str, ...]:
    """The parts of a node that its meaning is made of."""
    found = _COMPARED.get(kind)
    if found is None:
        found = tuple(field.name for field in fields(kind) if field.compare)
        _COMPARED[kind] = found
    return found


_COMPARED: Final[dict[type, tuple[str, ...]]] = {}


def _ordered(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if items and all(isinstance(item, _SECTIONS) for item in items):
        return tuple(sorted(items, key=section_rank))
    if items and isinstance(items[0], tree.Modifier):
        return tuple(sorted(items, key=modifier_rank))
    return items
