"""The plan of a whole app: its modules, its surfaces, what it needs installed."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from kanvasc.plan.classes import Classes, ClassPlan, literal
from kanvasc.plan.expressions import Expressions
from kanvasc.plan.identifiers import Names, module_name
from kanvasc.plan.statements import Statements, ask_constants, result
from kanvasc.source import Source
from kanvasc.types.machine import asks
from kanvasc.types.program import (
    Permission,
    SurfaceSpec,
    TypedAsk,
    TypedMachine,
    TypedProgram,
)
from kanvasc.version import VERSION


@dataclass(frozen=True, slots=True)
class AskPlan:
    """The constant that declares an `ask` step, and the arguments of its constructor."""

    constant: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """One module under `machines/`. `awaits`: its `run` is a coroutine function."""

    module: str
    name: str
    classes: tuple[ClassPlan, ...]
    asks: tuple[AskPlan, ...]
    statements: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    awaits: bool


@dataclass(frozen=True, slots=True)
class SurfacePlan:
    """A call of the service: `method` is `websocket` or `page`."""

    method: str
    module: str
    surface: str


@dataclass(frozen=True, slots=True)
class AppPlan:
    """`file` is the program's name without its folder; `program` the SHA-256 of its text."""

    name: str
    file: str
    program: str
    version: str
    records: tuple[ClassPlan, ...]
    machines: tuple[MachinePlan, ...]
    surfaces: tuple[SurfacePlan, ...]
    reasons: bool
    has_page: bool


def plan_app(source: Source, program: TypedProgram) -> AppPlan:
    """Plans the output of a program that has no errors."""
    file = PurePath(source.path).name
    shared = Classes(Names())
    for spec in program.types:
        shared.declare(spec, spec.type.name or "")
    modules = Names(("app",))
    machines: list[MachinePlan] = []
    surfaces: list[SurfacePlan] = []
    for machine in program.machines:
        module = modules.take(module_name(machine.name))
        machines.append(_machine(source, file, shared, machine, module))
        surfaces.extend(_surface(machine, surface, module) for surface in machine.surfaces)
    return AppPlan(
        name=PurePath(file).stem,
        file=file,
        program=hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest(),
        version=VERSION,
        records=tuple(shared.plans),
        machines=tuple(machines),
        surfaces=tuple(surfaces),
        reasons=any(asks(machine.steps) for machine in program.machines),
        has_page=any(s.kind == "page" for m in program.machines for s in m.surfaces),
    )


def _machine(
    source: Source, file: str, shared: Classes, machine: TypedMachine, module: str
) -> MachinePlan:
    names = Names()
    classes = Classes(names, shared)
    classes.declare(machine.input, "Input")
    classes.declare(machine.output, "Output")
    asked = asks(machine.steps)
    for ask in asked:
        classes.declare(ask.returns, ask.symbol.name)
    at = Statements(source, file, classes, Expressions(classes, names))
    constants = ask_constants(at, asked)
    planned = tuple(AskPlan(name, _ask_arguments(classes, ask)) for name, ask in constants)
    at.sequence(machine.steps)
    at.put(result(at, machine))
    return MachinePlan(
        module=module,
        name=machine.name,
        classes=tuple(classes.plans),
        asks=planned,
        statements=tuple(at.lines),
        arguments=_machine_arguments(file, classes, machine, [name for name, _ in constants]),
        awaits=bool(asked),
    )


def _ask_arguments(classes: Classes, ask: TypedAsk) -> tuple[tuple[str, str], ...]:
    arguments = [
        ("name", literal(ask.symbol.name)),
        ("model", literal(ask.model)),
        ("returns", classes.of(ask.returns.type)),
    ]
    if ask.assuming is not None:
        arguments.append(("assuming", classes.literal(ask.assuming)))
    if ask.effort is not None:
        arguments.append(("effort", literal(ask.effort)))
    if ask.max_tokens != 4096:
        arguments.append(("max_tokens", literal(ask.max_tokens)))
    if ask.plain:
        arguments.append(("plain", "True"))
    return tuple(arguments)


def _machine_arguments(
    file: str, classes: Classes, machine: TypedMachine, asked: list[str]
) -> tuple[tuple[str, str], ...]:
    arguments = [
        ("name", literal(machine.name)),
        ("input", classes.of(machine.input.type)),
        ("output", classes.of(machine.output.type)),
        ("run", "run"),
    ]
    policy = _policy(machine.permissions)
    if policy:
        arguments.append(("policy", policy))
    if machine.title is not None:
        arguments.append(("title", literal(machine.title)))
    arguments.append(("source", literal(file)))
    if asked:
        arguments.append(("asks", f"({', '.join(asked)},)"))
    if machine.goal:
        arguments.append(("goal", literal(machine.goal)))
    return tuple(arguments)


_POLICY = {"allowed": "allowed", "not allowed": "denied", "requires approval": "approval"}


def _policy(permissions: tuple[Permission, ...]) -> str:
    groups: dict[str, list[str]] = {}
    for permission in permissions:
        arguments = [literal(permission.capability)]
        if permission.target is not None:
            arguments.append(literal(permission.target))
        grants = groups.setdefault(_POLICY[permission.verdict], [])
        grants.append(f"Grant({', '.join(arguments)})")
    shown = ", ".join(f"{group}=({', '.join(grants)},)" for group, grants in groups.items())
    return f"Policy({shown})" if shown else ""


def _surface(machine: TypedMachine, surface: SurfaceSpec, module: str) -> SurfacePlan:
    arguments: dict[str, Any] = {"path": surface.path}
    if surface.kind == "page":
        arguments["title"] = machine.title or machine.name.replace("_", " ").capitalize()
    arguments.update(surface.options)
    shown = [
        ast.keyword(name, ast.parse(literal(value), mode="eval").body)
        for name, value in arguments.items()
    ]
    made = "WebSocketSurface" if surface.kind == "websocket" else "PageSurface"
    call = ast.Call(ast.Name(made), [], shown)
    return SurfacePlan(surface.kind, module, ast.unparse(call))
