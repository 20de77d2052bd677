"""K1xxx, names."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
