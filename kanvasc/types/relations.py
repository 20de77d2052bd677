"""How types relate: what fits where, and the narrowest type that holds two."""

from __future__ import annotations

from kanvasc.records import replace
from kanvasc.types.types import (
    ANY,
    DECIMAL,
    INTEGER,
    NEVER,
    NULL,
    NUMBER,
    NUMERIC,
    TEXT,
    UNKNOWN,
    Enum,
    Function,
    ListOf,
    MapOf,
    Nullable,
    Record,
    RecordField,
    Type,
    nullable,
    without_null,
)

_WIDENS = {(INTEGER, NUMBER), (INTEGER, DECIMAL)}


def assignable(source: Type, target: Type) -> bool:
    """Whether a value of `source` may stand where `target` is asked for.

    Lists, maps and records are never changed after they are made, so they are covariant.
    """
    if UNKNOWN in (source, target) or source == target or (source, target) in _WIDENS:
        return True
    if source == NEVER:
        return True
    if target == ANY:
        return not isinstance(source, Function)
    match source, target:
        case _, Nullable(of):
            return source == NULL or assignable(without_null(source), of)
        case Enum(values), Enum(allowed):
            return set(values) <= set(allowed)
        case Enum(), _:
            return target == TEXT
        case ListOf(item), ListOf(wanted):
            return assignable(item, wanted)
        case MapOf(item), MapOf(wanted):
            return assignable(item, wanted)
        case Record(fields), MapOf(wanted):
            return all(assignable(field.type, wanted) for field in fields)
        case Record(), Record():
            return all(_field_fits(source, field) for field in target.fields)
        case Function(given, result), Function(wanted, asked):
            return len(given) <= len(wanted) and assignable(result, asked)
    return False


def _field_fits(source: Record, field: RecordField) -> bool:
    given = source.get(field.name)
    return not field.required if given is None else assignable(given.type, field.type)


def join(first: Type, second: Type) -> Type | None:
    """The narrowest type that both fit, or None when there is none but `any`."""
    if first == UNKNOWN or second == UNKNOWN:
        return UNKNOWN
    if first == second:
        return first
    if first == NULL:
        return nullable(second)
    if second == NULL:
        return nullable(first)
    if isinstance(first, Nullable) or isinstance(second, Nullable):
        held = join(without_null(first), without_null(second))
        return None if held is None else nullable(held)
    if _same_structure(first, second):
        return _join_structures(first, second)
    if assignable(first, second):
        return second
    return first if assignable(second, first) else None


def _same_structure(first: Type, second: Type) -> bool:
    """Two lists, maps or records: what one fits may still have less in it than the other."""
    return type(first) is type(second) and isinstance(first, Enum | ListOf | MapOf | Record)


def _join_structures(first: Type, second: Type) -> Type | None:
    match first, second:
        case Enum(left), Enum(right):
            both = first.literal and second.literal
            return Enum(tuple(dict.fromkeys((*left, *right))), literal=both)
        case ListOf(left), ListOf(right):
            item = join(left, right)
            return None if item is None else ListOf(item)
        case MapOf(left), MapOf(right):
            item = join(left, right)
            return None if item is None else MapOf(item)
        case Record(), Record():
            return _join_records(first, second)
    return None


def _join_records(first: Record, second: Record) -> Type | None:
    """Fields of either; one that only one side has may be null. A declared type stays itself
    where the other record has nothing more."""
    for one, other in ((first, second), (second, first)):
        if other.name is not None and _names(one) <= _names(other) and assignable(one, other):
            return other
    fields: list[RecordField] = []
    for name in dict.fromkeys(field.name for field in (*first.fields, *second.fields)):
        left, right = first.get(name), second.get(name)
        if left is None or right is None:
            only = left or right
            assert only is not None
            fields.append(RecordField(name, nullable(only.type), required=False))
            continue
        held = join(left.type, right.type)
        if held is None:
            return None
        fields.append(RecordField(name, held, left.required and right.required))
    return Record(tuple(fields))


def widened(type_: Type) -> Type:
    """A literal's type as a variable would hold it: `"a"` is text."""
    match type_:
        case Enum(literal=True):
            return TEXT
        case Nullable(of):
            return nullable(widened(of))
        case ListOf(item):
            return ListOf(widened(item))
        case MapOf(item):
            return MapOf(widened(item))
        case Record(fields, name=None):
            return Record(tuple(replace(field, type=widened(field.type)) for field in fields))
    return type_


def _names(record: Record) -> set[str]:
    return {field.name for field in record.fields}


def comparable(first: Type, second: Type) -> bool:
    """Whether values of these two types can ever be equal."""
    left, right = without_null(first), without_null(second)
    if left == NULL or right == NULL:
        other = second if left == NULL else first
        return isinstance(other, Nullable) or other in (NULL, ANY, UNKNOWN)
    if {ANY, UNKNOWN, NEVER} & {left, right}:
        return True
    if isinstance(first, Nullable) and isinstance(second, Nullable):
        return True
    if left in NUMERIC and right in NUMERIC:
        return {left, right} != {NUMBER, DECIMAL}
    if isinstance(left, Enum) and isinstance(right, Enum):
        return bool(set(left.values) & set(right.values))
    match left, right:
        case (ListOf(a), ListOf(b)) | (MapOf(a), MapOf(b)):
            return comparable(a, b)
        case (Record(), MapOf()) | (MapOf(), Record()):
            return True
    return join(left, right) is not None
