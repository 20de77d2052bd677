"""A secret that a machine needs and never reads: the server would ask its operator for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, Fix, Severity, removal, report
from kanvasc.source import Span
from kanvasc.syntax import tree


def unused_needs(context: Context) -> Iterator[Diagnostic]:
    # An expression that could not be read may be the one that reads it, and so may a misspelt one.
    if any(
        found.code.startswith(("K0", "K4020")) and found.severity is Severity.ERROR
        for found in context.found
    ):
        return
    for machine in context.file.machines:
        inside = tuple(nodes(machine))
        read = {node.name.text for node in inside if _is_secret(node)}
        for block in inside:
            if isinstance(block, tree.Needs):
                yield from _unread(context, block, read)


def _is_secret(node: tree.Node) -> TypeGuard[tree.Member]:
    root = node.object if isinstance(node, tree.Member) else None
    return isinstance(root, tree.NameRef) and root.text == "secrets"


def _unread(context: Context, block: tree.Needs, read: set[str]) -> Iterator[Diagnostic]:
    for entry in block.secrets:
        name = entry.name.text
        if name and name not in read:
            edit = removal(context.source.text, _whole(block, entry))
            yield report(
                "K4025",
                entry.name.span,
                f"Nothing in this machine reads the secret `{name}`",
                help=f"read it, `secrets.{name}`, or leave it out",
                fixes=(Fix("Remove it", (edit,), safe=False),),
            )


def _whole(block: tree.Needs, entry: tree.Option) -> Span:
    """Nothing is left of a block without its only entry."""
    return block.span if len(block.secrets) == 1 else entry.span
