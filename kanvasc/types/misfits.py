"""Values that do not fit their place: where exactly, and the nearest thing that would fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kanvasc.diagnostics import Diagnostic, Edit, Fix, Related, report
from kanvasc.names import closest
from kanvasc.source import Span
from kanvasc.types.nulls import may_be_null
from kanvasc.types.relations import assignable
from kanvasc.types.typed import Const, If, NewList, NewMap, NewRecord, TypedExpr
from kanvasc.types.types import (
    BOOLEAN,
    DATE,
    DATETIME,
    DECIMAL,
    INTEGER,
    NULL,
    NUMBER,
    NUMERIC,
    TEXT,
    UUID,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    show,
    without_null,
)
from kanvasc.types.wording import comparison, default_of, described, quoted, sentence

Text = Callable[[Span], str]
"""The source text of a span."""

Advice = tuple[str, str]
"""A help line, and what to write in place of the value ("" where that is not known)."""

CONVERSIONS: dict[Type, str] = {
    TEXT: "toText",
    INTEGER: "toInteger",
    NUMBER: "toNumber",
    DECIMAL: "toDecimal",
    DATETIME: "DateTime.parse",
}


def mismatch(
    value: TypedExpr, target: Type, place: str, text: Text, code: str = "K2001"
) -> Diagnostic:
    """Why `value` cannot stand at `place`: at the innermost part of it that does not fit."""
    for part, wanted, name in _parts(value, target):
        if not assignable(part.type, wanted):
            return mismatch(part, wanted, name or place, text, code)
    found = value.type
    if found == NULL or (isinstance(found, Nullable) and assignable(found.of, target)):
        rest = "not null" if found == NULL else "and this may be null"
        title = f"{sentence(place)} must be {described(target)}, {rest}"
        return may_be_null(value, text(value.span), title, target)
    help_, instead = _advice(value, target, text(value.span))
    fixes: tuple[Fix, ...] = ()
    if instead:
        fixes = (Fix(f"Write `{instead}`", (Edit(value.span, instead),), safe=False),)
    return report(
        code,
        value.span,
        f"{sentence(place)} must be {described(target)}",
        label=f"this is {described(found)}",
        help=help_,
        fixes=fixes,
    )


def _parts(value: TypedExpr, target: Type) -> Iterator[tuple[TypedExpr, Type, str]]:
    """The parts of a value that is written out, what each must be, and what to call it."""
    match value, without_null(target):
        case NewRecord(fields=fields), Record() as record:
            for name, part in fields:
                field = record.get(name)
                if field is not None:
                    yield part, field.type, f"`{name}`"
        case ((NewRecord(fields=fields) | NewMap(entries=fields)), MapOf(item)):
            yield from ((part, item, f"the value of `{name}`") for name, part in fields)
        case NewList(items=items), ListOf(item):
            yield from ((part, item, "each item of this list") for part in items)
        case If(then=then, otherwise=otherwise), _:
            yield from ((part, target, "") for part in (then, otherwise))


def _advice(value: TypedExpr, target: Type, written: str) -> Advice:
    wanted, found = without_null(target), without_null(value.type)
    match found, wanted:
        case Enum((only,)), Enum(values):
            near = closest(only, values)
            return (f'did you mean "{near}"?', f'"{near}"') if near else _one_of(values)
        case _, Enum():
            return f"declare it as {show(wanted)} where it comes from", ""
        case Record(), Record():
            return _lacking(found, wanted), ""
        case _, Record(fields=fields):
            return f"write it as `{{{', '.join(f'{field.name}: …' for field in fields)}}}`", ""
        case _, ListOf(item) if assignable(found, item):
            return f"put it in a list: `[{written}]`", f"[{written}]"
        case ListOf(item), _ if assignable(item, wanted):
            return f"take one of its items, such as `{written}[0]`", ""
    if isinstance(value, Const):
        return _literal(value, wanted, written)
    if wanted == BOOLEAN and comparison(found):
        return f"compare it: `{written}{comparison(found)}`", ""
    return _converted(found, wanted, written)


def _one_of(values: tuple[str, ...]) -> Advice:
    return f"write {quoted(values[:1]) if len(values) == 1 else f'one of {quoted(values)}'}", ""


def _literal(value: Const, wanted: Type, written: str) -> Advice:
    """A literal of another type: mostly a matter of quotation marks."""
    if wanted in NUMERIC and isinstance(value.value, str) and _is_number(value.value):
        return f"write it without quotation marks: `{value.value}`", value.value
    if wanted == TEXT:
        return f'write it as text: `"{written}"`', f'"{written}"'
    example = _EXAMPLES.get(wanted) or default_of(wanted)
    return f"write {described(wanted)}, such as `{example}`", ""


_EXAMPLES: dict[Type, str] = {
    DATE: '"2026-01-31"',
    DATETIME: '"2026-01-31T12:00:00Z"',
    UUID: '"0190b5a2-7c3e-7d4f-8a1b-2c3d4e5f6a7b"',
    BOOLEAN: "true",
}


def _is_number(text: str) -> bool:
    try:
        return text.strip() == text and abs(float(text)) < float("inf")
    except ValueError:
        return False


def _converted(found: Type, wanted: Type, written: str) -> Advice:
    call = CONVERSIONS.get(wanted)
    if call is None or isinstance(found, Record | ListOf | MapOf):
        return f"write {described(wanted)} here, or change what the place asks for", ""
    return f"convert it: `{call}({written})`", f"{call}({written})"


def _lacking(found: Record, wanted: Record) -> str:
    for field in wanted.fields:
        given = found.get(field.name)
        if given is None and field.required:
            near = closest(field.name, [f.name for f in found.fields])
            hint = f" (there is `{near}`)" if near else ""
            return f"add `{field.name}`, which is {described(field.type)}{hint}"
        if given is not None and not assignable(given.type, field.type):
            return f"make `{field.name}` {described(field.type)}: it is {described(given.type)}"
    return "give it the same fields"


def different(
    before: TypedExpr, type_: Type, value: TypedExpr, what: str, text: Text
) -> Diagnostic:
    """Two values that have no type in common; `type_` holds `before` and all before it."""
    help_ = "give all of them one type"
    fixes: tuple[Fix, ...] = ()
    for one, other in ((before, value), (value, before)):
        convertible = not isinstance(other.type, Record | ListOf | MapOf | Nullable)
        if convertible and (isinstance(one.type, Enum) or one.type == TEXT):
            instead = f"toText({text(other.span)})"
            help_ = f"make texts of all of them: `{instead}`"
            fixes = (Fix(f"Write `{instead}`", (Edit(other.span, instead),), safe=False),)
            break
    return report(
        "K2006",
        value.span,
        f"{sentence(what)} have different types",
        label=f"this is {described(value.type)}",
        related=(Related(before.span, f"and this is {described(type_)}"),),
        help=help_,
        fixes=fixes,
    )
