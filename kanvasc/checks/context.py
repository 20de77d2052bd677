"""What a rule may look at."""

from __future__ import annotations

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.link import Unit
from kanvasc.records import dataclass
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.types.program import TypedMachine, TypedProgram


@dataclass(frozen=True, slots=True)
class Context:
    """One file. `program`: what it declares. `found`: what the phases before have reported; a rule
    about what is *not* there asks whether it may have been skipped there. `others`: the files of
    the program that `unit` comes before. `machines`: those of all files, which call each other."""

    unit: Unit
    program: TypedProgram
    found: tuple[Diagnostic, ...] = ()
    others: tuple[Unit, ...] = ()
    machines: tuple[TypedMachine, ...] = ()

    @property
    def source(self) -> Source:
        return self.unit.source

    @property
    def file(self) -> tree.File:
        return self.unit.file

    def faulty(self, span: Span) -> bool:
        """Whether an error was reported inside `span`."""
        return any(
            error.severity is Severity.ERROR and span.start <= error.span.start <= span.end
            for error in self.found
        )
