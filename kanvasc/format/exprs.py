"""Expressions: as few parentheses as the precedence of the operators needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from kanvasc.format import texts
from kanvasc.format.doc import SOFT, SPACE, Doc, Group, Nest, render
from kanvasc.format.printer import Part, Printer
from kanvasc.format.written import Written
from kanvasc.source import Source
from kanvasc.syntax import tree

_LOOSEST, _NOT, _EQUALITY, _SUM, _PREFIX, _TIGHTEST = 0, 4, 5, 7, 9, 10
_LEVELS: Final[dict[str, int]] = {
    "??": 1,
    "||": 2,
    "&&": 3,
    "==": _EQUALITY,
    "!=": _EQUALITY,
    "in": _EQUALITY,
    "<": 6,
    "<=": 6,
    ">": 6,
    ">=": 6,
    "+": _SUM,
    "-": _SUM,
    "*": 8,
    "/": 8,
    "%": 8,
}
_EVERYTHING: Final = float("inf")
PrintLater: TypeAlias = Callable[[], Doc]


def expr(p: Printer, node: tree.Expr, level: int = _LOOSEST) -> Doc:
    """An expression where one that binds at least as tightly as `level` is read."""
    end = p.kept.get(node.span) if p.kept else None
    comments = p.before(node.span.start)
    if _level(p, node) < level or end is not None:
        p.depth += 1
        shown: Doc = ("(", comments, _bare(p, node), "" if end is None else p.closing(end), ")")
        p.depth -= 1
        return shown
    shown = _bare(p, node)
    return (comments, shown) if comments else shown


def part(p: Printer, node: tree.Expr, level: int = _LOOSEST) -> Part:
    """An expression as an item of a list."""
    return Part(node.span, lambda: expr(p, node, level))


def item(p: Printer, node: tree.Expr, rank: int = 0) -> Part:
    """An expression as a line of a block."""
    return Part(p.written.extent(node.span), lambda: expr(p, node), rank)


def _level(p: Printer, node: tree.Expr) -> int:
    match node:
        case tree.Binary():
            return _LEVELS[node.op]
        case tree.Unary():
            return _NOT if texts.is_word_not(p.written, node) else _PREFIX
        case tree.Conditional() | tree.Lambda():
            return _LOOSEST
    return _TIGHTEST


def _bare(p: Printer, node: tree.Expr) -> Doc:
    match node:
        case tree.NameRef() | tree.NumberLit():
            return node.text
        case tree.TextLit():
            return text(p, node)
        case tree.Member() | tree.Call() | tree.Index():
            return _chain(p, node)
        case tree.Binary():
            return _binary(p, node)
        case tree.MapLit():
            return map_of(p, node)
        case tree.ListLit():
            items = [part(p, item) for item in node.items]
            return Group(p.bracketed("[", items, "]", node.span.end))
        case tree.NullLit():
            return "null"
        case tree.BoolLit():
            return "true" if node.value else "false"
        case tree.Unary():
            return _unary(p, node)
        case tree.Conditional():
            return _conditional(p, node)
        case tree.Lambda():
            return _lambda(p, node)
        case tree.Missing():
            raise ValueError("a hole in a sound part of the program")


# --- texts, maps


def text(p: Printer, node: tree.TextLit) -> Doc:
    """A text with its expressions on one line; whatever else is in it stays as it is."""
    inner = [found for found in node.parts if not isinstance(found, str)]
    if not p.written.of(node.span):
        return texts.made(node, [_flat(p, found) for found in inner])
    if not inner:
        return texts.literal(p.written, node, [])
    replaced = [
        (place, _flat(p, found))
        for place, found in zip(texts.insides(p.written, node), inner, strict=True)
        if "\n" not in p.written.text[place.start : place.end]
    ]
    return texts.literal(p.written, node, replaced)


def _flat(p: Printer, node: tree.Expr) -> str:
    inside = Printer(p.written)
    inside.depth = 1
    return render(expr(inside, node), _EVERYTHING)


def map_of(p: Printer, node: tree.MapLit) -> Doc:
    entries = [Part(found.span, _entry(p, found)) for found in node.entries]
    return Group(p.bracketed("{", entries, "}", node.span.end))


def _entry(p: Printer, node: tree.MapEntry) -> PrintLater:
    return lambda: entry(p, node)


def entry(p: Printer, node: tree.MapEntry) -> Doc:
    """`key: value`"""
    return (
        p.before(node.key.span.start),
        texts.key(p.written, node.key),
        ": ",
        expr(p, node.value),
    )


# --- operators


def _unary(p: Printer, node: tree.Unary) -> Doc:
    if texts.is_word_not(p.written, node):
        return ("not ", expr(p, node.operand, _NOT))
    return (node.op, expr(p, node.operand, _PREFIX))


def _binary(p: Printer, node: tree.Binary) -> Doc:
    """Operands that one kind of operator joins, all on one line or each on its own."""
    level = _LEVELS[node.op]
    joined: list[tree.Binary] = []
    first: tree.Expr = node
    while isinstance(first, tree.Binary) and _LEVELS[first.op] == level:
        if joined and first.span in p.kept:
            break
        joined.append(first)
        first = first.left
    joined.reverse()
    # Outside of brackets a line that begins with `-` begins another item.
    behind = not p.depth and any(found.op == "-" for found in joined)
    out: list[Doc] = [expr(p, first, level)]
    for found in joined:
        sign = texts.operator(p.written, found)
        if behind:
            out += [p.before(found.op_span.start), " ", sign]
            out.append(p.before(found.right.span.start, SPACE))
        else:
            out += [p.before(found.op_span.start, SPACE), sign, " "]
        out.append(expr(p, found.right, level + 1))
    return Group((out[0], Nest(out[1:])))


def _conditional(p: Printer, node: tree.Conditional) -> Doc:
    condition = expr(p, node.condition, _LOOSEST + 1)
    then = (p.before(node.then.span.start, SPACE), "? ", expr(p, node.then))
    otherwise = (p.before(node.otherwise.span.start, SPACE), ": ", expr(p, node.otherwise))
    return Group((condition, Nest((then, otherwise))))


def _lambda(p: Printer, node: tree.Lambda) -> Doc:
    names = [p.name(name) for name in node.parameters]
    if len(names) == 1:
        return (names[0], " => ", expr(p, node.body))
    listed: list[Doc] = []
    for name in names:
        listed += [", ", name]
    return ("(", *listed[1:], ") => ", expr(p, node.body))


# --- members, calls, indexes


def _chain(p: Printer, node: tree.Member | tree.Call | tree.Index) -> Doc:
    """`a.b[0].c()`: when two calls or more do not fit, each stands on its own line."""
    links: list[tree.Member | tree.Call | tree.Index] = []
    first: tree.Expr = node
    while isinstance(first, (tree.Member, tree.Call, tree.Index)) and first.span not in p.kept:
        links.append(first)
        first = _owner(first)
    if not links:  # The whole chain stands in parentheses that are kept.
        links.append(node)
        first = _owner(node)
    links.reverse()
    calls = sum(isinstance(link, tree.Call) for link in links)
    out: list[Doc] = [expr(p, first, _TIGHTEST)]
    below: list[Doc] = []
    for at, link in enumerate(links):
        called = at + 1 < len(links) and isinstance(links[at + 1], tree.Call)
        if calls > 1 and called and isinstance(link, tree.Member):
            below.append(p.before(link.name.span.start, SOFT))
        (below or out).append(_link(p, link))
    return Group((out, Nest(below))) if below else out


def _owner(node: tree.Member | tree.Call | tree.Index) -> tree.Expr:
    return node.callee if isinstance(node, tree.Call) else node.object


def _link(p: Printer, node: tree.Member | tree.Call | tree.Index) -> Doc:
    match node:
        case tree.Member():
            return (p.before(node.name.span.start), ".", node.name.text)
        case tree.Index():
            return _in_place(p, "[", node.index, node.span.end - 1, "]")
        case tree.Call():
            return _arguments(p, node)


def _arguments(p: Printer, node: tree.Call) -> Doc:
    if len(node.arguments) == 1 and _hugs(node.arguments[0]):
        return _in_place(p, "(", node.arguments[0], node.span.end - 1, ")")
    return Group(p.bracketed("(", [part(p, found) for found in node.arguments], ")", node.span.end))


def _in_place(p: Printer, opening: str, node: tree.Expr, end: int, closing: str) -> Doc:
    """One expression in brackets at which no line is broken."""
    p.depth += 1
    shown: Doc = (opening, expr(p, node), p.closing(end), closing)
    p.depth -= 1
    return shown


def _hugs(node: tree.Expr) -> bool:
    """Whether its own brackets are enough to break the line at."""
    if isinstance(node, tree.Lambda):
        return isinstance(node.body, (tree.MapLit, tree.ListLit))
    return isinstance(node, (tree.MapLit, tree.ListLit))


# --- trees that were made


def show(node: tree.Expr) -> str:
    """An expression that no source holds, on one line."""
    return _flat(Printer(Written(Source("", ""))), node)
