"""K0xxx, syntax and layout."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
