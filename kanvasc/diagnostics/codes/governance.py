"""K4xxx, governance."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
