"""Type variables of library signatures: what they stand for in one call."""

from __future__ import annotations

from kanvasc.types.relations import join, widened
from kanvasc.types.types import (
    ANY,
    NEVER,
    NUMERIC,
    ORDERED,
    UNKNOWN,
    Enum,
    Function,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    Variable,
    nullable,
    without_null,
)

Bindings = dict[str, Type]

_ORDERED = (*ORDERED, UNKNOWN, NEVER)


def bind(wanted: Type, given: Type, bindings: Bindings) -> None:
    """Widens the variables in `wanted` so that `given` fits; structure is not judged here.

    The first value bound leaves its variable open for others: a literal binds it to text.
    """
    match wanted, given:
        case Variable(name), _:
            held = bindings.get(name)
            joined = widened(given) if held is None else join(held, given)
            bindings[name] = joined if joined is not None else bindings[name]
        case ListOf(item), ListOf(found):
            bind(item, found, bindings)
        case MapOf(item), MapOf(found):
            bind(item, found, bindings)
        case MapOf(item), Record(fields):
            for field in fields:
                bind(item, field.type, bindings)
        case Nullable(of), _:
            bind(of, given, bindings)


def has_form(wanted: Type, given: Type) -> bool:
    """Whether `given` is a list, or a list of lists, where `wanted` is one."""
    if not isinstance(wanted, ListOf) or given in (UNKNOWN, NEVER):
        return True
    return isinstance(given, ListOf) and has_form(wanted.item, given.item)


def asked_for(result: Type, hint: Type | None) -> Bindings:
    """What the place of a call asks of `U`, the variable that only a lambda's result settles."""
    asked: Bindings = {}
    if hint is not None:
        bind(result, without_null(hint), asked)
    wanted = asked.get("U", UNKNOWN)
    return {} if _open(wanted) else {"U": wanted}


def _open(type_: Type) -> bool:
    """Whether the type, or a part of it, settles nothing."""
    match type_:
        case ListOf(of) | MapOf(of) | Nullable(of):
            return _open(of)
        case Record(fields):
            return any(_open(field.type) for field in fields)
    return type_ in (ANY, UNKNOWN)


def resolve(type_: Type, bindings: Bindings) -> Type:
    """`type_` with its variables replaced; a variable that nothing bound is UNKNOWN."""
    match type_:
        case Variable(name):
            return bindings.get(name, UNKNOWN)
        case ListOf(item):
            return ListOf(resolve(item, bindings))
        case MapOf(item):
            return MapOf(resolve(item, bindings))
        case Nullable(of):
            return nullable(resolve(of, bindings))
        case Function(parameters, result):
            given = tuple(resolve(parameter, bindings) for parameter in parameters)
            return Function(given, resolve(result, bindings))
    return type_


def bounded(bindings: Bindings) -> tuple[Type, str] | None:
    """The first bound type that its variable does not allow, and what is allowed."""
    numbers, ordered = bindings.get("N"), bindings.get("O")
    if numbers is not None and numbers not in (*NUMERIC, UNKNOWN, NEVER):
        return numbers, "numbers"
    if ordered is not None and not isinstance(ordered, Enum) and ordered not in _ORDERED:
        return ordered, "numbers, texts, dates or datetimes"
    return None
