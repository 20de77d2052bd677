"""`for each`: a loop, a function for each item where one is needed, or items at the same time."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from kanvasc.plan import functions
from kanvasc.plan.python import names_a_value
from kanvasc.types.control import TypedForEach
from kanvasc.types.program import TypedBody
from kanvasc.types.typed import Local, Symbol
from kanvasc.types.types import NULL, ListOf, Type

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements


def for_each(at: Statements, step: TypedForEach) -> None:
    names = [_variable(at, step.variable), _variable(at, step.index)]
    if step.concurrency > 1:
        _at_once(at, step, names)
    elif id(step) in at.hoisted:
        _by_function(at, step, names)
    else:
        before = len(at.lines)
        _loop(at, step, names)
        if functions.binds_late(at.lines[before:]):
            at.late.add(id(step))
    for symbol, name in zip((step.variable, step.index), names, strict=True):
        at.free.setdefault((_wanted(symbol), symbol.type), []).append(name)


def _variable(at: Statements, symbol: Symbol) -> str:
    """A name for the loop's variable: that of an earlier loop, where it had the same type."""
    wanted = _wanted(symbol)
    known = at.free.get((wanted, symbol.type), [])
    name = known.pop() if known else at.expressions.names.take(wanted)
    if symbol.used:
        at.expressions.symbols[symbol] = name
    return name


def _wanted(symbol: Symbol) -> str:
    """One that nothing reads begins with `_`, as linters ask."""
    return symbol.name if symbol.used else f"_{symbol.name.strip('_') or 'value'}"


def _items(at: Statements, step: TypedForEach, *, again: bool) -> str:
    """The list, for the head of a comprehension. It gets a name where it cannot stand there, and
    where it is read `again` behind the loop, which may have changed what it is made of."""
    made = at.expression(step.items)
    bare = isinstance(made, ast.Name)
    if bare or not (again or isinstance(made, ast.IfExp) or names_a_value(made)):
        return ast.unparse(made)
    name = at.expressions.names.take("items")
    at.put(f"{name}: {at.classes.annotation(step.items.type)} = {ast.unparse(made)}")
    return name


def _head(step: TypedForEach, names: list[str], items: str) -> str:
    if step.index.used:
        return f"for {names[1]}, {names[0]} in enumerate({items})"
    return f"for {names[0]} in {items}"


def _value(step: TypedForEach) -> Type:
    return step.symbol.type.item if isinstance(step.symbol.type, ListOf) else NULL


def _loop(at: Statements, step: TypedForEach, names: list[str]) -> None:
    head = _head(step, names, at.text(step.items))
    listed = at.expressions.variable(step.symbol) if step.symbol.used else ""
    if listed:
        annotation = at.classes.annotation(step.symbol.type)
        known = listed in at.declared
        at.declared.add(listed)
        at.put(f"{listed} = []" if known else f"{listed}: {annotation} = []")
    at.put(f"{head}:")
    at.depth += 1
    at.put("fuel.spend()")
    _body(at, step, step.body, listed)
    at.depth -= 1


def _body(at: Statements, step: TypedForEach, body: TypedBody, listed: str) -> None:
    at.sequence(body.steps)
    if not listed and isinstance(body.value, Local | None):
        return
    at.classes.words = f"{step.symbol.name} item"
    value = at.value(body)
    span = body.value.span if body.value is not None and not body.steps else None
    if listed:
        at.put(f"{listed}.append({value})", span)
    else:
        at.put(f"{at.expressions.names.take('_value')} = {value}", span)


def _function(
    at: Statements, step: TypedForEach, names: list[str], *, at_once: bool
) -> tuple[str, bool]:
    """The function for one item, and whether it has to be awaited."""
    name = at.expressions.names.take(f"each_{step.variable.name.strip('_') or 'item'}")
    parameters = f"{names[0]}: {at.classes.annotation(step.variable.type)}"
    if at_once or step.index.used:
        parameters += f", {names[1]}: int"
    at.classes.words = f"{step.symbol.name} item"
    waits = functions.function(
        at,
        f"{name}({parameters})",
        step.body,
        _value(step),
        waits=at_once,
        first="" if at_once else "fuel.spend()",
    )
    return name, waits


def _by_function(at: Statements, step: TypedForEach, names: list[str]) -> None:
    name, waits = _function(at, step, names, at_once=False)
    arguments = ", ".join(names if step.index.used else names[:1])
    called = f"{'await ' if waits else ''}{name}({arguments})"
    again = step.symbol.used and _value(step) == NULL
    items = _items(at, step, again=again)
    head = _head(step, names, items)
    if step.symbol.used and _value(step) != NULL:
        at.put(at.assign(step.symbol, f"[{called} {head}]"))
        return
    at.put(f"{head}:")
    at.depth += 1
    at.put(called)
    at.depth -= 1
    if step.symbol.used:
        at.put(at.assign(step.symbol, f"[None] * len({items})"))


def _at_once(at: Statements, step: TypedForEach, names: list[str]) -> None:
    items = at.text(step.items)
    name, _ = _function(at, step, names, at_once=True)
    called = f"await run.each({items}, {name}, concurrency={step.concurrency})"
    at.put(at.assign(step.symbol, called) if step.symbol.used else called)
