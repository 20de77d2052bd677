"""Targets outside the program: older and unsupported paths, and what is not supported at all."""

from __future__ import annotations

from typing import Final

from kanvasc.diagnostics import Edit, Fix, report
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.build.base import Builder, Children, Token
from kanvasc.syntax.unsupported import BLOCKS

OLDER_HTTP: Final = "@mashin/actions/http/"
_HTTP: Final = "@std/http/"
_HELP: Final = {
    "publishes": "write `publishes` under `implements`",
    "subscribes": "write `subscribes` under `implements`",
    "with tools": "take this line away, and ask from the tool in a step of its own",
}


def older_target(builder: Builder, target: tree.TextLit) -> tree.TextLit:
    """`@std/http/get` for `@mashin/actions/http/get`; any other target as it is."""
    written = target.plain
    if written is None or not written.startswith(OLDER_HTTP):
        return target
    ours = _HTTP + written.removeprefix(OLDER_HTTP)
    builder.older(target.span, written, ours, (Edit(target.span, f'"{ours}"'),))
    return tree.TextLit(target.span, (ours,))


def unsupported_target(builder: Builder, target: tree.TextLit) -> bool:
    """Report a path of the public library that has no counterpart here."""
    written = target.plain
    if written is None or not written.startswith("@mashin/") or written.startswith(OLDER_HTTP):
        return False
    builder.report(
        report(
            "K9004",
            target.span,
            f"`{written}` is not supported yet",
            label="not supported yet",
            help="of the paths that begin with `@mashin/`, only `@mashin/actions/http/…` is known",
        )
    )
    return True


def unsupported(builder: Builder, children: Children) -> tree.Unsupported:
    """One finding for a whole block, which nothing else is said about."""
    token: Token = children[0]
    builder.report(
        report(
            "K9002" if token.text in BLOCKS else "K9001",
            Span(token.inside.start, token.inside.end),
            _title(token),
            label="not supported yet",
            help=_HELP.get(token.text, "take it away for now; nothing else in the file needs it"),
            fixes=_fixes(token),
        )
    )
    return tree.Unsupported(token.span, tree.Name(token.inside, token.text), token.name)


def _title(token: Token) -> str:
    if token.kind == "UNS_SURFACE" and token.text in ("publishes", "subscribes"):
        return f"`{token.text}` under `expresses` is not supported"
    return f"`{token.text}` is not supported yet"


def _fixes(token: Token) -> tuple[Fix, ...]:
    return (Fix(f"Delete `{token.text}`", (Edit(token.span, ""),), safe=False),)
