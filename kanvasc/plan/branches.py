"""`together` and `retry`: bodies as functions, which the run calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.plan import functions
from kanvasc.types.control import TypedRetry, TypedTogether
from kanvasc.types.program import TypedBody, TypedStep
from kanvasc.types.typed import Local
from kanvasc.types.types import NULL, Record

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements


def together(at: Statements, step: TypedTogether) -> None:
    """The children by name come first, so that their values can be told from the others'."""
    named = [child for child in step.children if child.symbol in step.fields]
    others = [child for child in step.children if child.symbol not in step.fields]
    branches = [_branch(at, child, named=True) for child in named]
    branches += [_branch(at, child, named=False) for child in others]
    called = f"await run.together({', '.join(branches)})"
    if not step.symbol.used or not named:
        at.put(called)
    else:
        variables = [at.expressions.variable(child.symbol) for child in named]
        targets = ", ".join((*variables, *(("*_",) if others else ())))
        at.put(f"{targets}{'' if len(step.children) > 1 else ','} = {called}")
    if step.symbol.used:
        _record(at, step)


def _record(at: Statements, step: TypedTogether) -> None:
    record = step.symbol.type
    assert isinstance(record, Record)
    at.classes.words = step.symbol.name
    made = at.classes.of(record)
    at.read.update(step.fields)
    entries = (
        f"{at.classes.attribute(record, field.name)}={at.expressions.variable(field)}"
        for field in step.fields
    )
    at.put(at.assign(step.symbol, f"{made}({', '.join(entries)})"))


def _branch(at: Statements, child: TypedStep, *, named: bool) -> str:
    """A function that carries out one child; its name."""
    symbol = child.symbol
    name = at.expressions.names.take(f"branch_{symbol.name.strip('_') or 'step'}")
    value = Local(symbol.type, symbol.span, symbol) if named else None
    body = TypedBody((child,), value)
    functions.function(at, f"{name}()", body, symbol.type if named else NULL, waits=True)
    return name


def retry(at: Statements, step: TypedRetry) -> None:
    symbol = step.symbol
    name = at.expressions.names.take(f"attempt_{symbol.name.strip('_') or 'step'}")
    functions.function(at, f"{name}()", step.body, symbol.type, waits=True)
    options = f'max={step.max}, backoff="{step.backoff}", delay={step.delay}'
    called = f"await run.retry({name}, {options})"
    functions.put_result(at, symbol, called)
