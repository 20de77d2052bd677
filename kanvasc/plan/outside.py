"""Steps that call machines and send requests: their constants and their statements."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from kanvasc.plan.classes import Classes, literal
from kanvasc.plan.identifiers import constant_name
from kanvasc.plan.python import call
from kanvasc.records import dataclass
from kanvasc.types.coerce import must
from kanvasc.types.program import TypedCall, TypedHttp, TypedStep
from kanvasc.types.requests import ANSWER
from kanvasc.types.typed import TypedExpr
from kanvasc.types.types import Record

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements


@dataclass(frozen=True, slots=True)
class StepPlan:
    """The constant that declares a step which leaves the run: what it is made with, and of which
    class (`made`) it is."""

    constant: str
    arguments: tuple[tuple[str, str], ...]
    made: str = "Ask"


@dataclass(frozen=True, slots=True)
class Callee:
    """A machine's module as those that call it see it: its classes, with their attributes.

    `calls`: it calls others itself; `long`: see `lengths.py`.
    """

    module: str
    asks: bool
    calls: bool
    long: bool
    classes: tuple[tuple[str, Record, dict[str, str]], ...]


Callees = Mapping[str, Callee]
"""The machines that are called, by name."""


Outside = TypedCall | TypedHttp

ANSWER_CLASS = "HttpAnswer"


def steps_of(steps: Iterable[TypedStep]) -> tuple[Outside, ...]:
    """Those that call a machine or send a request."""
    return tuple(step for step in steps if isinstance(step, TypedCall | TypedHttp))


def declare(classes: Classes, steps: tuple[Outside, ...]) -> None:
    """The classes of the answers that the steps declare."""
    classes.borrow(ANSWER_CLASS, ANSWER)
    for step in steps:
        if isinstance(step, TypedHttp) and step.shaped:
            classes.declare(step.returns, step.symbol.name)


def plans(at: Statements, steps: tuple[Outside, ...]) -> tuple[StepPlan, ...]:
    """A constant for each step, named as the step is."""
    found: list[StepPlan] = []
    for step in steps:
        name = at.classes.names.take(constant_name(step.symbol.name))
        at.asks[id(step)] = name
        made = "CallStep" if isinstance(step, TypedCall) else "HttpStep"
        found.append(StepPlan(name, _arguments(at.classes, step), made))
    return tuple(found)


def _arguments(classes: Classes, step: Outside) -> tuple[tuple[str, str], ...]:
    """What the constant is made with."""
    found = [("name", literal(step.symbol.name))]
    if isinstance(step, TypedHttp):
        found.append(("method", literal(step.method.upper())))
        if step.timeout != 30.0:
            found.append(("timeout", literal(step.timeout)))
        if step.confidential:
            found.append(("raw", "True"))
        if step.assuming is not None:
            found.append(("assuming", classes.literal(_plain(step.assuming))))
    return tuple(found)


def _plain(assuming: TypedExpr) -> TypedExpr:
    """The assumed answer as it would come in: with a body that nobody has read yet."""
    return must(assuming, ANSWER)


def call_machine(at: Statements, step: TypedCall) -> None:
    """`order = await run.call(ORDER, order.MACHINE, order.Input(…))`."""
    module = at.modules[step.machine]
    constant = ast.Name(at.asks[id(step)])
    machine = ast.Attribute(ast.Name(module), "MACHINE")
    _put(at, step, call("run.call", constant, machine, at.expression(step.input)))


def send_request(at: Statements, step: TypedHttp) -> None:
    """`rates = await run.http(RATES, url=…)`, its body read as the step declares it."""
    named = {"url": at.expression(step.url)}
    if step.headers is not None:
        named["headers"] = at.expression(step.headers)
    if step.body is not None:
        named["body"] = at.expression(step.body)
    sent = call("run.http", ast.Name(at.asks[id(step)]), **named)
    if not step.shaped:
        _put(at, step, sent)
        return
    at.classes.words = step.symbol.name
    returns = ast.Name(at.classes.of(step.returns.type))
    _put(at, step, call("shaped", ast.Await(sent), returns), awaited=True)


def _put(at: Statements, step: Outside, value: ast.expr, *, awaited: bool = False) -> None:
    text = ast.unparse(value if awaited else ast.Await(value))
    if step.symbol.used:
        text = f"{at.expressions.variable(step.symbol)} = {text}"
    at.put(text)
