"""Every code that the compiler can report, one module a family under `codes/`.

A code carries what `explain` prints: a title, why the rule exists, a program that is
wrong and shows exactly this code, and one that is right and shows none. The tests compile both.
"""

from __future__ import annotations

from itertools import chain
from typing import Literal

from kanvasc.records import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """`code` is K and four digits; `why` is one or two sentences in the user's terms."""

    code: str
    severity: Literal["error", "warning", "hint"]
    title: str
    why: str
    wrong: str
    right: str


def _load() -> dict[str, Code]:
    # Imported here because the families import `Code` from this module.
    from kanvasc.diagnostics.codes import (
        comments,
        contracts,
        events,
        governance,
        kept,
        names,
        surfaces,
        syntax,
        tests,
        types,
        unsupported,
    )

    families = (
        syntax,
        comments,
        names,
        types,
        contracts,
        kept,
        governance,
        surfaces,
        tests,
        events,
        unsupported,
    )
    found: dict[str, Code] = {}
    for entry in chain.from_iterable(family.CODES for family in families):
        if entry.code in found:
            raise ValueError(f"{entry.code} is registered twice")
        found[entry.code] = entry
    return found


CODES: dict[str, Code] = _load()
