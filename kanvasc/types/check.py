"""The type phase: the files of a program in, each typed with its findings out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kanvasc.diagnostics import Diagnostic
from kanvasc.link import Unit
from kanvasc.records import dataclass
from kanvasc.syntax import tree
from kanvasc.types import deliveries, reach
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.machine import typed_machine
from kanvasc.types.program import RecordSpec, TypedMachine, TypedProgram
from kanvasc.types.surface_paths import Paths
from kanvasc.types.surfaces import Surfaces
from kanvasc.types.watch import Watch

if TYPE_CHECKING:
    from kanvasc.types.again import Memory


@dataclass(frozen=True, slots=True)
class TypedFile:
    """What one file of a program declares, and the findings that stand in it."""

    program: TypedProgram
    diagnostics: tuple[Diagnostic, ...]


class Typing:
    """Types the parts of a program, one after the other. Nothing is known from before."""

    def types(self, unit: Unit, declarations: Declarations) -> None:
        """The declared types of a file."""
        for declared in declarations.types.values():
            declarations.spec(declared)

    def contract(self, declarations: Declarations, machine: tree.Machine) -> None:
        """What the machine's callers see of it."""
        at = declarations.at
        at.lets.clear()
        at.enclosed.clear()
        at.machine = machine
        declarations.signature(machine)

    def machine(
        self, declarations: Declarations, surfaces: Surfaces, machine: tree.Machine
    ) -> TypedMachine:
        """The whole machine; all contracts are known."""
        return typed_machine(declarations.at, declarations, surfaces, machine)


def type_program(
    units: Sequence[Unit], watch: Watch | None = None, memory: Memory | None = None
) -> tuple[TypedFile, ...]:
    """Types every declaration and machine of the files of a program, file by file; faulty parts
    are left out or `Bad`. `memory`: what is known of the program from before; it is kept up to date
    when there is a `watch`."""
    declared = _declarations(units, watch)
    typing = Typing()
    if memory is not None:
        typing = memory.typing(units, declared, keep=watch is not None)
    # The file that uses another one comes behind it, so that what they both claim is reported where
    # an author sees both.
    order = [(unit, declared[id(unit)]) for unit in reversed(units)]
    for unit, declarations in order:
        typing.types(unit, declarations)
    for unit, declarations in order:
        for machine in unit.file.machines:
            typing.contract(declarations, machine)
    paths = Paths()
    programs = [_typed(typing, unit, declarations, paths) for unit, declarations in order][::-1]
    typed = [
        (declared[id(unit)].at, *pair)
        for unit, program in zip(units, programs, strict=True)
        for pair in zip(unit.file.machines, program.machines, strict=True)
    ]
    reach.check(typed)
    _check_secrets(typed)
    deliveries.check(typed, whole=not any(one.lost for one in declared.values()))
    return tuple(
        TypedFile(program, tuple(declared[id(unit)].at.diagnostics))
        for unit, program in zip(units, programs, strict=True)
    )


def _check_secrets(typed: list[reach.Typed]) -> None:
    """Most programs have none: what follows them is not even loaded then."""
    known = (spec for at, _, _ in typed[:1] for spec in at.records.values())
    if any(machine.secrets for _, _, machine in typed) or any(
        field.secret for spec in known for field in spec.fields
    ):
        from kanvasc.types import secrecy

        secrecy.check(typed)


def _typed(typing: Typing, unit: Unit, declarations: Declarations, paths: Paths) -> TypedProgram:
    types = tuple(declarations.spec(declared) for declared in declarations.types.values())
    surfaces = Surfaces(declarations.at, paths)
    machines = tuple(
        typing.machine(declarations, surfaces, machine) for machine in unit.file.machines
    )
    return TypedProgram(types, machines)


def _declarations(units: Sequence[Unit], watch: Watch | None) -> dict[int, Declarations]:
    """What each file declares, by id, with what it sees of the others."""
    open_: list[str] = []
    found = {id(unit): _of(unit, open_, watch) for unit in units}
    records: dict[str, RecordSpec] = {}
    for unit in units:
        declarations = found[id(unit)]
        declarations.at.records = records
        used = [use.unit for use in unit.uses if use.unit is not None]
        for other in used:
            for name in found[id(other)].own_names():
                declarations.seen.setdefault(name, found[id(other)])
        for other in units:
            if other is not unit and other not in used:
                path = unit.path_to(other)
                names = found[id(other)].own_names()
                declarations.hidden.update(dict.fromkeys(names, path))
        declarations.place = max((use.written.span.end for use in unit.uses), default=None)
        declarations.lost = any(use.unit is None or use.unit.garbled for use in unit.uses)
        declarations.broken = tuple(other.source.text for other in used if other.broken)
    return found


def _of(unit: Unit, open_: list[str], watch: Watch | None) -> Declarations:
    return Declarations(
        Elaborator(unit.source, watch, unit.faults),
        {declared.name.text: declared for declared in unit.file.types},
        {machine.name.text: machine for machine in reversed(unit.file.machines)},
        open=open_,
    )
