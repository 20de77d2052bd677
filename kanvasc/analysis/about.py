"""An entity in words: how it was declared, its type, and what a reader should know of it."""

from __future__ import annotations

from collections.abc import Callable

from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.declared import section
from kanvasc.analysis.entities import Entity, Kind, Occurrence
from kanvasc.analysis.needed import Standing, standings
from kanvasc.analysis.nodes import around
from kanvasc.analysis.shapes import block, spelt, written
from kanvasc.source import Source
from kanvasc.syntax import tree
from kanvasc.types.types import UNKNOWN, Type, show

About = tuple[str, str]


def about_entity(analysis: Analysis, occurrence: Occurrence, path: tuple[tree.Node, ...]) -> About:
    """How it is declared, in the language, and Markdown about it."""
    here = _type_here(analysis, occurrence, path)
    return _BY_KIND[occurrence.entity.kind](analysis, occurrence.entity, here)


def _type_here(
    analysis: Analysis, occurrence: Occurrence, path: tuple[tree.Node, ...]
) -> Type | None:
    """The type of the expression that ends with this name, as it is read there."""
    for node in reversed(path):
        if isinstance(node, tree.Member | tree.NameRef) and node.span.end == occurrence.span.end:
            type_ = analysis.trace.type_of(node)
            return None if type_ == UNKNOWN else type_
    return None


def _field(analysis: Analysis, entity: Entity, here: Type | None) -> About:
    node = entity.node
    place = entity.definitions[0] if entity.definitions else None
    if place is None:
        return entity.name, ""
    code = (written(place.source, node) if node is not None else "") or entity.name
    spec = analysis.trace.fields.get((place.source.path, place.span))
    lines: list[str] = []
    if place.source is analysis.source:
        lines.append(_field_of(analysis, entity))
    if spec is not None and spec.description:
        lines.append(spec.description)
    declared = spec.type if spec is not None else None
    read = here if here is not None else declared
    if read is not None and read != UNKNOWN and f"as {show(read)}" not in code:
        lines.append(f"Here: `{show(read)}`")
    return code, "\n\n".join(line for line in lines if line)


def _field_of(analysis: Analysis, entity: Entity) -> str:
    for node in reversed(around(analysis.tree, entity.definitions[0].span.start)):
        match node:
            case tree.Accepts():
                return f"Input of `{entity.container}`"
            case tree.RespondsWith():
                return f"Output of `{entity.container}`"
            case tree.State():
                return f"State of `{entity.container}`"
            case tree.TypeDecl(name=name):
                return f"Field of the type `{name.text}`"
            case tree.Ask(name=name) | tree.HttpAction(name=name):
                return f"Field of what the step `{name.text}` returns"
            case tree.PublishedEvent(event=tree.TextLit(parts=(str(event),))):
                return f"Field of the event `{event}`"
    return ""


def _step(analysis: Analysis, entity: Entity, here: Type | None) -> About:
    type_ = here or type_of_step(analysis, entity)
    head = f"steps.{entity.name}"
    code = f"{head} as {spelt(type_)}" if type_ is not None else head
    nodes = entity.node
    lines = [f"A step of `{entity.container}`"]
    if nodes is not None:
        lines.extend(_needs(standings(analysis, nodes)))
    return code, "\n\n".join(lines)


def _needs(found: tuple[Standing, ...]) -> list[str]:
    said = {
        "allowed": "granted",
        "requires approval": "held until a person approves it",
        "not allowed": "denied",
        None: "not granted",
    }
    return [f"Needs `{one.need.shown}`: {said[one.verdict]}" for one in found]


def type_of_step(analysis: Analysis, entity: Entity) -> Type | None:
    """What the step's value is, None where that is not known."""
    made = analysis.trace.steps.get(id(entity.node))
    if made is None or made.made is None:
        return None
    type_ = made.made.symbol.type
    return None if type_ == UNKNOWN else type_


def _local(analysis: Analysis, entity: Entity, here: Type | None) -> About:
    type_ = here or type_of_local(analysis, entity)
    word = {Kind.let: "let ", Kind.variable: "for each "}.get(entity.kind, "")
    code = f"{word}{entity.name}" + (f" as {spelt(type_)}" if type_ is not None else "")
    return code, ""


def type_of_local(analysis: Analysis, entity: Entity) -> Type | None:
    if isinstance(entity.node, tree.Let):
        found = analysis.trace.type_of(entity.node.value)
        return None if found == UNKNOWN else found
    start = entity.definitions[0].span
    for value in analysis.trace.values.values():
        symbol = value.scope.locals.get(entity.name)
        if symbol is not None and symbol.span == start:
            return None if symbol.type == UNKNOWN else symbol.type
    return None


def _entry(analysis: Analysis, entity: Entity, here: Type | None) -> About:
    type_ = here
    if type_ is None and isinstance(entity.node, tree.MapEntry):
        type_ = analysis.trace.type_of(entity.node.value)
    known = type_ is not None and type_ != UNKNOWN
    return f"{entity.name} as {spelt(type_)}" if known and type_ else entity.name, ""


def _machine(analysis: Analysis, entity: Entity, _: Type | None) -> About:
    node = entity.node
    if not isinstance(node, tree.Machine):
        return f"machine {entity.name}", ""
    accepts, responds = section(node, tree.Accepts), section(node, tree.RespondsWith)
    parts = [f"machine {entity.name}"]
    if accepts is not None:
        parts.append(block("accepts", _home(analysis, entity), accepts.fields))
    if responds is not None:
        parts.append(block("responds with", _home(analysis, entity), responds.fields))
    text: list[str] = []
    if isinstance(node.title, tree.TextLit) and node.title.plain:
        text.append(f"**{node.title.plain}**")
    typed = next((one for one in analysis.program.machines if one.name == entity.name), None)
    if typed is not None and typed.goal:
        text.append(typed.goal)
    code = "\n".join("\n".join(f"  {line}" for line in part.split("\n")) for part in parts[1:])
    return "\n".join(filter(None, (parts[0], code))), "\n\n".join(text)


def _type(analysis: Analysis, entity: Entity, _: Type | None) -> About:
    fields = entity.node.fields if isinstance(entity.node, tree.TypeDecl) else ()
    return block(f"type {entity.name}", _home(analysis, entity), fields), ""


def _home(analysis: Analysis, entity: Entity) -> Source:
    """The text that an entity is declared in."""
    return entity.definitions[0].source if entity.definitions else analysis.source


def _flow(analysis: Analysis, entity: Entity, _: Type | None) -> About:
    typed = next((one for one in analysis.program.machines if one.name == entity.container), None)
    flows = typed.flows if typed is not None else ()
    found = next((one for one in flows if one.name == entity.name), None)
    known = found is not None and found.type != UNKNOWN
    shown = f" as {spelt(found.type)}" if known and found is not None else ""
    return f"flow {entity.name}{shown}", f"A flow of `{entity.container}`"


def _event(analysis: Analysis, entity: Entity, _: Type | None) -> About:
    node = entity.node
    schema = node.schema if isinstance(node, tree.PublishedEvent) else None
    head = f'"{entity.name}"'
    code = block(head, analysis.source, schema) if schema else head
    by = f"An event that `{entity.container}` publishes" if entity.container else "An event"
    return code, by


def _secret(_: Analysis, entity: Entity, __: Type | None) -> About:
    variable = f"KANVAS_SECRET_{entity.name.upper()}"
    return (
        f"secrets.{entity.name} as text",
        f"A secret that `{entity.container}` needs, `{variable}` in the environment",
    )


_BY_KIND: dict[Kind, Callable[[Analysis, Entity, Type | None], About]] = {
    Kind.machine: _machine,
    Kind.type: _type,
    Kind.field: _field,
    Kind.entry: _entry,
    Kind.step: _step,
    Kind.flow: _flow,
    Kind.let: _local,
    Kind.variable: _local,
    Kind.parameter: _local,
    Kind.event: _event,
    Kind.secret: _secret,
}
