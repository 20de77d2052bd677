"""One machine, typed: its contract, its steps, its permissions, surfaces and tests."""

from __future__ import annotations

from typing import TypeVar

from kanvasc.syntax import tree
from kanvasc.types import contract, permissions
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.program import (
    TypedAsk,
    TypedDecide,
    TypedMachine,
    TypedStep,
)
from kanvasc.types.scope import Scope
from kanvasc.types.steps import Steps, last_value
from kanvasc.types.surfaces import Surfaces
from kanvasc.types.typed import Bad, TypedExpr
from kanvasc.types.types import UNKNOWN
from kanvasc.types.verify import tests

S = TypeVar("S", bound=tree.Section)


def section(machine: tree.Machine, kind: type[S]) -> S | None:
    """The machine's first section of a kind; a second one is reported elsewhere."""
    return next((found for found in machine.sections if isinstance(found, kind)), None)


def typed_machine(
    at: Elaborator, declarations: Declarations, surfaces: Surfaces, machine: tree.Machine
) -> TypedMachine:
    """Types the whole machine; findings go to `at`."""
    at.lets.clear()
    accepts = section(machine, tree.Accepts)
    responds = section(machine, tree.RespondsWith)
    implements = section(machine, tree.Implements)
    input_ = declarations.record(
        accepts.fields if accepts else (), f"{machine.name.text} input", "accepts"
    )
    output = declarations.record(
        responds.fields if responds else (), f"{machine.name.text} output", "responds with"
    )
    typer = Steps(at, declarations, contract.hints(responds, output, implements))
    scope = Scope(input_.type)
    steps, after = typer.sequence(implements.steps if implements else (), scope)
    last = _last(at, implements, steps, after)
    result: tuple[tuple[str, TypedExpr], ...] = ()
    if responds is not None:
        result = contract.Result(at, after, last, steps).fields(responds, output)
    asked = asks(steps)
    granted = permissions.check(at, machine, asked)
    return TypedMachine(
        name=machine.name.text,
        span=machine.name.span,
        title=_title(at, machine),
        goal=_goal(machine),
        input=input_,
        output=output,
        steps=steps,
        result=result,
        permissions=granted,
        surfaces=surfaces.read(machine, section(machine, tree.Expresses)),
        tests=tests(at, machine, input_, output, {ask.symbol.name: ask for ask in asked}),
    )


def _last(
    at: Elaborator,
    implements: tree.Implements | None,
    steps: tuple[TypedStep, ...],
    after: Scope,
) -> TypedExpr | None:
    """The value that outputs are taken from by name; Bad when the last step was faulty."""
    if implements is None:
        return None
    if implements.value is not None:
        return at.infer(implements.value, after)
    if len(steps) < len(implements.steps):
        return Bad(UNKNOWN, implements.span)
    if implements.flows and not steps:
        return Bad(UNKNOWN, implements.span)
    return last_value(steps)


def asks(steps: tuple[TypedStep, ...]) -> tuple[TypedAsk, ...]:
    """All `ask` steps, those inside arms included, in source order."""
    found: list[TypedAsk] = []
    for step in steps:
        if isinstance(step, TypedAsk):
            found.append(step)
        elif isinstance(step, TypedDecide):
            bodies = [arm.body for arm in step.arms] + ([step.otherwise] if step.otherwise else [])
            for body in bodies:
                found.extend(asks(body.steps))
    return tuple(found)


def _title(at: Elaborator, machine: tree.Machine) -> str | None:
    if machine.title is None or isinstance(machine.title, tree.Missing):
        return None
    plain = machine.title.plain if isinstance(machine.title, tree.TextLit) else None
    if plain is None:
        at.report(
            "K2001",
            machine.title.span,
            "A title is a plain text",
            why="The title is shown before any message comes in, so it holds no values.",
            help="leave `${…}` out of it",
        )
    return plain


def _goal(machine: tree.Machine) -> str:
    achieves = section(machine, tree.Achieves)
    for item in achieves.items if achieves is not None else ():
        if isinstance(item, tree.Statement) and item.word.text == "goal":
            if isinstance(item.text, tree.TextLit):
                return item.text.plain or ""
            if isinstance(item.text, tree.NameRef):
                return item.text.text.replace("_", " ")
    return ""
