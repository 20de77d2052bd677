"""One compilation: a phase a cached property; nothing runs that a command does not ask for.

It is of one program: the file that was named, and the files that it uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from kanvasc.checks import check
from kanvasc.checks.allowing import allowed
from kanvasc.checks.context import Context
from kanvasc.checks.following import without_consequences
from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.link import Sources, Unit, link, sound_units
from kanvasc.records import replace
from kanvasc.source import Source
from kanvasc.syntax import Parsed
from kanvasc.types import TypedFile, type_program
from kanvasc.types.program import TypedMachine, TypedProgram
from kanvasc.types.watch import Watch

if TYPE_CHECKING:
    from kanvasc.emit import Files
    from kanvasc.plan.app import AppPlan
    from kanvasc.types.again import Memory

ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}


class Compilation:
    """source → syntax → link → types → checks → plan → emit."""

    def __init__(
        self,
        source: Source,
        sources: Sources | None = None,
        watch: Watch | None = None,
        memory: Memory | None = None,
    ) -> None:
        """`sources`: where the files that `source` uses come from; the disk, if nothing is said.
        Compilations that share it read and parse each file once. `watch` is told of every type.
        `memory`: what is known of the same program with other texts, or with the same."""
        self.source = source
        self._sources = Sources() if sources is None else sources
        self._watch = watch
        self._memory = memory

    @cached_property
    def parsed(self) -> Parsed:
        """The tree of `source` itself; no other file is read for it."""
        return self._sources.parsed(self.source)

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The files of the program, `source` first."""
        return link(self.source, self._sources)

    @cached_property
    def _typed(self) -> tuple[TypedFile, ...]:
        return type_program(self.units, self._watch, self._memory)

    @cached_property
    def program(self) -> TypedProgram:
        """What all files declare."""
        programs = [typed.program for typed in self._typed]
        return TypedProgram(
            tuple(declared for program in programs for declared in program.types),
            tuple(machine for program in programs for machine in program.machines),
        )

    @cached_property
    def _sound(self) -> tuple[tuple[Unit, ...], tuple[TypedFile, ...]]:
        """The program without what faults make doubtful: what findings are looked for in."""
        units = sound_units(self.units)
        if units is self.units:
            return units, self._typed
        if self._memory is not None:
            assert self._typed  # What comes of its sound parts is known from there.
        return units, type_program(units, memory=self._memory)

    @cached_property
    def _sound_machines(self) -> tuple[TypedMachine, ...]:
        return tuple(machine for typed in self._sound[1] for machine in typed.program.machines)

    @cached_property
    def findings(self) -> tuple[tuple[Source, tuple[Diagnostic, ...]], ...]:
        """All findings of all phases by file, each once, in the order of its text."""
        return tuple((unit.source, self._of_file(number)) for number, unit in enumerate(self.units))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The findings that stand in `source` itself."""
        return self.findings[0][1]

    def _of_file(self, number: int) -> tuple[Diagnostic, ...]:
        units, types = self._sound
        unit, typed = units[number], types[number]
        form = (*unit.parsed.diagnostics, *unit.diagnostics)
        before = (*form, *typed.diagnostics)
        others = units[number + 1 :]
        checked = check(Context(unit, typed.program, before, others, self._sound_machines))
        meant = without_consequences(
            unit.source, unit.parsed, unit.torn, (*typed.diagnostics, *checked)
        )
        here = self._placed(unit, (*form, *meant))
        found = allowed(unit.source, unit.file.comments, tuple(dict.fromkeys(here)))
        return tuple(sorted(found, key=lambda d: (d.span, ORDER[d.severity], d.code)))

    def _placed(self, unit: Unit, found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """Findings whose other places name their file only where it is another one, and as it is
        now: what is known from before names it as it was."""
        now: dict[str, Source | None] = {other.source.path: other.source for other in self.units}
        now[unit.source.path] = None
        for one in found:
            if any(place.source is not None for place in one.related):
                related = tuple(
                    place if place.source is None else replace(place, source=now[place.source.path])
                    for place in one.related
                )
                yield replace(one, related=related)
            else:
                yield one

    @property
    def ok(self) -> bool:
        """Whether the program has no errors (warnings and hints do not stop a build)."""
        return all(
            one.severity is not Severity.ERROR for _, found in self.findings for one in found
        )

    @cached_property
    def plan(self) -> AppPlan:
        """Raises ValueError for a program with errors."""
        from kanvasc.plan.app import plan_app

        if not self.ok:
            raise ValueError("a program with errors has no plan")
        return plan_app({unit.source: unit.name for unit in self.units}, self.program)

    @cached_property
    def files(self) -> Files:
        """The built app. Imports jinja2, which `check` never needs."""
        from kanvasc.emit import emit

        return emit(self.plan, self.program)
