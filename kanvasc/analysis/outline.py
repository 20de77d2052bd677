"""What a program holds, as a tree of named parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from kanvasc.analysis.declared import NAMED
from kanvasc.analysis.nodes import inside_quotes
from kanvasc.records import dataclass, field
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import children
from kanvasc.syntax.titles import SECTIONS

PartKind = Literal[
    "machine", "type", "field", "section", "step", "flow", "test", "surface", "event", "let"
]
_WORDS = {
    tree.Ask: "ask",
    tree.HttpAction: "action",
    tree.Compute: "compute",
    tree.Decide: "decide",
    tree.ForEach: "for each",
    tree.Together: "together",
    tree.Retry: "retry",
    tree.Remember: "remember",
    tree.Recall: "recall",
}


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is where the cursor goes; `whole` is all of it."""

    label: str
    kind: PartKind
    detail: str
    whole: Span
    name: Span
    parts: tuple[Part, ...] = field(default=())


def outline(source: Source, file: tree.File) -> tuple[Part, ...]:
    """The types and machines of a file, with what is in them, in the order of the text."""
    nodes = sorted((*file.types, *file.machines), key=lambda node: node.span.start)
    return tuple(part for node in nodes for part in _parts(source, node))


def _parts(source: Source, node: tree.Node) -> Iterator[Part]:
    match node:
        case tree.Machine(name=name):
            yield _named(source, node, name, "machine", _title(node), node.sections)
        case tree.TypeDecl(name=name):
            yield _named(source, node, name, "type", "", node.fields)
        case tree.Field(name=name):
            detail = source.text[node.type.span.start : node.type.span.end] if node.type else ""
            inner = node.type.fields if node.type is not None else None
            yield _named(source, node, name, "field", " ".join(detail.split()), inner or ())
        case tree.Flow(name=name):
            yield _named(source, node, name, "flow", "flow", (node.body,))
        case tree.Surface(kind=kind):
            yield Part(kind.text, "surface", _path(node), node.span, kind.span)
        case tree.Test(title=tree.TextLit(parts=(str(title),)) as literal):
            yield Part(title, "test", "", node.span, inside_quotes(source.text, literal))
        case tree.PublishedEvent(event=tree.TextLit(parts=(str(event),)) as literal):
            span = inside_quotes(source.text, literal)
            yield Part(event, "event", "", node.span, span, _all(source, node.schema or ()))
        case tree.Let(name=name):
            yield Part(name.text, "let", "", node.span, name.span)
        case _ if type(node) in SECTIONS:
            yield _section(source, node)
        case _ if isinstance(node, NAMED):
            yield from _step(source, node)
        case _ if not isinstance(node, tree.Name):
            yield from _all(source, children(node))


def _named(
    source: Source,
    node: tree.Node,
    name: tree.Name,
    kind: PartKind,
    detail: str,
    inside: Iterable[tree.Node],
) -> Part:
    label = name.text or "…"
    return Part(label, kind, detail, node.span, _within(name.span, node), _all(source, inside))


def _all(source: Source, nodes: Iterable[tree.Node]) -> tuple[Part, ...]:
    return tuple(part for node in nodes for part in _parts(source, node))


def _section(source: Source, node: tree.Node) -> Part:
    word = SECTIONS[type(node)]
    head = Span(node.span.start, min(node.span.start + len(word), node.span.end))
    return Part(word, "section", "", node.span, head, _all(source, children(node)))


def _step(source: Source, node: tree.Node) -> Iterator[Part]:
    name = getattr(node, "name", None)
    inner = [child for child in children(node) if not isinstance(child, tree.Name)]
    # What a step's own clauses hold is detail; the steps inside it are not.
    inside = tuple(part for part in _all(source, inner) if part.kind in ("step", "let"))
    if not isinstance(name, tree.Name):
        yield from inside
        return
    word = _WORDS[type(node)]
    yield Part(name.text or "…", "step", word, node.span, _within(name.span, node), inside)


def _within(span: Span, node: tree.Node) -> Span:
    inside = node.span.start <= span.start and span.end <= node.span.end
    return span if inside else Span(node.span.start, node.span.start)


def _title(machine: tree.Machine) -> str:
    return machine.title.plain or "" if isinstance(machine.title, tree.TextLit) else ""


def _path(surface: tree.Surface) -> str:
    for option in surface.options:
        if option.name.text == "path" and isinstance(option.values[0], tree.TextLit):
            return option.values[0].plain or ""
    return ""


def every(parts: Iterable[Part]) -> Iterator[tuple[Part, str]]:
    """All parts, each with the label of the machine or type around it."""
    for part in parts:
        yield part, ""
        yield from ((inner, part.label) for inner in _below(part))


def _below(part: Part) -> Iterator[Part]:
    for inner in part.parts:
        yield inner
        yield from _below(inner)
