"""What a rule may look at."""

from __future__ import annotations

from dataclasses import dataclass

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.types.program import TypedProgram


@dataclass(frozen=True, slots=True)
class Context:
    """`found`: what the phases before have reported. A rule about what is *not* there asks
    whether it may have been skipped there."""

    source: Source
    file: tree.File
    program: TypedProgram
    found: tuple[Diagnostic, ...] = ()

    def faulty(self, span: Span) -> bool:
        """Whether an error was reported inside `span`."""
        return any(
            error.severity is Severity.ERROR and span.start <= error.span.start <= span.end
            for error in self.found
        )
