"""The type phase: a tree in, a typed program and its findings out."""

from __future__ import annotations

from kanvasc.diagnostics import Diagnostic
from kanvasc.source import Source
from kanvasc.syntax import tree
from kanvasc.types import reach
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.machine import typed_machine
from kanvasc.types.program import TypedProgram
from kanvasc.types.surfaces import Surfaces


def type_program(source: Source, file: tree.File) -> tuple[TypedProgram, tuple[Diagnostic, ...]]:
    """Types every declaration and machine of a file; faulty parts are left out or `Bad`."""
    at = Elaborator(source)
    declarations = Declarations(
        at,
        {declared.name.text: declared for declared in file.types},
        {machine.name.text: machine for machine in reversed(file.machines)},
    )
    types = tuple(declarations.spec(declared) for declared in declarations.types.values())
    surfaces = Surfaces(at, {})
    machines = tuple(
        typed_machine(at, declarations, surfaces, machine) for machine in file.machines
    )
    reach.check([(at, *pair) for pair in zip(file.machines, machines, strict=True)])
    return TypedProgram(types, machines), tuple(at.diagnostics)
