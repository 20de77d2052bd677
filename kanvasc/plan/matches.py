"""`decide … match` as Python's `match`, where Python's patterns mean the same."""

from __future__ import annotations

from kanvasc.types.program import TypedDecide
from kanvasc.types.types import BOOLEAN, INTEGER, NUMBER, TEXT, Enum, without_null


def by_patterns(step: TypedDecide) -> bool:
    """Values of `any` have equality of their own, and decimals and dates no literals."""
    if step.subject is None:
        return False
    inner = without_null(step.subject.type)
    return isinstance(inner, Enum) or inner in (TEXT, INTEGER, NUMBER, BOOLEAN)
