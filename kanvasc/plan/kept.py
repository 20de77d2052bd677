"""State and memory: what a run reads and sets, remembers and recalls."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from kanvasc.plan.classes import Classes, literal
from kanvasc.plan.identifiers import constant_name
from kanvasc.plan.outside import StepPlan
from kanvasc.plan.python import call
from kanvasc.types.kept import (
    MEMORY,
    RECALLED,
    Runtime,
    Schedule,
    TypedRecall,
    TypedRemember,
    TypedSet,
    plain,
)
from kanvasc.types.program import TypedMachine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kanvasc.plan.statements import Statements
    from kanvasc.types.program import TypedStep

MemoryStep = TypedRemember | TypedRecall

STATE_CLASS = "State"


def declare(classes: Classes, machine: TypedMachine) -> None:
    """The class of what the machine keeps, and those of what it recalls."""
    classes.borrow("Memory", MEMORY)
    classes.borrow("Recalled", RECALLED)
    if machine.state is not None:
        classes.declare(machine.state, STATE_CLASS)


def steps_of(steps: Iterable[TypedStep]) -> tuple[MemoryStep, ...]:
    return tuple(step for step in steps if isinstance(step, TypedRemember | TypedRecall))


def plans(at: Statements, steps: tuple[MemoryStep, ...]) -> tuple[StepPlan, ...]:
    """A constant for each step, named as the step is."""
    found: list[StepPlan] = []
    for step in steps:
        name = at.classes.names.take(constant_name(step.symbol.name))
        at.asks[id(step)] = name
        found.append(StepPlan(name, (("name", literal(step.symbol.name)),), "MemoryStep"))
    return tuple(found)


def set_field(at: Statements, step: TypedSet) -> None:
    """`run.set_state(replace(state, count=…))`."""
    record = at.kept
    assert record is not None
    value = at.expression(step.value)
    named = {at.classes.attribute(record, step.field): value}
    changed = call("replace", at.state(), **named)
    at.put(ast.unparse(call("run.set_state", changed)))
    if step.symbol.used:
        at.put(at.assign(step.symbol, "None"))


def use_memory(at: Statements, step: MemoryStep) -> None:
    """`found = await run.recall(FOUND, query=…)`."""
    method = "run.remember" if isinstance(step, TypedRemember) else "run.recall"
    named = {name: at.expression(value) for name, value in step.inputs}
    asked = ast.unparse(ast.Await(call(method, ast.Name(at.asks[id(step)]), **named)))
    if isinstance(step, TypedRecall):
        at.put(at.assign(step.symbol, asked) if step.symbol.used else asked)
        return
    at.put(asked)
    if step.symbol.used:
        at.put(at.assign(step.symbol, "None"))


_CHANGES = ("await ", "run.set_state(", "for ", "def ")
"""What stands in lines behind which the state may be another, or which run more than once."""


def is_fresh(lines: list[str], asked: str, depth: int) -> bool:
    """Whether the state was asked for before, on every way to the next line, and nothing can have
    set it since."""
    for line in reversed(lines):
        inner = line.lstrip()
        at = (len(line) - len(inner)) // 4
        if inner == asked:
            return at <= depth
        if inner and at < depth:
            depth = at
        if any(word in line for word in _CHANGES):
            return False
        if inner.startswith(("elif ", "else:", "except ", "case ")):
            return False
    return False


def arguments(classes: Classes, machine: TypedMachine) -> list[tuple[str, str]]:
    """What the machine's declaration says of all this."""
    found: list[tuple[str, str]] = []
    if machine.state is not None:
        found.append(("state", classes.of(machine.state.type)))
    if machine.schedules:
        shown = ", ".join(map(_schedule, machine.schedules))
        found.append(("schedules", f"({shown},)"))
    return found + _runtime(machine.runtime)


def _schedule(schedule: Schedule) -> str:
    if schedule.every is None:
        return f"Cron({literal(schedule.cron)})"
    return f"Every({literal(plain(schedule.every))})"


def _runtime(runtime: Runtime) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if runtime.timeout is not None:
        found.append(("timeout", literal(plain(runtime.timeout))))
    if runtime.max_retries is not None:
        found.append(("max_retries", literal(runtime.max_retries)))
    return found
