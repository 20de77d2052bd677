"""The modifiers of a type, as tests with the sentence that a failed one is answered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kanvas_runtime.codec.describe import Limit, TypeInfo
from kanvas_runtime.codec.formats import FORMATS


class Rule(NamedTuple):
    """`message` is said when `holds` of a value of the right kind is false."""

    holds: Callable[[Any], bool]
    message: str


def rules_of(info: TypeInfo) -> tuple[Rule, ...]:
    """The rules that a value of the type has to keep, in the order in which they are told."""
    return (*_limits(info), *_lengths(info), *_texts(info))


def _limits(info: TypeInfo) -> list[Rule]:
    low, high = info.min, info.max
    rules = []
    if low is not None:
        rules.append(Rule(lambda value: bool(value >= low), f"must be at least {_plain(low)}"))
    if high is not None:
        rules.append(Rule(lambda value: bool(value <= high), f"must be at most {_plain(high)}"))
    return rules


def _plain(limit: Limit) -> Limit:
    return int(limit) if isinstance(limit, float) and limit.is_integer() else limit


def _lengths(info: TypeInfo) -> list[Rule]:
    least, most = info.min_length, info.max_length
    unit = "character" if info.kind == "text" else "item"
    rules = []
    if least is not None:
        message = f"must have at least {_many(least, unit)}"
        rules.append(Rule(lambda value: len(value) >= least, message))
    if most is not None:
        message = f"must have at most {_many(most, unit)}"
        rules.append(Rule(lambda value: len(value) <= most, message))
    return rules


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _texts(info: TypeInfo) -> list[Rule]:
    rules = []
    if info.choices:
        rules.append(Rule(frozenset(info.choices).__contains__, one_of(info.choices)))
    if info.pattern is not None:
        rules.append(Rule(_matcher(info.pattern), f"must match the pattern {info.pattern}"))
    if info.format is not None:
        holds, what = FORMATS[info.format]
        rules.append(Rule(holds, f"must be {what}"))
    return rules


def one_of(values: tuple[object, ...]) -> str:
    """`must be one of "warm", "cold"`."""
    shown = ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values)
    return f"must be one of {shown}"


def _matcher(pattern: str) -> Callable[[str], bool]:
    """RE2 takes linear time whatever the text is; Python's own engine does not."""
    import re2  # only a contract with a pattern pays for it

    compiled = re2.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None
