"""K6xxx, tests in the language."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
