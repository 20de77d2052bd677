"""Types and declarations as an editor shows them: as they are written, on few lines."""

from __future__ import annotations

from collections.abc import Iterable

from kanvasc.analysis.declared import Fields
from kanvasc.source import Source
from kanvasc.syntax import tree
from kanvasc.types.types import ListOf, MapOf, Nullable, Record, Type, show

WIDTH = 72


def written(source: Source, node: tree.Node) -> str:
    """A node's text on one line."""
    return " ".join(source.text[node.span.start : node.span.end].split())


def block(head: str, source: Source, fields: Fields) -> str:
    """A head and the declared fields below it."""
    return "\n".join((head, *(f"  {written(source, field)}" for field in fields)))


def spelt(type_: Type) -> str:
    """A type in full: the fields of a record without a name stand below each other."""
    if isinstance(type_, Record) and not type_.shown:
        return _record(type_)
    if isinstance(type_, ListOf) and isinstance(type_.item, Record) and not type_.item.shown:
        return f"list of {_record(type_.item)}"
    if isinstance(type_, MapOf) and isinstance(type_.item, Record) and not type_.item.shown:
        return f"map of {_record(type_.item)}"
    if isinstance(type_, Nullable):
        return f"{spelt(type_.of)} or null"
    return show(type_)


def _record(record: Record) -> str:
    fields = [f"{field.name} as {show(field.type)}" for field in record.fields]
    one_line = f"object {{{', '.join(fields)}}}"
    if len(one_line) <= WIDTH:
        return one_line
    return "\n".join(("object {", *_lines(fields), "}"))


def _lines(fields: Iterable[str]) -> list[str]:
    return [f"  {field}," for field in fields]
