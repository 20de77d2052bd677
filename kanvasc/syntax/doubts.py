"""The tree without what a fault makes doubtful, so that nothing is said about what follows from it.

Where a repair guessed, or text was skipped, the smallest part that can be told apart becomes a
hole: a value, a field's type, a step's value. Where that would be a part that others are known by,
such as a field or a step, what was lost is named as torn instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, TypeVar

from kanvasc.records import fields, replace
from kanvasc.source import Span
from kanvasc.syntax import tree

N = TypeVar("N", bound=tree.Node)

_VALUES: Final = tree.Expr.__args__
_STEPS: Final = tree.Step.__args__
_WHOLE: Final = (*_VALUES, tree.Option, tree.Modifier)
"""What is a hole as a whole, or not at all."""
_LEAVES: Final = (tree.Ask, tree.HttpAction, tree.Remember, tree.Recall, tree.Surface)
"""What is known by its options: where one of them is doubtful, the others may be, too."""
_LEFT_OUT: Final = (tree.Test, tree.Example, tree.Guard, tree.Subscribe, tree.PublishedEvent)
"""Items that nothing else refers to."""
_ON_THE_LINE: Final = (tree.Field, tree.Option, tree.Let, tree.With, tree.MapEntry)
"""Items that go on to the end of their line, though a fault cut them short."""
_TORN: Final = (
    tree.File,
    tree.Machine,
    tree.Accepts,
    tree.RespondsWith,
    tree.Ensures,
    tree.Implements,
    tree.Expresses,
    tree.Verifies,
    tree.TypeDecl,
    tree.State,
)  # and `Decide`, in whose arms less is known of what may be null
"""What holds items that others are looked up by."""


class Torn(NamedTuple):
    """Something in `span`, directly in a node of this kind, could not be read."""

    kind: type[tree.Node]
    span: Span


class Sound(NamedTuple):
    file: tree.File
    torn: tuple[Torn, ...]


def sound(text: str, file: tree.File, doubts: Sequence[Span]) -> Sound:
    """A copy of the tree of `text` with holes where the doubts are. An empty span is a single
    fault; another one is text that was skipped."""
    mender = _Mender(text)
    mended = file
    for doubt in dict.fromkeys(doubts):
        mended = mender.mend(mended, doubt) or mended
    return Sound(mended, tuple(dict.fromkeys(mender.torn)))


class _Mender:
    def __init__(self, text: str) -> None:
        self.text = text
        self.torn: list[Torn] = []

    def mend(self, node: N, doubt: Span) -> N | None:
        """The node with a hole at the doubt; None when it is a part that cannot have one."""
        changed: dict[str, Any] = {}
        whole = False
        if not isinstance(node, _WHOLE) or isinstance(node, tree.MapLit):
            for part in fields(node):
                value = getattr(node, part.name)
                made, held = self._part(node, value, doubt)
                whole = whole or held
                if made is not value:
                    changed[part.name] = made
        made_node = replace(node, **changed) if changed else node
        if changed and isinstance(node, tree.Decide):
            self.torn.append(Torn(tree.Decide, node.span))
        if isinstance(node, tree.MapEntry) and not whole:
            return None  # The key is doubtful, so nobody knows which entries there are.
        if isinstance(node, tree.File) and not whole:
            self._behind_a_machine(node, doubt)
        return made_node if whole else self._hole(made_node)

    def _behind_a_machine(self, file: tree.File, doubt: Span) -> None:
        """What stands behind the last thing of a machine that could be read may belong to it."""
        before = [machine for machine in file.machines if machine.span.end <= doubt.start]
        self.torn += [Torn(tree.Machine, machine.span) for machine in before[-1:]]

    def _part(self, node: tree.Node, value: Any, doubt: Span) -> tuple[Any, bool]:
        """A part with its holes, and whether they are all that the doubt is about."""
        if isinstance(value, tree.Node) and not isinstance(value, tree.Name):
            made = self.mend(value, doubt) if _overlaps(value.span, doubt) else value
            own = made is None or (isinstance(node, _LEAVES) and _is_option(value))
            return (value, False) if own else (made, made is not value and _holds(value, doubt))
        if isinstance(value, tuple) and value and isinstance(value[0], tree.Node):
            return self._items(node, value, doubt)
        return value, False

    def _items(self, node: tree.Node, items: tuple[Any, ...], doubt: Span) -> tuple[Any, bool]:
        made: list[Any] = []
        whole = False
        for item in items:
            if isinstance(item, _ON_THE_LINE) and self._cut_short(item, doubt):
                made.append(self._hole(item))
                continue
            part, held = self._part(node, item, doubt)
            if isinstance(item, _LEFT_OUT) and _overlaps(item.span, doubt):
                whole = whole or _holds(item, doubt)
                continue
            made.append(part)
            whole = whole or held
        same = len(made) == len(items) and all(a is b for a, b in zip(made, items, strict=True))
        return (items if same else tuple(made)), whole

    def _cut_short(self, item: tree.Node, doubt: Span) -> bool:
        """The fault stands behind the item on its line, with no other item between."""
        end, at = item.span.end, doubt.start
        return end < at and not re.search(r"\n|\w+ as |\w+:", self.text[end:at])

    def _hole(self, node: Any) -> Any:
        """The node as a hole, or None when the hole is the parent's."""
        if isinstance(node, _VALUES):
            return tree.Missing(node.span)
        if isinstance(node, tree.Unsupported):
            return node
        if isinstance(node, _STEPS):
            return self._unknown_step(node)
        if isinstance(node, tree.Field):
            self.torn.append(Torn(tree.Field, node.span))
            return tree.Field(node.span, node.name, None)
        if isinstance(node, tree.Option):
            return tree.Option(node.span, node.name, (tree.Missing(node.span),))
        if isinstance(node, tree.Let | tree.With | tree.MapEntry):
            return replace(node, value=tree.Missing(node.value.span))
        if isinstance(node, tree.When):
            return replace(node, condition=tree.Missing(node.condition.span))
        if isinstance(node, tree.Body):
            self.torn.append(Torn(tree.Implements, node.span))
            return replace(node, value=tree.Missing(node.span))
        if isinstance(node, tree.Surface):
            return tree.Unsupported(node.span, node.kind)
        if isinstance(node, _TORN):
            self.torn.append(Torn(type(node), node.span))
            return node
        return None

    def _unknown_step(self, step: Any) -> tree.Unsupported:
        """A test may assume something of it; without a name it may be what something refers to."""
        name = getattr(step, "name", None)
        named = name if isinstance(name, tree.Name) else None
        self.torn.append(Torn(tree.Verifies, step.span))
        if named is None:
            self.torn.append(Torn(tree.Implements, step.span))
        elif not named.text:
            self.torn.append(Torn(tree.Name, step.span))
        return tree.Unsupported(step.span, named or tree.Name(step.span, ""), named)


def _is_option(node: tree.Node) -> bool:
    return isinstance(node, tree.Option | tree.With)


def _overlaps(span: Span, doubt: Span) -> bool:
    return span.start <= doubt.end and doubt.start <= span.end


def _holds(node: tree.Node, doubt: Span) -> bool:
    span = node.span
    return span.start <= doubt.start and doubt.end <= span.end
