"""What all reductions share: tokens, spans, findings, and the limit of depth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from kanvasc.diagnostics import Diagnostic, Edit, Fix, report
from kanvasc.records import dataclass, field
from kanvasc.source import Source, Span
from kanvasc.syntax import tree

MAX_DEPTH: Final = 200
"""Levels of one expression or type: what later phases can walk without running out of stack."""


_NOWHERE: Final = Span(0, 0)


@dataclass(slots=True)
class Token:
    """A terminal with its text. `inside`: for a text, the range between its quotes."""

    kind: str
    text: str
    span: Span
    inside: Span = _NOWHERE
    name: tree.Name | None = None


Children: TypeAlias = Sequence[Any]
"""Tokens and nodes of one reduction, in source order."""


@dataclass(slots=True)
class Builder:
    """Makes the tree of one source.

    `inside` reads an interpolated expression, given its range in the source. `torn`: a part of
    the program could not be read, so what looks lost may belong to it. `doubts`: where a repair
    had to guess (empty), and text that was skipped.
    """

    source: Source
    inside: Callable[[Span], tree.Expr]
    torn: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)
    doubts: list[Span] = field(default_factory=list)
    # By id; the node is kept so that its id is not given to another one.
    _depths: dict[int, tuple[int, object]] = field(default_factory=dict)
    _too_deep: bool = False

    def report(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)

    def older(self, span: Span, written: str, ours: str, edits: tuple[Edit, ...] = ()) -> None:
        """Hint at an older spelling, which the tree does not keep."""
        self.report(
            report(
                "K0019",
                span,
                f"`{written}` is an older spelling of `{ours}`",
                label="older spelling",
                help=f"write `{ours}`",
                fixes=(Fix(f"Write `{ours}`", edits or (Edit(span, ours),)),),
            )
        )

    def composite(self, node: Any, parts: Sequence[object]) -> Any:
        """The node, unless it is nested deeper than anyone can read."""
        depths = self._depths
        depth = 1 + max((depths[id(part)][0] for part in parts if id(part) in depths), default=0)
        if depth > MAX_DEPTH:
            self.too_deep(node.span)
            return tree.Missing(node.span)
        depths[id(node)] = (depth, node)
        return node

    def too_deep(self, span: Span) -> None:
        if self._too_deep:
            return
        self._too_deep = True
        self.report(
            report(
                "K0017",
                Span(span.start, min(span.end, span.start + 1)),
                "This is nested too deeply",
                label=f"more than {MAX_DEPTH} levels",
                help="take parts of it out into `let` lines, steps or flows",
            )
        )


Reduction: TypeAlias = Callable[[Builder, Children], Any]


def span_of(children: Children) -> Span:
    return Span(children[0].span.start, children[-1].span.end)


def name_of(token: Token) -> tree.Name:
    return tree.Name(token.span, token.text)


def of_type(children: Children, kind: Any) -> tuple[Any, ...]:
    """The children that are nodes of a kind (or of one of several)."""
    return tuple(child for child in children if isinstance(child, kind))


def first_token(children: Children, *kinds: str) -> Token | None:
    for child in children:
        if isinstance(child, Token) and child.kind in kinds:
            return child
    return None


def expressions(children: Children) -> tuple[tree.Expr, ...]:
    return of_type(children, EXPRESSIONS)


EXPRESSIONS: Final = (
    tree.Missing,
    tree.NullLit,
    tree.BoolLit,
    tree.NumberLit,
    tree.TextLit,
    tree.ListLit,
    tree.MapLit,
    tree.NameRef,
    tree.Member,
    tree.Index,
    tree.Call,
    tree.Unary,
    tree.Binary,
    tree.Conditional,
    tree.Lambda,
)
