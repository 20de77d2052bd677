"""The plan of one machine: its classes, its constants, its function, its declaration."""

from __future__ import annotations

from itertools import chain

from kanvasc.plan import guards, kept, messages, outside
from kanvasc.plan.classes import Classes, ClassPlan, literal
from kanvasc.plan.expressions import Expressions
from kanvasc.plan.flows import flow
from kanvasc.plan.functions import awaits
from kanvasc.plan.identifiers import Names
from kanvasc.plan.lengths import is_long
from kanvasc.plan.outside import Callee, Callees, StepPlan
from kanvasc.plan.statements import Statements, ask_constants, result
from kanvasc.plan.streams import streams
from kanvasc.records import dataclass, fields, replace
from kanvasc.types.governed import Limits
from kanvasc.types.inside import every, outermost
from kanvasc.types.machine import asks
from kanvasc.types.program import Permission, TypedAsk, TypedMachine
from kanvasc.types.reach import calls


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """One module under `machines/`. `awaits`: its `run` is a coroutine function; `imports`: the
    modules of the machines that it calls; `callee`: what it is to those that call it; `file`: the
    program's file, fit for a comment."""

    module: str
    name: str
    file: str
    classes: tuple[ClassPlan, ...]
    asks: tuple[StepPlan, ...]
    functions: tuple[tuple[str, ...], ...]
    statements: tuple[str, ...]
    arguments: tuple[tuple[str, str], ...]
    awaits: bool
    imports: tuple[str, ...]
    callee: Callee


def plan_machine(
    file: str,
    shared: Classes,
    machine: TypedMachine,
    module: str,
    callees: Callees,
    by_principal: bool = False,
) -> MachinePlan:
    """Plans one module, from what stands in `file`: again while it has variables that nothing
    reads, or functions in a loop that read what the loop sets. `by_principal`: what it answers
    can depend on who asks.

    What refers to a variable may be folded away with the branch in which it stands.
    """
    hoisted: frozenset[int] = frozenset()
    while True:
        at, planned = _attempt(file, shared, machine, module, callees, hoisted)
        if at.late:  # what is written in another way may read what was not read before
            hoisted |= at.late
            continue
        unread = at.unread()
        if not unread:
            flag = (("by_principal", "True"),) if by_principal else ()
            return replace(planned, arguments=(*planned.arguments, *flag))
        for symbol in unread:
            symbol.used = False


def _attempt(
    file: str,
    shared: Classes,
    machine: TypedMachine,
    module: str,
    callees: Callees,
    hoisted: frozenset[int],
) -> tuple[Statements, MachinePlan]:
    below = {step.machine: callees[step.machine] for step in calls(machine)}
    names = Names(callee.module for callee in below.values())
    classes = Classes(names, shared)
    for callee in below.values():
        for name, record, attributes in callee.classes:
            classes.borrow(f"{callee.module}.{name}", record, attributes)
    classes.declare(machine.input, "Input")
    classes.declare(machine.output, "Output")
    kept.declare(classes, machine)
    messages.declare(classes, machine)
    asked = asks(outermost(machine.steps, machine.flows))
    for ask in asked:
        classes.declare(ask.returns, ask.symbol.name)
    leaving = outside.steps_of(every(outermost(machine.steps, machine.flows)))
    outside.declare(classes, leaving)
    at = Statements(machine.source, file, classes, Expressions(classes, names), hoisted=hoisted)
    if machine.state is not None:
        at.kept = machine.state.type
        at.expressions.state = names.take("state")
    at.modules = {name: callee.module for name, callee in below.items()}
    constants = ask_constants(at, asked)
    early = streams(machine)
    planned = tuple(
        StepPlan(name, _ask_arguments(classes, ask, early.get(id(ask), ())))
        for name, ask in constants
    )
    planned += outside.plans(at, leaving)
    planned += kept.plans(at, kept.steps_of(every(outermost(machine.steps, machine.flows))))
    at.sequence(machine.steps)
    at.answer(machine)
    at.put(result(at, machine))
    for written in machine.flows:
        flow(at, written)
    asked_below = [f"*{callee.module}.MACHINE.asks" for callee in below.values() if callee.asks]
    listed = [*(name for name, _ in constants), *asked_below]
    arguments = _machine_arguments(file, classes, machine, listed)
    if below:
        called = ", ".join(f"{callee.module}.MACHINE" for callee in below.values())
        arguments += (("calls", f"({called},)"),)
    heard = messages.subscriptions(at, machine)
    if heard:
        arguments += (("subscribes", heard),)
    guarded = guards.declared(at, machine)
    if guarded:
        arguments += (("guards", guarded),)
    own = ("async def run():", *at.lines), *at.functions
    long = is_long(machine, own) or any(each.long or each.calls for each in below.values())
    if long:
        arguments += (("long", "True"),)
    used = "\n".join(
        (
            *at.lines,
            *chain.from_iterable(at.functions),
            *(text for ask in planned for _, text in ask.arguments),
        )
    )
    return at, MachinePlan(
        module=module,
        name=machine.name,
        file=file,
        classes=classes.needed(used),
        asks=planned,
        statements=tuple(at.lines),
        arguments=arguments,
        functions=tuple(at.functions),
        awaits=awaits(at.lines),
        imports=tuple(callee.module for callee in below.values()),
        callee=Callee(
            module,
            bool(listed),
            bool(below),
            long,
            classes.of_contract(machine.input, machine.output),
        ),
    )


def _ask_arguments(
    classes: Classes, ask: TypedAsk, early: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
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
    if early:
        arguments.append(("streams", literal(early)))
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
    if machine.secrets:
        names = tuple(secret.name for secret in machine.secrets)
        arguments.append(("needs", literal(names)))
    if machine.limits is not None:
        arguments.append(("limits", _limits(machine.limits)))
    if machine.title is not None:
        arguments.append(("title", literal(machine.title)))
    arguments.append(("source", literal(file)))
    if asked:
        arguments.append(("asks", f"({', '.join(asked)},)"))
    if machine.goal:
        arguments.append(("goal", literal(machine.goal)))
    arguments += kept.arguments(classes, machine)
    return tuple(arguments)


def _limits(limits: Limits) -> str:
    shown = [
        f"{field.name}={literal(value)}"
        for field in fields(limits)
        if (value := getattr(limits, field.name)) != field.default
    ]
    return f"Limits({', '.join(shown)})"


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
