"""K9xxx, parts of the language that this version does not support yet."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = tuple(
    Code(f"K{number:04}", "error", "x", "x", "x", "x") for number in range(9001, 9005)
)
