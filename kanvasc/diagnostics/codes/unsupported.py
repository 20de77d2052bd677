"""K9xxx, parts of the language that this version does not support yet."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
