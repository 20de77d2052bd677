"""Names that would be mistaken for a word of the language."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, report
from kanvasc.syntax import tree
from kanvasc.syntax.build.base import Builder, Token, name_of
from kanvasc.syntax.words import RESERVED_LOCALS


def local_name(builder: Builder, token: Token) -> tree.Name:
    """The name of a `let`, a loop variable or a lambda parameter."""
    _check(builder, token, RESERVED_LOCALS)
    return name_of(token)


def declared_name(builder: Builder, token: Token) -> tree.Name:
    """The name of a step, flow, machine or type."""
    return name_of(token)


def _check(builder: Builder, token: Token, reserved: frozenset[str]) -> None:
    if token.text not in reserved:
        return
    ours = f"{token.text}_"
    builder.report(
        report(
            "K0016",
            token.span,
            f"`{token.text}` cannot be a name here",
            label="a word of the language",
            help=f"call it `{ours}`",
            fixes=(Fix(f"Call it `{ours}`", (Edit(token.span, ours),), safe=False),),
        )
    )
