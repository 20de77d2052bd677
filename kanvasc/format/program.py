"""A whole file as a document, the parts with errors as they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from kanvasc.format import sections
from kanvasc.format.doc import HARD, Doc, Raw, render
from kanvasc.format.order import section_rank
from kanvasc.format.printer import Part, Printer
from kanvasc.format.regions import Region
from kanvasc.format.same import tokens
from kanvasc.format.steps import unsupported
from kanvasc.format.written import Written
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.syntax.scanner import scan


def sound_text(p: Printer, file: tree.File) -> str:
    """The text of a file without errors."""
    parts = [Part(p.written.extent(u.span), partial(sections.uses, p, u)) for u in file.uses]
    parts += [_apart(p, t, partial(sections.type_decl, p, t)) for t in file.types]
    parts += [_apart(p, m, partial(_machine, p, m)) for m in file.machines]
    parts += [_apart(p, u, partial(unsupported, p, u)) for u in file.unsupported]
    return _text(p, parts)


def _apart(p: Printer, node: tree.Node, printed: Callable[[], Doc]) -> Part:
    return Part(p.written.extent(node.span), printed, 1, apart=True)


def _text(p: Printer, parts: list[Part]) -> str:
    lines = p.lines(p.collect(-1, 0, parts))
    return render((lines, HARD)) if lines else ""


def _machine(p: Printer, node: tree.Machine) -> Doc:
    parts = [
        Part(
            p.written.extent(found.span),
            partial(sections.section, p, found),
            section_rank(found),
            apart=True,
        )
        for found in node.sections
    ]
    head = sections.machine_head(p, node)
    return p.block(head, node.span.start, sections.machine_head_end(node), parts)


# --- files with errors


def partly_sound_text(p: Printer, found: list[Region]) -> tuple[str, list[Span]]:
    """The text of a file with errors, and the ranges that were left as they are."""
    kept: list[Span] = []
    parts = [_region(p, region, kept) for region in found]
    return _text(p, parts), kept


def _region(p: Printer, region: Region, kept: list[Span]) -> Part:
    node = region.node
    if isinstance(node, tree.Machine):
        end = region.inside[-1].span.end if region.inside else region.span.end
        return Part(Span(region.span.start, end), lambda: _torn_machine(p, node, region, kept))
    return Part(region.span, lambda: _sound_or_raw(p, region, kept), apart=_is_apart(node))


def _is_apart(node: tree.Node | None) -> bool:
    return node is not None and not isinstance(node, tree.Uses)


def _torn_machine(p: Printer, node: tree.Machine, region: Region, kept: list[Span]) -> Doc:
    parts = [
        Part(found.span, partial(_sound_or_raw, p, found, kept), apart=found.node is not None)
        for found in region.inside
    ]
    if region.sound and _holds_all(p.written, region.span, sections.machine_head, node):
        head, end = sections.machine_head(p, node), sections.machine_head_end(node)
    else:
        head, end = _raw(p, region, kept), region.span.end
    return p.block(head, node.span.start, end, parts)


def _sound_or_raw(p: Printer, region: Region, kept: list[Span]) -> Doc:
    if region.sound and _holds_all(p.written, region.span, _print, region.node):
        return _print(p, region.node)
    return _raw(p, region, kept)


def _print(p: Printer, node: Any) -> Doc:
    match node:
        case tree.Uses():
            return sections.uses(p, node)
        case tree.TypeDecl():
            return sections.type_decl(p, node)
    return sections.section(p, node)


def _raw(p: Printer, region: Region, kept: list[Span]) -> Doc:
    start, end = region.span
    begins = p.written.begins_line(start)
    if begins:
        start = p.written.line_start(start)
    p.take(end)
    kept.append(region.span)
    return Raw(p.written.text[start:end], None, begins)


def _holds_all(
    written: Written, span: Span, printed: Callable[[Printer, Any], Doc], node: Any
) -> bool:
    """Whether the tree of a part holds all its words, numbers and texts.

    Recovery may have dropped some of them here because of an error elsewhere.
    """
    try:
        text = render(printed(Printer(written), node))
    except ValueError:
        return False
    first, last = written.index(span.start), written.index(span.end)
    return tokens(scan(Source("", text)).pieces) == tokens(written.pieces[first:last])
