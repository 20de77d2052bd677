"""The formatter: a program in its one canonical layout. Stands on `syntax` alone."""

from kanvasc.format.api import Formatted, format_file, format_program, format_range
from kanvasc.format.same import Unfaithful
from kanvasc.format.typing import indentation

__all__ = [
    "Formatted",
    "Unfaithful",
    "format_file",
    "format_program",
    "format_range",
    "indentation",
]
