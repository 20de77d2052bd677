"""Reductions of expressions."""

from __future__ import annotations

from typing import Any, Final

from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.build import texts
from kanvasc.syntax.build.base import (
    EXPRESSIONS,
    Builder,
    Children,
    Reduction,
    Token,
    expressions,
    name_of,
    of_type,
    span_of,
)
from kanvasc.syntax.build.reserved import local_name

_BY_TERMINAL: Final[dict[str, tree.BinaryOp]] = {
    "EQUAL": "==",
    "NOT_EQUAL": "!=",
    "IN": "in",
    "AND": "&&",
    "OR": "||",
}
_COMPARISONS: Final[dict[str, tree.BinaryOp]] = {
    "is less than": "<",
    "is greater than": ">",
    "is at most": "<=",
    "is at least": ">=",
}


def _name(_: Builder, children: Children) -> tree.Expr:
    (token,) = children
    return tree.NameRef(token.span, token.text)


def _hole(_: Builder, children: Children) -> tree.Missing:
    return tree.Missing(children[0].span)


def _string(builder: Builder, children: Children) -> tree.Expr:
    return texts.text(builder, children[0])


def _number(_: Builder, children: Children) -> tree.NumberLit:
    return tree.NumberLit(children[0].span, children[0].text)


def _negative(builder: Builder, children: Children) -> tree.Unary:
    return tree.Unary(span_of(children), "-", _number(builder, children[1:]))


def _constant(builder: Builder, children: Children) -> tree.Expr:
    (token,) = children
    if token.text == "nil":
        builder.older(token.span, "nil", "null")
    if token.kind == "NULL":
        return tree.NullLit(token.span)
    return tree.BoolLit(token.span, token.kind == "TRUE")


def _parenthesis(_: Builder, children: Children) -> tree.Expr:
    inner: tree.Expr = children[1]
    return inner


def _list(builder: Builder, children: Children) -> Any:
    items = expressions(children)
    return builder.composite(tree.ListLit(span_of(children), items), items)


def _map(builder: Builder, children: Children) -> Any:
    entries = of_type(children, tree.MapEntry)
    values = [entry.value for entry in entries]
    return builder.composite(tree.MapLit(span_of(children), entries), values)


def entry(builder: Builder, children: Children) -> tree.MapEntry:
    key, _, value = children
    return tree.MapEntry(span_of(children), key_name(builder, key), value)


def key_name(builder: Builder, key: Token) -> tree.Name:
    written = texts.plain(builder, key) if key.text[:1] == '"' else key.text
    return tree.Name(key.span, written)


def _member(builder: Builder, children: Children) -> Any:
    target, _, name = children
    return builder.composite(tree.Member(span_of(children), target, name_of(name)), (target,))


def _index(builder: Builder, children: Children) -> Any:
    target, _, index, _ = children
    return builder.composite(tree.Index(span_of(children), target, index), (target, index))


def _call(builder: Builder, children: Children) -> Any:
    callee, *arguments = expressions(children)
    node = tree.Call(span_of(children), callee, tuple(arguments))
    return builder.composite(node, (callee, *arguments))


def _lambda(builder: Builder, children: Children) -> Any:
    names = [child for child in children if _is_parameter(child)]
    parameters = tuple(local_name(builder, name) for name in names)
    body = children[-1]
    return builder.composite(tree.Lambda(span_of(children), parameters, body), (body,))


def _is_parameter(child: object) -> bool:
    return isinstance(child, Token) and child.kind in ("NAME", "PARAMETER")


def _unary(builder: Builder, children: Children) -> Any:
    sign, operand = children
    op: tree.UnaryOp = "-" if sign.kind == "UMINUS" else "!"
    return builder.composite(tree.Unary(span_of(children), op, operand), (operand,))


def _binary(builder: Builder, children: Children) -> Any:
    left, sign, right = children
    op = _BY_TERMINAL.get(sign.kind) or _COMPARISONS.get(sign.text, sign.text)
    node = tree.Binary(Span(left.span.start, right.span.end), op, left, right, sign.span)
    return builder.composite(node, (left, right))


def _conditional(builder: Builder, children: Children) -> Any:
    condition, _, then, _, otherwise = children
    node = tree.Conditional(span_of(children), condition, then, otherwise)
    return builder.composite(node, (condition, then, otherwise))


def _expression(_: Builder, children: Children) -> tree.Expr:
    found: tree.Expr = children[0]
    assert isinstance(found, EXPRESSIONS)
    return found


REDUCTIONS: Final[dict[str, Reduction]] = {
    "name": _name,
    "hole": _hole,
    "string": _string,
    "number": _number,
    "negative": _negative,
    "constant": _constant,
    "parenthesis": _parenthesis,
    "list": _list,
    "map": _map,
    "entry": entry,
    "member": _member,
    "index": _index,
    "call": _call,
    "lambda": _lambda,
    "unary": _unary,
    "binary": _binary,
    "conditional": _conditional,
    "expression": _expression,
}
