"""The plan of one machine: its classes, its constants, its function, its declaration."""

from __future__ import annotations

from dataclasses import dataclass

from kanvasc.plan.classes import Classes, ClassPlan, literal
from kanvasc.plan.expressions import Expressions
from kanvasc.plan.identifiers import Names
from kanvasc.plan.statements import Statements, ask_constants, result
from kanvasc.source import Source
from kanvasc.types.machine import asks
from kanvasc.types.program import Permission, TypedAsk, TypedMachine


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


def plan_machine(
    source: Source, file: str, shared: Classes, machine: TypedMachine, module: str
) -> MachinePlan:
    """Plans one module, again while it has variables that nothing reads.

    What refers to a variable may be folded away with the branch in which it stands.
    """
    while True:
        at, planned = _attempt(source, file, shared, machine, module)
        unread = at.unread()
        if not unread:
            return planned
        for symbol in unread:
            symbol.used = False


def _attempt(
    source: Source, file: str, shared: Classes, machine: TypedMachine, module: str
) -> tuple[Statements, MachinePlan]:
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
    arguments = _machine_arguments(file, classes, machine, [name for name, _ in constants])
    used = "\n".join((*at.lines, *(text for ask in planned for _, text in ask.arguments)))
    return at, MachinePlan(
        module=module,
        name=machine.name,
        classes=classes.needed(used),
        asks=planned,
        statements=tuple(at.lines),
        arguments=arguments,
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
