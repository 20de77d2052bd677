"""Flows as functions of the module, and calls of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kanvasc.plan import functions
from kanvasc.types.control import TypedFlow, TypedRunFlow
from kanvasc.types.types import Type

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements
    from kanvasc.types.program import TypedBody


def run_flow(at: Statements, step: TypedRunFlow) -> None:
    name, waits = flow(at, step.flow)
    functions.put_result(at, step.symbol, f"{'await ' if waits else ''}{name}(input_, run)")


def flow(at: Statements, written: TypedFlow) -> tuple[str, bool]:
    """The flow's function and whether it has to be awaited; it is written when first asked for."""
    if written.name in at.flows:
        return at.flows[written.name]
    taken = at.expressions.names.take(f"flow_{written.name.strip('_') or 'steps'}")

    def head() -> str:
        return f"{taken}(input_: Input, run: Run)"

    waits = module_function(
        at, written.name, head, written.body, written.type, first="fuel.spend()"
    )
    at.flows[written.name] = taken, waits
    return taken, waits


def module_function(
    at: Statements,
    inside: str,
    head: Callable[[], str],
    body: TypedBody,
    type_: Type,
    first: str = "",
) -> bool:
    """A function beside the machine's own, with variables of its own; whether it has to be awaited.

    `head` is asked for where its parameters get their names.
    """
    names, expressions = at.expressions.names, at.expressions
    around, at.inside = at.inside, inside
    outside = at.lines, at.depth, expressions.variables, expressions.inside_lambda, at.free
    known = set(expressions.symbols)
    variables = set(expressions.symbols.values())
    names.release(variables)
    at.lines, at.depth, expressions.variables, expressions.inside_lambda, at.free = (
        [],
        0,
        {},
        -1,
        {},
    )
    at.classes.words = inside
    waits = functions.function(at, head(), body, type_, first=first)
    at.functions.append(tuple(at.lines))
    at.lines, at.depth, expressions.variables, expressions.inside_lambda, at.free = outside
    at.inside = around
    # The variables of one function are nothing to the next.
    own = set(expressions.symbols) - known
    names.release(expressions.symbols[new] for new in own)
    for symbol in own:
        at.homes.setdefault(symbol, len(at.functions) - 1)
    names.used |= variables
    return waits
