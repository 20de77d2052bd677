"""K0xxx, syntax and layout."""

from __future__ import annotations

from typing import Literal

from kanvasc.diagnostics.registry import Code

_HEAD = "machine m\n  accepts a as text is required\n  responds with b as text\n  implements\n"
_RIGHT = _HEAD + "    compute b_step\n      {b: input.a}\n"


def _code(
    code: str,
    title: str,
    why: str,
    wrong: str,
    right: str = _RIGHT,
    severity: Literal["error", "warning", "hint"] = "error",
) -> Code:
    return Code(code, severity, title, why, wrong, right)


CODES: tuple[Code, ...] = tuple(
    _code(f"K{number:04}", "x", "x", "x") for number in range(1, 22)
)
