"""Bodies that become functions inside the machine's own, and what may not stand in a loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kanvasc.types.program import TypedBody
from kanvasc.types.typed import Symbol
from kanvasc.types.types import NULL, Type

if TYPE_CHECKING:
    from kanvasc.plan.statements import Statements

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def function(
    at: Statements,
    head: str,
    body: TypedBody,
    type_: Type,
    *,
    waits: bool = False,
    first: str = "",
) -> bool:
    """`def <head> -> <type_>:` with the body, whose value it returns; whether it is a coroutine
    function, which `waits` says beforehand. `first` is a statement before all others."""
    inside = lines(at, body, first)
    waits = waits or awaits(inside)
    returned = at.classes.annotation(type_)
    at.put(f"{'async ' if waits else ''}def {head} -> {returned}:")
    at.lines.extend(inside)
    return waits


def lines(at: Statements, body: TypedBody, first: str) -> list[str]:
    """The statements of a function with this body; what is declared outside is not declared in
    it, and what conditions outside have shown is shown again."""
    outside, declared = at.lines, at.declared
    at.lines, at.declared = [], set()
    at.depth += 1
    at.expressions.inside_lambda += 1
    if first:
        at.put(first)
    at.sequence(body.steps)
    value = at.value(body)
    at.put(f"return {value}", body.value.span if body.value and not body.steps else None)
    at.expressions.inside_lambda -= 1
    at.depth -= 1
    inside, at.lines, at.declared = at.lines, outside, declared
    return inside


def parsed(statements: Sequence[str]) -> ast.Module:
    return ast.parse("\n".join(("async def run():", *statements)))


def awaits(statements: Sequence[str]) -> bool:
    """Whether they can only stand in a coroutine function."""
    return any(isinstance(node, ast.Await) for node in _outside_functions(parsed(statements)))


def _outside_functions(module: ast.Module) -> Iterator[ast.AST]:
    open_: list[ast.AST] = list(ast.iter_child_nodes(module.body[0]))
    while open_:
        node = open_.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            open_.extend(ast.iter_child_nodes(node))


def binds_late(statements: Sequence[str]) -> bool:
    """Whether a function in this loop reads what the loop sets: it would see the last value."""
    nodes = list(ast.walk(parsed(statements)))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    inner = [node for node in nodes if isinstance(node, _FUNCTIONS)][1:]
    return any(
        isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load) and name.id in stored
        for node in inner
        for name in ast.walk(node)
    )


def put_result(at: Statements, symbol: Symbol, called: str) -> None:
    """A call whose value goes to a variable, unless nobody reads it or it is always null."""
    if not symbol.used or symbol.type == NULL:
        at.put(called)
    if symbol.used:
        at.put(at.assign(symbol, "None" if symbol.type == NULL else called))
