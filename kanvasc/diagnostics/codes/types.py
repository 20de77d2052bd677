"""K2xxx, types."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
