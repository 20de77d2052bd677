"""Types, fields with their modifiers, and options."""

from __future__ import annotations

from collections.abc import Sequence

from kanvasc.format import texts
from kanvasc.format.doc import SPACE, Doc, Group, Nest
from kanvasc.format.exprs import expr, part
from kanvasc.format.order import modifier_rank
from kanvasc.format.printer import Part, Printer
from kanvasc.syntax import tree


def field_parts(p: Printer, fields: Sequence[tree.Field]) -> list[Part]:
    return [_field_part(p, field) for field in fields]


def _field_part(p: Printer, node: tree.Field) -> Part:
    return Part(p.written.extent(node.span), lambda: field(p, node))


def field(p: Printer, node: tree.Field) -> Doc:
    """`name as type, modifier, modifier`; modifiers that do not fit stand on lines of their own."""
    if node.type is None:
        raise ValueError("a hole in a sound part of the program")
    name: Doc = (p.name(node.name), " as ", type_of(p, node.type))
    printed = [(modifier_rank(found), _modifier_line(p, found)) for found in node.modifiers]
    if not printed:
        return name
    printed.sort(key=lambda pair: pair[0])
    modifiers = Nest([doc for _, doc in printed])
    if node.type.fields:
        return (name, Group(modifiers))
    return Group((name, modifiers))


def _modifier_line(p: Printer, node: tree.Modifier) -> Doc:
    # A word that nobody knows is read as a modifier only inside of a line.
    known = modifier_rank(node) < modifier_rank(tree.Modifier(node.span, tree.Name(node.span, "")))
    return (",", p.before(node.span.start, SPACE if known else " "), modifier(p, node))


def modifier(p: Printer, node: tree.Modifier) -> Doc:
    word, value = node.word.text, node.value
    if value is None:
        return word
    if word in ("description", "label") and isinstance(value, tree.TextLit):
        return (word, " ", expr(p, value))
    if word == "from" and _is_path(value):
        return (word, " ", expr(p, value))
    return (texts.key(p.written, node.word), ": ", expr(p, value))


def _is_path(node: tree.Expr) -> bool:
    while isinstance(node, tree.Member):
        node = node.object
    return isinstance(node, tree.NameRef)


def type_of(p: Printer, node: tree.TypeExpr) -> Doc:
    word = p.name(node.word)
    if node.of is not None:
        return (word, " of ", type_of(p, node.of))
    if node.fields is not None:
        parts = [Part(found.span, _field_part(p, found).print) for found in node.fields]
        return (word, " ", Group(p.bracketed("{", parts, "}", node.span.end)))
    if node.values is not None:
        values = [part(p, found) for found in node.values]
        return (word, Group(p.bracketed("(", values, ")", node.span.end)))
    return word


# --- options


def option_parts(p: Printer, options: Sequence[tree.Option], rank: int = 0) -> list[Part]:
    return [_option_part(p, option, rank) for option in options]


def _option_part(p: Printer, node: tree.Option, rank: int) -> Part:
    return Part(p.written.extent(node.span), lambda: option(p, node), rank)


def option(p: Printer, node: tree.Option) -> Doc:
    """`name: value, value`"""
    name: Doc = (p.before(node.name.span.start), texts.key(p.written, node.name), ": ")
    if len(node.values) == 1:
        return (name, expr(p, node.values[0]))
    return Group((name, Nest(p.separated([part(p, value) for value in node.values]))))


def options_behind(p: Printer, options: Sequence[tree.Option]) -> Doc:
    """Options on the line of their step, each behind a comma."""
    out: list[Doc] = []
    for found in options:
        out += [",", p.before(found.span.start, SPACE), option(p, found)]
    return Nest(Nest(out)) if out else ""
