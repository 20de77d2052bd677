"""Values of which one is taken: their one type."""

from __future__ import annotations

from kanvasc.types import coerce
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.typed import TypedExpr
from kanvasc.types.types import Type


def joined(
    at: Elaborator, values: list[TypedExpr], wanted: Type | None, what: str, step: str
) -> tuple[Type, tuple[TypedExpr, ...]] | None:
    """The values, brought to one type; `what` they are. Where `step` must be of a `wanted` type,
    the value that is not is the wrong one."""
    mark = len(at.diagnostics)
    found = coerce.join_all(at, values, what)
    if found is None and wanted is not None:
        before = at.diagnostics[mark:]
        del at.diagnostics[mark:]
        for value in values:
            at.fit(value, wanted, f"the value of `{step}`")
        if len(at.diagnostics) == mark:
            at.diagnostics += before
    return found
