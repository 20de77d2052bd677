"""Pieces of Python's syntax tree that expressions are made of."""

from __future__ import annotations

import ast


def mentions(value: ast.expr, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


def calling(value: ast.expr) -> str:
    """What a person would call a value that has to be named before it is tested."""
    match value:
        case ast.Attribute(attr=attribute):
            return attribute
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key))]):
            return key if key.isidentifier() and key.isascii() and len(key) > 1 else "found"
        case ast.IfExp(body=ast.Constant(value=None), orelse=found):
            return calling(found)
    return "found"


def call(path: str, *arguments: ast.expr, **named: ast.expr) -> ast.expr:
    keywords = [ast.keyword(name, value) for name, value in named.items()]
    return ast.Call(dotted(path), list(arguments), keywords)


def is_null(value: ast.expr) -> ast.expr:
    return ast.Compare(value, [ast.Is()], [ast.Constant(None)])


def is_not_null(value: ast.expr) -> ast.expr:
    return ast.Compare(value, [ast.IsNot()], [ast.Constant(None)])


def dotted(path: str) -> ast.expr:
    first, *rest = path.split(".")
    found: ast.expr = ast.Name(first)
    for name in rest:
        found = ast.Attribute(found, name)
    return found


def simple(value: ast.expr) -> bool:
    """A name, or attributes of one: reading it twice is reading it once."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name)


def may_fail(value: ast.expr) -> bool:
    """Whether it calls a function, and does not only make a record or read what is there."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and not node.func.attr[:1].isupper()
        for node in ast.walk(value)
    )


def negated(operand: ast.expr) -> ast.expr:
    """`not operand`, without a `not` where the operand has an opposite of its own."""
    opposites: dict[type[ast.cmpop], ast.cmpop] = {
        ast.Eq: ast.NotEq(),
        ast.NotEq: ast.Eq(),
        ast.Is: ast.IsNot(),
        ast.IsNot: ast.Is(),
        ast.In: ast.NotIn(),
    }
    match operand:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return inner
        case ast.Compare(left=left, ops=[op], comparators=comparators) if type(op) in opposites:
            return ast.Compare(left, [opposites[type(op)]], comparators)
        case ast.Constant(value=bool(constant)):
            return ast.Constant(not constant)
    return ast.UnaryOp(ast.Not(), operand)


def names_a_value(value: ast.expr) -> bool:
    """Whether it holds a `:=`, which may not stand in what a comprehension runs over."""
    return any(isinstance(node, ast.NamedExpr) for node in ast.walk(value))


def function(names: tuple[str, ...], body: ast.expr) -> ast.expr:
    arguments = ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
    return ast.Lambda(arguments, body)
