"""One compilation: a phase a cached property; nothing runs that a command does not ask for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kanvasc.checks import check
from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.source import Source
from kanvasc.syntax import Parsed, parse
from kanvasc.types import type_program
from kanvasc.types.program import TypedProgram

if TYPE_CHECKING:
    from kanvasc.emit import Files
    from kanvasc.plan.app import AppPlan

ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}


class Compilation:
    """source → syntax → types → checks → plan → emit."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @cached_property
    def parsed(self) -> Parsed:
        return parse(self.source)

    @cached_property
    def _typed(self) -> tuple[TypedProgram, tuple[Diagnostic, ...]]:
        return type_program(self.source, self.parsed.tree)

    @property
    def program(self) -> TypedProgram:
        return self._typed[0]

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All findings of all phases, each once, in the order of the program."""
        before = (*self.parsed.diagnostics, *self._typed[1])
        checked = check(Context(self.source, self.parsed.tree, self.program, before))
        found = dict.fromkeys((*before, *checked))
        return tuple(sorted(found, key=lambda d: (d.span, ORDER[d.severity], d.code)))

    @property
    def ok(self) -> bool:
        """Whether the program has no errors (warnings and hints do not stop a build)."""
        return all(found.severity is not Severity.ERROR for found in self.diagnostics)

    @cached_property
    def plan(self) -> AppPlan:
        """Raises ValueError for a program with errors."""
        from kanvasc.plan.app import plan_app

        if not self.ok:
            raise ValueError("a program with errors has no plan")
        return plan_app(self.source, self.program)

    @cached_property
    def files(self) -> Files:
        """The built app. Imports jinja2, which `check` never needs."""
        from kanvasc.emit import emit

        return emit(self.plan, self.program)
