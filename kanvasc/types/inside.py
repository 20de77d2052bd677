"""What stands inside a typed step: its bodies, and the steps in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kanvasc.syntax import tree
from kanvasc.types.control import TypedAttempt, TypedFlow, TypedForEach, TypedRetry, TypedTogether
from kanvasc.types.kept import TypedSet
from kanvasc.types.messages import TypedPublish, TypedPush
from kanvasc.types.program import TypedBody, TypedDecide, TypedStep
from kanvasc.types.typed import Symbol


def bodies(step: TypedStep) -> tuple[TypedBody, ...]:
    """The bodies of a step, in source order."""
    match step:
        case TypedDecide(arms=arms, otherwise=otherwise):
            last = () if otherwise is None else (otherwise,)
            return (*(arm.body for arm in arms), *last)
        case TypedForEach(body=body) | TypedRetry(body=body):
            return (body,)
        case TypedTogether(children=children):
            return (TypedBody(children, None),)
        case TypedAttempt(body=body, recovery=recovery):
            return (body, recovery)
    return ()


def every(steps: Iterable[TypedStep]) -> Iterator[TypedStep]:
    """The steps and all steps inside them, in source order; flows stand for themselves."""
    for step in steps:
        yield step
        for body in bodies(step):
            yield from every(body.steps)


def outermost(steps: tuple[TypedStep, ...], flows: Iterable[TypedFlow]) -> tuple[TypedStep, ...]:
    """The steps of a machine and those of its flows."""
    return (*steps, *(step for flow in flows for step in flow.body.steps))


def last_of(steps: tuple[tree.Step, ...]) -> tree.Step | None:
    """The last step that has a value: those that only change or tell something have none."""
    without = (tree.SetState, tree.Publish, tree.Push)
    return next((step for step in reversed(steps) if not isinstance(step, without)), None)


def giving(steps: tuple[TypedStep, ...]) -> TypedStep | None:
    """The same of typed steps."""
    without = (TypedSet, TypedPublish, TypedPush)
    valued = (step for step in reversed(steps) if not isinstance(step, without))
    return next(valued, None)


def exported(step: TypedStep) -> tuple[Symbol, ...]:
    """The steps inside a step that those behind it see too."""
    return step.exported if isinstance(step, TypedDecide | TypedAttempt) else ()
