"""K5xxx, surfaces."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
