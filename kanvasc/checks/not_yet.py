"""Parts of the language that parse and that this version does not build."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, not_supported
from kanvasc.source import Span
from kanvasc.syntax import tree

STEPS: dict[type[tree.Node], str] = {
    tree.HttpAction: "`action … http`",
    tree.ForEach: "`for each`",
    tree.Together: "`together`",
    tree.Retry: "`retry`",
    tree.RunFlow: "`run`",
    tree.SetState: "`set`",
    tree.Remember: "`remember`",
    tree.Recall: "`recall`",
    tree.Publish: "`publish`",
    tree.Push: "`push`",
}
BLOCKS: dict[type[tree.Node], str] = {
    tree.Guards: "`guards`",
    tree.Needs: "`needs`",
    tree.Limits: "`limits`",
    tree.State: "`state`",
    tree.RuntimeOptions: "`runtime`",
    tree.Schedules: "`schedules`",
    tree.Subscribes: "`subscribes`",
    tree.Publishes: "`publishes`",
}


def not_yet(context: Context) -> Iterator[Diagnostic]:
    for uses in context.file.uses:
        yield _found(context, uses.span, "`uses`")
    for machine in context.file.machines:
        for section in machine.sections:
            yield from _section(context, section)


def _section(context: Context, section: tree.Section) -> Iterator[Diagnostic]:
    match section:
        case tree.Ensures(blocks=blocks):
            yield from _blocks(context, blocks)
        case tree.Implements():
            yield from _blocks(context, section.blocks)
            yield from _steps(context, section.steps)
            for flow in section.flows:
                yield _found(context, flow.span, "`flow`")
            yield from _on_failure(context, section.on_failure)


def _blocks(context: Context, blocks: tuple[tree.Node, ...]) -> Iterator[Diagnostic]:
    for block in blocks:
        if type(block) in BLOCKS:
            yield _found(context, block.span, BLOCKS[type(block)])


def _steps(context: Context, steps: tuple[tree.Step, ...]) -> Iterator[Diagnostic]:
    for step in steps:
        if type(step) in STEPS:
            yield _found(context, step.span, STEPS[type(step)])
        elif isinstance(step, tree.Ask) and step.via == "from":
            yield _found(context, step.span, "`ask … from`")
        elif isinstance(step, tree.Decide):
            if step.subject is not None:
                yield not_supported(_before(context, step.subject.span, "match"), "`match`")
            for when in step.whens:
                yield from _body(context, when.body)
            if step.otherwise is not None:
                yield from _body(context, step.otherwise)


def _body(context: Context, body: tree.Body) -> Iterator[Diagnostic]:
    yield from _steps(context, body.steps)
    yield from _on_failure(context, body.on_failure)


def _on_failure(context: Context, body: tree.Body | None) -> Iterator[Diagnostic]:
    if body is not None:
        yield not_supported(_before(context, body.span, r"on\s+failure"), "`on failure`")


def _before(context: Context, span: Span, words: str) -> Span:
    """The last place before `span` where its opener stands."""
    found = list(re.finditer(words, context.source.text[: span.start]))
    return Span(*found[-1].span()) if found else span


def _found(context: Context, span: Span, what: str) -> Diagnostic:
    """Points at the first line of the construct: the whole of it would hide the rest."""
    end = context.source.text.find("\n", span.start)
    first_line = Span(span.start, span.end if end < 0 else min(span.end, end))
    return not_supported(first_line, what)
