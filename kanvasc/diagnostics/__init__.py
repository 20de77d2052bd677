"""What the compiler says to people and tools: one value, many renderers."""

from kanvasc.diagnostics.diagnostic import (
    Diagnostic,
    Edit,
    Fix,
    Related,
    Severity,
    report,
)
from kanvasc.diagnostics.edits import removal, spelling
from kanvasc.diagnostics.registry import CODES, Code

__all__ = [
    "CODES",
    "Code",
    "Diagnostic",
    "Edit",
    "Fix",
    "Related",
    "Severity",
    "removal",
    "report",
    "spelling",
]
