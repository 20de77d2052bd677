"""Guards as functions of the module, and what the machine's declaration says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.plan import flows
from kanvasc.plan.classes import literal
from kanvasc.types.governed import TypedGuard
from kanvasc.types.program import RecordSpec, TypedBody, TypedMachine
from kanvasc.types.types import BOOLEAN

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements


def declared(at: Statements, machine: TypedMachine) -> str:
    """The tuple of the machine's guards; empty where it has none."""
    sides = {"input": machine.input, "output": machine.output}
    made = [_guard(at, guard, sides[guard.over]) for guard in machine.guards]
    return f"({', '.join(made)},)" if made else ""


def _guard(at: Statements, guard: TypedGuard, record: RecordSpec) -> str:
    check = at.expressions.names.take(f"guard_{guard.name.strip('_') or 'check'}")

    def head() -> str:
        if guard.over == "input":
            return f"{check}(input_: Input, run: Run)"
        return f"{check}({at.expressions.variable(guard.output)}: Output, run: Run)"

    flows.module_function(at, guard.name, head, TypedBody((), guard.check), BOOLEAN)
    arguments = [literal(guard.name), literal(guard.over), check, literal(guard.action)]
    if guard.fields:
        values = {at.classes.attribute(record.type, name): value for name, value in guard.fields}
        arguments.append(literal(values))
    return f"Guard({', '.join(arguments)})"
