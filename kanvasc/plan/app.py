"""The plan of a whole app: its modules, its surfaces, what it needs installed."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from kanvasc.plan.classes import Classes, ClassPlan, literal
from kanvasc.plan.identifiers import APP_NAMES, SURFACE_CLASSES, Names, module_name
from kanvasc.plan.machine import MachinePlan, plan_machine
from kanvasc.records import dataclass
from kanvasc.source import Source
from kanvasc.types.inside import every, outermost
from kanvasc.types.machine import asks
from kanvasc.types.principal import principal_readers
from kanvasc.types.program import SurfaceSpec, TypedHttp, TypedMachine, TypedProgram
from kanvasc.types.reach import callees_first
from kanvasc.types.waiting import waits
from kanvasc.version import VERSION

_INSIDE = ("reason", "call", "memory")
"""What a page may let happen by itself: nobody outside notices it, or it is asking a model."""


@dataclass(frozen=True, slots=True)
class SurfacePlan:
    """A call of the service: `method` is the kind of the surface."""

    method: str
    module: str
    surface: str


@dataclass(frozen=True, slots=True)
class AppPlan:
    """`file` is the program's name without its folder, fit for a comment and for Markdown;
    `program` is the SHA-256 of its text; `reasons` and `fetches`: a step asks a model, or sends a
    request; `takes_tokens`: a surface has `auth: oauth`. `unserved`: the modules of machines that
    no surface makes known to the service."""

    name: str
    file: str
    program: str
    version: str
    records: tuple[ClassPlan, ...]
    machines: tuple[MachinePlan, ...]
    surfaces: tuple[SurfacePlan, ...]
    unserved: tuple[str, ...]
    reasons: bool
    fetches: bool
    takes_tokens: bool
    has_page: bool
    has_tools: bool
    holds: bool
    secrets: tuple[str, ...] = ()


def _fetches(machine: TypedMachine) -> bool:
    steps = every(outermost(machine.steps, machine.flows))
    return any(isinstance(step, TypedHttp) for step in steps)


def plan_app(files: Mapping[Source, str], program: TypedProgram) -> AppPlan:
    """Plans the output of a program that has no errors. `files`: those that it is made of, with
    their names, the one that is built first."""
    shown = {source: printable(name) for source, name in files.items()}
    file = next(iter(shown.values()))
    shared = Classes(Names())
    shared.declare_types(program.types)
    names = Names(APP_NAMES)
    modules = {m.name: names.take(module_name(m.name)) for m in program.machines}
    planned: dict[str, MachinePlan] = {}
    readers = principal_readers(program.machines)
    by_name = {machine.name: machine for machine in program.machines}
    held = {name for name, machine in by_name.items() if waits(machine, by_name) is not None}
    for machine in callees_first(program.machines):
        callees = {name: plan.callee for name, plan in planned.items()}
        module = modules[machine.name]
        name = shown[machine.source]
        by_principal = machine.name in readers
        planned[machine.name] = plan_machine(name, shared, machine, module, callees, by_principal)
    surfaces = [
        _surface(machine, surface, modules[machine.name], machine.name in held)
        for machine in program.machines
        for surface in machine.surfaces
    ]
    return AppPlan(
        name=PurePath(file).stem,
        file=file,
        program=_digest(files),
        version=VERSION,
        records=tuple(shared.plans),
        machines=tuple(planned[machine.name] for machine in program.machines),
        surfaces=tuple(surfaces),
        unserved=tuple(modules[m.name] for m in program.machines if not m.surfaces),
        reasons=any(asks(outermost(machine.steps, machine.flows)) for machine in program.machines),
        fetches=any(map(_fetches, program.machines)),
        takes_tokens=any("oauth" in _ways(s) for m in program.machines for s in m.surfaces),
        secrets=tuple(dict.fromkeys(s.name for m in program.machines for s in m.secrets)),
        has_tools=any(s.kind == "mcp" for m in program.machines for s in m.surfaces),
        has_page=any(map(_has_pages, program.machines)),
        holds=any(map(_holds, program.machines)),
    )


def _digest(files: Mapping[Source, str]) -> str:
    """Of the text where there is one file; else of the names and digests of all."""
    lines = [(_sha256(source.text), name) for source, name in files.items()]
    if len(lines) == 1:
        return lines[0][0]
    return _sha256("".join(f"{text} {name!r}\n" for text, name in lines))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def printable(name: str) -> str:
    """A file's name where it can end no comment, docstring or code span."""
    return "".join(c if c.isprintable() and c not in '"\\`' else "_" for c in name)


def _has_pages(machine: TypedMachine) -> bool:
    """A person decides on a page, too."""
    return _holds(machine) or any(map(_needs_pages, machine.surfaces))


def _holds(machine: TypedMachine) -> bool:
    return any(rule.verdict == "requires approval" for rule in machine.permissions)


def _needs_pages(surface: SurfaceSpec) -> bool:
    """Who signs in to a socket does so on a page."""
    return surface.kind == "page" or "session" in _ways(surface)


def _ways(surface: SurfaceSpec) -> tuple[str, ...]:
    ways = surface.options.get("auth")
    return ways if isinstance(ways, tuple) else ()


def _begun_by(machine: TypedMachine, page: SurfaceSpec, held: bool) -> dict[str, bool]:
    """Who begins the runs of a page's machine, where it is not the page itself: a person, when one
    has effects outside or may be `held` for one, and after that the socket, when the program lets
    it run by itself."""
    if held:
        return {"by_hand": True, "follows": False}
    if all(need.capability in _INSIDE for need in machine.needs):
        return {}
    live = page.options.get("live")
    fed = any(s.path == live and {"every", "on"} & s.options.keys() for s in machine.surfaces)
    return {"by_hand": True} if fed else {"by_hand": True, "follows": False}


def _surface(machine: TypedMachine, surface: SurfaceSpec, module: str, held: bool) -> SurfacePlan:
    arguments: dict[str, Any] = {} if surface.kind == "mcp" else {"path": surface.path}
    if surface.kind == "page":
        arguments["title"] = machine.title or machine.name.replace("_", " ").capitalize()
    arguments.update(surface.options)
    if surface.kind == "webhook":
        arguments["sender"] = arguments.pop("provider", None) or arguments.pop("auth")[0]
    if surface.renders:
        arguments["renders"] = surface.renders
    if surface.kind == "page":
        arguments.update(_begun_by(machine, surface, held))
    shown = [
        ast.keyword(name, ast.parse(literal(value), mode="eval").body)
        for name, value in arguments.items()
    ]
    call = ast.Call(ast.Name(SURFACE_CLASSES[surface.kind]), [], shown)
    return SurfacePlan(surface.kind, module, ast.unparse(call))
