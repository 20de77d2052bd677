"""A value of one type as Python holds it under another that it is known to fit."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from kanvasc.plan.python import call, function, names_a_value
from kanvasc.types.coerce import same_representation
from kanvasc.types.types import INTEGER, ListOf, MapOf, Nullable, Record, Type, without_null

if TYPE_CHECKING:
    from kanvasc.plan.expressions import Expressions


def converted(at: Expressions, value: ast.expr, source: Type, target: Type) -> ast.expr:
    """`value` of `source` as a `target` that it is known to fit."""
    if same_representation(source, target):
        return value
    if isinstance(source, Nullable):
        inner = source.of
        return at.unless_null(value, lambda found: converted(at, found, inner, target))
    match source, without_null(target):
        case ListOf(item), ListOf(wanted):
            return _converted_list(at, value, item, wanted)
        case MapOf(item), MapOf(wanted):
            return _converted_map(at, value, item, wanted)
        case Record(), Record() as wanted:
            return _converted_record(at, value, source, wanted)
        case Record(), MapOf(item):
            return _record_as_map(at, value, source, item)
    if source == INTEGER:
        return call("ops.to_decimal", value)
    return call("ops.to_json", value)


def _itself(made: ast.expr, name: str) -> bool:
    """Whether an item stays itself: only a type checker wants a list or map of another type."""
    return isinstance(made, ast.Name) and made.id == name


def _made_again(at: Expressions, type_: Type, value: ast.expr) -> ast.expr:
    """Where the place does not say which type it wants, type checkers would keep to the old."""
    made = ast.parse(at.classes.annotation(type_), mode="eval").body
    return ast.Call(made, [value], [])


def _converted_list(at: Expressions, value: ast.expr, item: Type, wanted: Type) -> ast.expr:
    name = at.names.take("item")
    made = converted(at, ast.Name(name), item, wanted)
    at.names.release((name,))
    if _itself(made, name):
        return _made_again(at, ListOf(wanted), value)
    if names_a_value(value):
        return call("list", call("map", function((name,), made), value))
    return ast.ListComp(made, [ast.comprehension(ast.Name(name), value, [], 0)])


def _converted_map(at: Expressions, value: ast.expr, item: Type, wanted: Type) -> ast.expr:
    key, name = at.names.take("key"), at.names.take("item")
    made = converted(at, ast.Name(name), item, wanted)
    at.names.release((key, name))
    if _itself(made, name):
        return _made_again(at, MapOf(wanted), value)
    if names_a_value(value):
        return call("ops.each_value", value, function((name,), made))
    target = ast.Tuple([ast.Name(key), ast.Name(name)])
    items = ast.Call(ast.Attribute(value, "items"), [], [])
    return ast.DictComp(ast.Name(key), made, [ast.comprehension(target, items, [], 0)])


def _converted_record(at: Expressions, value: ast.expr, source: Record, wanted: Record) -> ast.expr:
    if not wanted.fields:
        return ast.Call(at.class_of(wanted), [], [])
    shared = [(field, source.get(field.name)) for field in wanted.fields]
    known = [(field, given) for field, given in shared if given is not None]
    first, again = at.once(value) if len(known) > 1 else (value, value)
    keywords: list[ast.keyword] = []
    for field, given in known:
        holder = again if keywords else first
        read: ast.expr = ast.Attribute(holder, at.classes.attribute(source, field.name))
        if given.type != field.type:
            read = converted(at, read, given.type, field.type)
        keywords.append(ast.keyword(at.classes.attribute(wanted, field.name), read))
    return ast.Call(at.class_of(wanted), [], keywords)


def _record_as_map(at: Expressions, value: ast.expr, source: Record, item: Type) -> ast.expr:
    first, again = at.once(value)
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for field in source.fields:
        holder = again if keys else first
        read: ast.expr = ast.Attribute(holder, at.classes.attribute(source, field.name))
        keys.append(ast.Constant(field.name))
        values.append(converted(at, read, field.type, item))
    return ast.Dict(keys, values)
