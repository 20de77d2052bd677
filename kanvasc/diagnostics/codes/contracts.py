"""K3xxx, contracts."""

from kanvasc.diagnostics.registry import Code

CODES: tuple[Code, ...] = ()
