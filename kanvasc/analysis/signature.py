"""The call that a cursor is in, and which of its arguments."""

from __future__ import annotations

from typing import NamedTuple

from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.functions import called, parameters
from kanvasc.analysis.nodes import around
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.types import show

STAND_IN = "zz_here"


class Signature(NamedTuple):
    """`parameters` are parts of `label`; `active` counts them from 0."""

    label: str
    doc: str
    parameters: tuple[str, ...]
    active: int


def signature(analysis: Analysis, offset: int) -> Signature | None:
    """The innermost call around the cursor; None outside of every call."""
    text = analysis.source.text
    before = text[:offset].rstrip()
    if before.endswith(("(", ",")):
        # Something has to stand there for the brackets to be read as a call's.
        return _of(analysis.written(Span(offset, offset), STAND_IN), offset)
    return _of(analysis, offset)


def _of(analysis: Analysis, offset: int) -> Signature | None:
    for node in reversed(around(analysis.tree, offset)):
        if isinstance(node, tree.Lambda | tree.MapLit):
            return None
        if isinstance(node, tree.Call) and node.callee.span.end < offset:
            function = called(analysis.trace, node.callee)
            if function is None:
                return None
            given = parameters(function)
            active = sum(argument.span.end < offset for argument in node.arguments)
            head = f"{show(function.receiver)}." if function.receiver is not None else ""
            label = f"{head}{function.name}({', '.join(given)}) gives {show(function.result)}"
            return Signature(label, function.doc, given, min(active, max(len(given) - 1, 0)))
    return None
