"""Names that clients in every language can use, written in one way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import children
from kanvasc.diagnostics import Diagnostic, Edit, Fix, Related, report
from kanvasc.syntax import tree
from kanvasc.types.steps import name_of

_SNAKE = re.compile(r"_?[a-z][a-z0-9]*(_[a-z0-9]+)*_?|_")


def naming(context: Context) -> Iterator[Diagnostic]:
    for declared in context.file.types:
        yield from _group([declared.name])
        yield from _fields(declared.fields)
    yield from _group([machine.name for machine in context.file.machines])
    for machine in context.file.machines:
        for section in machine.sections:
            if isinstance(section, tree.Accepts | tree.RespondsWith):
                yield from _fields(section.fields)
            elif isinstance(section, tree.Implements):
                for block in section.blocks:
                    if isinstance(block, tree.State):
                        yield from _fields(block.fields)
                yield from _steps(section.steps)
                yield from _group([flow.name for flow in section.flows])
                for flow in section.flows:
                    yield from _inside(flow.body)
                if section.on_failure is not None:
                    yield from _inside(section.on_failure)


def _fields(fields: tuple[tree.Field, ...]) -> Iterator[Diagnostic]:
    yield from _group([field.name for field in fields])
    for field in fields:
        if field.type is not None and field.type.fields is not None:
            yield from _fields(field.type.fields)


def _steps(steps: tuple[tree.Step, ...]) -> Iterator[Diagnostic]:
    yield from _group([name for name in map(name_of, steps) if name is not None])
    for step in steps:
        if isinstance(step, tree.Ask) and step.returns is not None:
            yield from _fields(step.returns.fields)
        elif isinstance(step, tree.Compute):
            yield from _group([let.name for let in step.lets])
        elif isinstance(step, tree.ForEach):
            yield from _group([step.variable])
        for inner in children(step):
            yield from _inside(inner)


def _inside(node: tree.Node) -> Iterator[Diagnostic]:
    """The steps of a body, or of the body of an arm."""
    if isinstance(node, tree.Body):
        yield from _steps(node.steps)
    if isinstance(node, tree.Body | tree.When | tree.Case):
        for inner in children(node):
            if isinstance(inner, tree.Body):
                yield from _inside(inner)


def _group(names: list[tree.Name]) -> Iterator[Diagnostic]:
    """Names of one place."""
    seen: dict[str, tree.Name] = {}
    for name in names:
        text = name.text
        if not text:
            continue
        first = seen.setdefault(text.lower(), name)
        if text.startswith("__"):
            yield report(
                "K1013",
                name.span,
                f"`{text}` begins with two underscores",
                help=f"write `{text.lstrip('_') or 'value'}`",
            )
        elif first.text != text:
            yield report(
                "K1013",
                name.span,
                f"`{text}` differs from `{first.text}` only in capitals",
                related=(Related(first.span, "the other one"),),
                help="give one of them another name",
            )
        elif not _SNAKE.fullmatch(text):
            better = snake(text)
            yield report(
                "K1006",
                name.span,
                f"`{text}` would be `{better}` in snake_case",
                help=f"write `{better}`",
                fixes=(Fix(f"Rename to `{better}`", (Edit(name.span, better),), safe=False),),
            )


def snake(text: str) -> str:
    """`unitPrice` → `unit_price`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    return re.sub(r"_+", "_", parted.lower()) if text.isascii() else text
