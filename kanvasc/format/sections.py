"""Sections, machines and types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from kanvasc.format.doc import Doc, Group
from kanvasc.format.exprs import expr, item
from kanvasc.format.fields import field_parts, option_parts
from kanvasc.format.printer import Part, Printer
from kanvasc.format.steps import (
    flow_part,
    on_failure_part,
    step_part,
    unsupported,
)
from kanvasc.source import Span
from kanvasc.syntax import tree

_VERDICTS: Final = {
    "allowed": "allowed to",
    "not allowed": "not allowed to",
    "requires approval": "requires approval for",
}


def section(p: Printer, node: tree.Section) -> Doc:
    return _SECTIONS[type(node)](p, node)


def _headed(p: Printer, head: str, node: tree.Node, parts: Sequence[Part]) -> Doc:
    """A block whose heading is nothing but words."""
    start = node.span.start
    return p.block(head, start, p.written.end_of_words(start, len(head.split())), parts)


def _part(p: Printer, node: Any, printed: Callable[[Printer, Any], Doc]) -> Part:
    return Part(p.written.extent(node.span), partial(printed, p, node))


def _fields(head: str) -> Callable[[Printer, Any], Doc]:
    return lambda p, node: _headed(p, head, node, field_parts(p, node.fields))


def _options(head: str) -> Callable[[Printer, Any], Doc]:
    return lambda p, node: _headed(p, head, node, option_parts(p, node.options))


# --- achieves, verifies


def _achieves(p: Printer, node: tree.Achieves) -> Doc:
    parts = [
        _part(p, found, _statement if isinstance(found, tree.Statement) else _example)
        for found in node.items
    ]
    return _headed(p, "achieves", node, parts)


def _statement(p: Printer, node: tree.Statement) -> Doc:
    return (node.word.text, " ", expr(p, node.text))


def _example(p: Printer, node: tree.Example) -> Doc:
    return _headed(p, "for example", node, [_part(p, found, _clause) for found in node.clauses])


def _clause(p: Printer, node: tree.Clause) -> Doc:
    words = [p.name(word) for word in (node.subject, node.verb) if word is not None]
    if words:
        return (
            node.word,
            *(part for word in words for part in (" ", word)),
            " ",
            expr(p, node.value),
        )
    return (node.word, " ", expr(p, node.value, _clause_level(node.value)))


def _clause_level(node: tree.Expr) -> int:
    """`expect not x` would be read as something called `not`."""
    while isinstance(node, tree.Binary | tree.Conditional):
        node = node.left if isinstance(node, tree.Binary) else node.condition
    return _TIGHTEST if isinstance(node, tree.Unary) and node.op == "!" else 0


_TIGHTEST: Final = 10


def _verifies(p: Printer, node: tree.Verifies) -> Doc:
    return _headed(p, "verifies", node, [_part(p, found, _test) for found in node.tests])


def _test(p: Printer, node: tree.Test) -> Doc:
    head: Doc = ("test ", expr(p, node.title))
    parts = [_part(p, found, _clause) for found in node.clauses]
    return p.block(head, node.span.start, node.title.span.end, parts)


# --- ensures


def _ensures(p: Printer, node: tree.Ensures) -> Doc:
    return _headed(p, "ensures", node, [_part(p, found, _block) for found in node.blocks])


def _block(p: Printer, node: tree.Node) -> Doc:
    return _BLOCKS[type(node)](p, node)


def _permissions(p: Printer, node: tree.Permissions) -> Doc:
    parts = [_part(p, found, _rule) for found in node.rules]
    start = node.span.start
    # An older spelling begins with its first rule.
    words = 0 if parts and parts[0].span.start == start else 1
    end = p.written.end_of_words(start, words) if words else start
    return p.block("permissions", start, end, parts)


def _rule(p: Printer, node: tree.Rule) -> Doc:
    first, last = node.capabilities[0], node.capabilities[-1]
    span = Span(first.span.start, last.span.end)
    return _headed(p, _VERDICTS[node.verdict], node, [Part(span, partial(_capabilities, p, node))])


def _capabilities(p: Printer, node: tree.Rule) -> Doc:
    return Group(p.separated([_part(p, found, _capability) for found in node.capabilities]))


def _capability(p: Printer, node: tree.Capability) -> Doc:
    if node.target is None:
        return p.name(node.name)
    return (p.name(node.name), " ", expr(p, node.target))


def _guards(p: Printer, node: tree.Guards) -> Doc:
    return _headed(p, "guards", node, [_part(p, found, _guard) for found in node.guards])


def _guard(p: Printer, node: tree.Guard) -> Doc:
    parts = option_parts(p, node.options)
    return p.block(p.name(node.name), node.span.start, node.name.span.end, parts)


def _needs(p: Printer, node: tree.Needs) -> Doc:
    return _headed(p, "needs", node, option_parts(p, node.secrets))


# --- implements


def _implements(p: Printer, node: tree.Implements) -> Doc:
    parts = [_part(p, found, _block) for found in node.blocks]
    parts += [step_part(p, found, 1) for found in node.steps]
    if node.value is not None:
        parts.append(item(p, node.value, 2))
    if node.on_failure is not None:
        parts.append(on_failure_part(p, node.on_failure, 3))
    parts += [flow_part(p, found, 4) for found in node.flows]
    return _headed(p, "implements", node, parts)


def _subscribes(p: Printer, node: tree.Subscribes) -> Doc:
    parts = [_part(p, found, _subscribe) for found in node.subscriptions]
    return _headed(p, "subscribes", node, parts)


def _subscribe(p: Printer, node: tree.Subscribe) -> Doc:
    head: Doc = ("on ", expr(p, node.event))
    return head if node.flow is None else (head, " run ", p.name(node.flow))


def _publishes(p: Printer, node: tree.Publishes) -> Doc:
    return _headed(p, "publishes", node, [_part(p, found, _published) for found in node.events])


def _published(p: Printer, node: tree.PublishedEvent) -> Doc:
    head, end = expr(p, node.event), node.event.span.end
    if node.schema is None:
        return head
    word = p.written.next_code(end)
    span = Span(word, max(node.span.end, word))
    return p.block(head, node.span.start, end, [Part(span, partial(_schema, p, node, word))])


def _schema(p: Printer, node: tree.PublishedEvent, word: int) -> Doc:
    fields = field_parts(p, node.schema or ())
    return p.block("schema", word, p.written.end_of_words(word, 1), fields)


# --- expresses


def _expresses(p: Printer, node: tree.Expresses) -> Doc:
    return _headed(p, "expresses", node, [_part(p, found, _surface) for found in node.surfaces])


def _surface(p: Printer, node: tree.Surface | tree.Unsupported) -> Doc:
    if isinstance(node, tree.Unsupported):
        return unsupported(p, node)
    parts = option_parts(p, node.options)
    parts += [Part(found.span, partial(_render, p, found), 1) for found in node.renders]
    return p.block(p.name(node.kind), node.span.start, node.kind.span.end, parts)


def _render(p: Printer, node: tree.Render) -> Doc:
    return ("render ", p.name(node.field), " as ", p.name(node.style))


_SECTIONS: Final[dict[type, Callable[[Printer, Any], Doc]]] = {
    tree.Accepts: _fields("accepts"),
    tree.RespondsWith: _fields("responds with"),
    tree.Achieves: _achieves,
    tree.Ensures: _ensures,
    tree.Implements: _implements,
    tree.Expresses: _expresses,
    tree.Verifies: _verifies,
    tree.Unsupported: unsupported,
}
_BLOCKS: Final[dict[type, Callable[[Printer, Any], Doc]]] = {
    tree.Permissions: _permissions,
    tree.Guards: _guards,
    tree.Needs: _needs,
    tree.Limits: _options("limits"),
    tree.State: _fields("state"),
    tree.RuntimeOptions: _options("runtime"),
    tree.Schedules: _options("schedules"),
    tree.Subscribes: _subscribes,
    tree.Publishes: _publishes,
    tree.Unsupported: unsupported,
}


# --- what a file holds


def machine_head(p: Printer, node: tree.Machine) -> Doc:
    head: Doc = ("machine ", p.name(node.name))
    return head if node.title is None else (head, " ", expr(p, node.title))


def machine_head_end(node: tree.Machine) -> int:
    return node.name.span.end if node.title is None else node.title.span.end


def type_decl(p: Printer, node: tree.TypeDecl) -> Doc:
    head: Doc = ("type ", p.name(node.name))
    return p.block(head, node.span.start, node.name.span.end, field_parts(p, node.fields))


def uses(p: Printer, node: tree.Uses) -> Doc:
    return ("uses ", expr(p, node.path))
