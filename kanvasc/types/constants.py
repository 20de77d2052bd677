"""Typed expressions that are known before any run: their value, and the rules they break."""

from __future__ import annotations

from typing import Any

from kanvasc.types.formats import FORMATS
from kanvasc.types.program import Constraints
from kanvasc.types.typed import Const, NewList, NewMap, NewRecord, TypedExpr
from kanvasc.types.wording import quoted


def is_constant(value: TypedExpr) -> bool:
    """Whether `value` is made of literals alone."""
    match value:
        case Const():
            return True
        case NewList(items=items):
            return all(map(is_constant, items))
        case NewRecord(fields=entries) | NewMap(entries=entries):
            return all(is_constant(entry) for _, entry in entries)
    return False


def evaluate(value: TypedExpr) -> Any:
    """The value of a constant, in Python's terms.

    Raises TypeError for anything else: ask `is_constant` first.
    """
    match value:
        case Const(value=constant):
            return constant
        case NewList(items=items):
            return [evaluate(item) for item in items]
        case NewRecord(fields=entries) | NewMap(entries=entries):
            return {name: evaluate(entry) for name, entry in entries}
    raise TypeError(f"{type(value).__name__} is not a constant")


def violation(value: Any, rules: Constraints) -> str | None:
    """What a constant breaks, in words, or None."""
    try:
        return None if value is None else _violation(value, rules)
    except TypeError:
        # The rules are for values of another type, and that was reported.
        return None


def _violation(value: Any, rules: Constraints) -> str | None:
    if rules.min is not None and value < evaluate(rules.min):
        return f"it must be at least {evaluate(rules.min)}"
    if rules.max is not None and value > evaluate(rules.max):
        return f"it must be at most {evaluate(rules.max)}"
    if rules.min_length is not None and len(value) < rules.min_length:
        return f"it must be at least {rules.min_length} long"
    if rules.max_length is not None and len(value) > rules.max_length:
        return f"it must be at most {rules.max_length} long"
    if rules.choices and value not in rules.choices:
        of = "one of " if len(rules.choices) > 1 else ""
        return f"it must be {of}{quoted(rules.choices)}"
    if rules.pattern is not None and not _matches(rules.pattern, value):
        return f"it must match {rules.pattern}"
    if rules.format is not None and not FORMATS[rules.format][0](value):
        return f"it must be {FORMATS[rules.format][1]}"
    return _outside_subset(value, rules)


def _outside_subset(value: Any, rules: Constraints) -> str | None:
    allowed = [evaluate(item) for item in rules.subset]
    outside = [item for item in value if item not in allowed] if allowed else []
    if not outside:
        return None
    item = quoted([outside[0]]) if isinstance(outside[0], str) else str(outside[0])
    return f"{item} is not in its subset"


def _matches(pattern: str, value: str) -> bool:
    import re2

    return re2.fullmatch(pattern, value) is not None
