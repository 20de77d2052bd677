"""Changes that an editor offers at a place, apart from the fixes that findings bring."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from kanvasc import fixing
from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.declared import section
from kanvasc.analysis.needed import standings
from kanvasc.analysis.nodes import around, machine_at
from kanvasc.analysis.samples import sample_test
from kanvasc.diagnostics import Diagnostic, Edit, Fix
from kanvasc.source import Source, Span
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.permissions import grant


class Action(NamedTuple):
    title: str
    kind: Literal["quickfix", "refactor.extract", "refactor.rewrite"]
    edits: tuple[Edit, ...]


def fixes(analysis: Analysis, within: Span) -> Iterator[tuple[Diagnostic, Fix]]:
    """The fixes of the findings that touch a span, each with its finding."""
    for found in analysis.diagnostics:
        if found.span.start <= within.end and within.start <= found.span.end:
            for fix in found.fixes:
                yield found, fix


def fix_all(analysis: Analysis) -> tuple[Edit, ...]:
    """One edit that makes all safe fixes, and those that they make room for; none if none does."""
    before = analysis.source.text
    fixed = fixing.fix_all(
        analysis.source, lambda source: analysis.changed(source.text).diagnostics
    )
    after = fixed.source.text
    return () if after == before else (changed_part(before, after),)


def changed_part(before: str, after: str) -> Edit:
    """The edit that leaves alone what both texts begin and end with."""
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    return Edit(Span(start, len(before) - end), after[start : len(after) - end])


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def actions(analysis: Analysis, within: Span) -> tuple[Action, ...]:
    """What can be done at a place of a program, whether or not something is wrong there."""
    path = around(analysis.tree, within.start)
    found: list[Action] = []
    for node in reversed(path):
        match node:
            case tree.Field():
                found.extend(_required(path, node))
            case tree.TypeExpr() if node.fields:
                found.extend(_extract(analysis, path, node))
            case tree.Ask() | tree.HttpAction() | tree.Remember() | tree.Recall():
                found.extend(_grant(analysis, node))
            case tree.Machine():
                found.extend(_add_test(analysis, node))
    return tuple(found)


# --- `is required`


def _required(path: tuple[tree.Node, ...], field: tree.Field) -> Iterator[Action]:
    given = {modifier.word.text for modifier in field.modifiers}
    accepted = any(isinstance(node, tree.Accepts) for node in path)
    if not accepted or field.type is None or given & {"is required", "default"}:
        return
    end = field.type.span.end
    edit = Edit(Span(end, end), ", is required")
    yield Action(f"Make `{field.name.text}` required", "refactor.rewrite", (edit,))


# --- permissions


def _grant(analysis: Analysis, step: tree.Node) -> Iterator[Action]:
    machine = machine_at(analysis.tree, step.span.start)
    for standing in standings(analysis, step):
        if standing.verdict is not None or machine is None or standing.need.chosen:
            continue
        shown = standing.need.shown
        edit = grant(Elaborator(analysis.source), machine, shown)
        yield Action(f"Grant `{shown}`", "quickfix", (edit,))


# --- a type of its own


def _extract(
    analysis: Analysis, path: tuple[tree.Node, ...], written: tree.TypeExpr
) -> Iterator[Action]:
    """The fields between braces become a declared type, above what they stand in."""
    field = next((node for node in reversed(path) if isinstance(node, tree.Field)), None)
    top = next((node for node in path if isinstance(node, tree.Machine | tree.TypeDecl)), None)
    if field is None or top is None or not written.fields or not field.name.text:
        return
    taken = {one.name.text for one in analysis.tree.types}
    taken |= {one.name.text for one in analysis.tree.machines}
    name = _free(field.name.text, taken)
    lines = "".join(f"  {_line(analysis.source, one)}\n" for one in written.fields)
    place = _above(analysis, top)
    yield Action(
        f"Extract the type `{name}`",
        "refactor.extract",
        (
            Edit(Span(place, place), f"type {name}\n{lines}\n"),
            Edit(_trimmed(analysis.source, written.span), name),
        ),
    )


def _above(analysis: Analysis, top: tree.Node) -> int:
    """Where the lines of a declaration begin, the comments right above it included."""
    source = analysis.source
    line = source.line_of(top.span.start)
    while line > 1 and source.line_text(line - 1).startswith("//"):
        line -= 1
    return source.line_starts[line - 1]


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _line(source: Source, node: tree.Node) -> str:
    span = _trimmed(source, node.span)
    return " ".join(source.text[span.start : span.end].split())


def _trimmed(source: Source, span: Span) -> Span:
    text = source.text[span.start : span.end]
    return Span(span.start, span.start + len(text.rstrip(", \n")))


# --- a test


def _add_test(analysis: Analysis, machine: tree.Machine) -> Iterator[Action]:
    typed = next((one for one in analysis.program.machines if one.span == machine.name.span), None)
    if typed is None or not machine.name.text:
        return
    source = analysis.source
    verifies = section(machine, tree.Verifies)
    taken = {
        test.title.plain or ""
        for test in (verifies.tests if verifies is not None else ())
        if isinstance(test.title, tree.TextLit)
    }
    lines = sample_test(typed, _free("answers", taken))
    owner = verifies if verifies is not None else machine
    end = _end(source, owner)
    margin = " " * _column(source, owner)
    if verifies is None:
        lines = ("verifies", *(f"  {line}" for line in lines))
        margin = " " * _of_sections(source, machine)
    else:
        margin += "  "
    gap = "" if verifies is not None else "\n"
    text = "".join(f"\n{margin}{line}" for line in lines)
    yield Action("Add a test", "refactor.rewrite", (Edit(Span(end, end), f"{gap}{text}"),))


def _column(source: Source, node: tree.Node) -> int:
    return source.position(node.span.start).column - 1


def _of_sections(source: Source, machine: tree.Machine) -> int:
    """The column at which the machine's sections stand: two, or none in some layouts."""
    lines = [
        section.span.start
        for section in machine.sections
        if not source.text[: section.span.start].rpartition("\n")[2].strip()
    ]
    return source.position(lines[0]).column - 1 if lines else _column(source, machine) + 2


def _end(source: Source, node: tree.Node) -> int:
    return node.span.start + len(source.text[node.span.start : node.span.end].rstrip())
