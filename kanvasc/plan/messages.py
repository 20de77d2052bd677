"""What a machine tells others: its events, its pushes, and what it hears."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from kanvasc.plan import flows
from kanvasc.plan.classes import Classes, literal
from kanvasc.plan.python import call
from kanvasc.types.messages import TypedPublish, TypedPush
from kanvasc.types.program import TypedMachine

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements


def declare(classes: Classes, machine: TypedMachine) -> None:
    """The classes of the payloads that the machine's events have."""
    for event in machine.publishes:
        if event.schema is not None:
            classes.declare(event.schema, re.sub(r"[^A-Za-z0-9]+", "_", event.name))


def publish(at: Statements, step: TypedPublish) -> None:
    """`run.publish("order.created", OrderCreated(…))`."""
    at.put(ast.unparse(call("run.publish", ast.Constant(step.event), at.expression(step.payload))))


def push(at: Statements, step: TypedPush) -> None:
    """`await run.push(Output(…))`."""
    at.put(ast.unparse(ast.Await(call("run.push", at.expression(step.output)))))


def subscriptions(at: Statements, machine: TypedMachine) -> str:
    """The tuple of what the machine hears; empty where it hears nothing."""
    made: list[str] = []
    functions = {flow.name: flow for flow in machine.flows}
    for subscription in machine.subscribes:
        run = ""
        if subscription.flow is not None:
            run = f", run={flows.flow(at, functions[subscription.flow])[0]}"
        made.append(f"Subscription({literal(subscription.event)}{run})")
    return f"({', '.join(made)},)" if made else ""
