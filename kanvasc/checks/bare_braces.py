"""A text in a step that holds an expression as other languages write it, which stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, Edit, Fix, report
from kanvasc.source import Span
from kanvasc.syntax import tree

_PATH: Final = r"(?:input|steps|state|context)(?:\.[A-Za-z_]\w*)+"
_BARE: Final = re.compile(
    rf"(?<!\$)#?\{{\{{\s*({_PATH})\s*\}}\}}|(?<!\$)#?\{{\s*({_PATH})\s*\}}|(?<!\\)\$({_PATH})"
)
"""`{input.a}`, `{{ input.a }}`, `#{input.a}`, `$input.a`."""


def bare_braces(context: Context) -> Iterator[Diagnostic]:
    for node in nodes(context.file):
        if isinstance(node, tree.Implements):
            for text in nodes(node):
                if isinstance(text, tree.TextLit):
                    yield from _in_text(context, text)


def _in_text(context: Context, text: tree.TextLit) -> Iterator[Diagnostic]:
    written = context.source.text[text.span.start : text.span.end]
    for found in _BARE.finditer(written):
        path = next(group for group in found.groups() if group is not None)
        start = text.span.start
        span = Span(start + found.start(), start + found.end())
        ours = f"${{{path}}}"
        yield report(
            "K1015",
            span,
            f"`{found.group()}` is text, and stays as it is",
            label="not replaced by a value",
            help=f"write `{ours}` for the value",
            fixes=(Fix(f"Write `{ours}`", (Edit(span, ours),), safe=False),),
        )
