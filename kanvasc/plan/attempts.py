"""`on failure`: `try` around a body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.source import Span
from kanvasc.types.control import TypedAttempt
from kanvasc.types.program import TypedBody
from kanvasc.types.types import NULL

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements


def attempt(at: Statements, step: TypedAttempt) -> None:
    """Steps that are seen behind it, or in its recovery, are null until they have run."""
    for symbol in step.exported:
        if symbol.used:
            at.keep(step, symbol)
            at.declare(at.expressions.variable(symbol), symbol.type, absent=True)
    at.classes.words = step.symbol.name
    target = at.target(step.symbol) if step.symbol.used or step.symbol.type != NULL else ""
    if target:
        at.declare(target, step.symbol.type)
    at.put("try:")
    at.arm(step, step.body, target, _place(step, step.body))
    failure = at.expressions.names.take("failure") if step.error.used else ""
    at.put(f"except StepFailure as {failure}:" if failure else "except StepFailure:")
    at.depth += 1
    if failure:
        at.put(f"{at.expressions.variable(step.error)} = run.failure({failure})")
        at.expressions.names.release((failure,))
    at.depth -= 1
    at.arm(step, step.recovery, target, _place(step, step.recovery), exports=False)


def _place(step: TypedAttempt, body: TypedBody) -> Span:
    return step.span if body.value is None else body.value.span


def only(body: TypedBody) -> TypedAttempt | None:
    """The attempt that a body with `on failure` is."""
    step = body.steps[0] if len(body.steps) == 1 else None
    return step if isinstance(step, TypedAttempt) else None
