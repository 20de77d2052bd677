"""From a name to where it is made, what type it has, and where else it is named."""

from __future__ import annotations

from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.entities import Entity, Kind, Occurrence, Place
from kanvasc.analysis.nodes import around
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.types import ListOf, MapOf, Nullable, Record, Type


def definitions(analysis: Analysis, offset: int) -> tuple[Place, ...]:
    """Where the thing under the cursor is declared."""
    found = analysis.index.at(offset)
    return () if found is None else tuple(found.entity.definitions)


def type_definitions(analysis: Analysis, offset: int) -> tuple[Place, ...]:
    """Where the type of the value under the cursor is declared."""
    found = analysis.index.at(offset)
    if found is not None and found.entity.kind is Kind.type:
        return tuple(found.entity.definitions)
    for type_ in _types_at(analysis, found, offset):
        record = _record(type_)
        declared = analysis.trace.declared(record) if record is not None else None
        if declared is not None:
            return _of_record(analysis, declared.source.path, declared.spec.type, declared)
    return ()


def _types_at(analysis: Analysis, found: Occurrence | None, offset: int) -> list[Type]:
    types = [analysis.trace.type_of(node) for node in reversed(around(analysis.tree, offset))]
    if found is not None and found.entity.definitions:
        place = found.entity.definitions[0]
        spec = analysis.trace.fields.get((place.source.path, place.span))
        if spec is not None:
            return [spec.type]
        made = analysis.trace.steps.get(id(found.entity.node))
        if made is not None and made.made is not None:
            return [made.made.symbol.type]
        if isinstance(found.entity.node, tree.Let):
            types.insert(0, analysis.trace.type_of(found.entity.node.value))
    return [type_ for type_ in types[:1] if type_ is not None]


def _record(type_: Type) -> Record | None:
    match type_:
        case Record():
            return type_
        case ListOf(of) | MapOf(of) | Nullable(of):
            return _record(of)
    return None


def _of_record(
    analysis: Analysis, path: str, record: Record, declared: object
) -> tuple[Place, ...]:
    """A declared type's name, or the first field of a record without one."""
    if record.shown:
        for entity in analysis.index.entities.values():
            if entity.kind is Kind.type and entity.name == record.shown:
                return tuple(entity.definitions)
    found = analysis.trace.declared(record)
    if found is None or not found.spec.fields:
        return ()
    return (Place(found.source, found.spec.fields[0].span),)


def references(
    analysis: Analysis, entity: Entity, *, declarations: bool = True
) -> tuple[Occurrence, ...]:
    """Where an entity is named in this file."""
    return tuple(
        found
        for found in analysis.index.of(entity.key)
        if declarations or found.role != "definition"
    )


def highlights(analysis: Analysis, offset: int) -> tuple[Occurrence, ...]:
    found = analysis.index.at(offset)
    return () if found is None else analysis.index.of(found.entity.key)


def selections(analysis: Analysis, offset: int) -> tuple[Span, ...]:
    """What to select around a cursor, the smallest first: word, expression, step, section …"""
    from kanvasc.analysis.hover import word_at

    spans: list[Span] = []
    word = word_at(analysis.source.text, offset)
    if word is not None:
        spans.append(word)
    for node in reversed(around(analysis.tree, offset)):
        span = node.span
        if spans and not (span.start <= spans[-1].start and spans[-1].end <= span.end):
            continue
        if not spans or span != spans[-1]:
            spans.append(span)
    return tuple(spans)
