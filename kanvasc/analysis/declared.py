"""The declarations of one file by name, from the tree alone, so that no fault hides them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from kanvasc.records import dataclass, field
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import nodes

S = TypeVar("S", bound=tree.Node)
Fields = tuple[tree.Field, ...]


@dataclass
class Members:
    """What one machine declares. `steps`: all steps of a name, wherever they stand in it."""

    machine: tree.Machine
    steps: dict[str, list[tree.Step]] = field(default_factory=dict)
    flows: dict[str, tree.Flow] = field(default_factory=dict)
    state: dict[str, tree.Field] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.machine.name.text

    @property
    def accepts(self) -> Fields:
        found = section(self.machine, tree.Accepts)
        return found.fields if found is not None else ()

    @property
    def responds(self) -> Fields:
        found = section(self.machine, tree.RespondsWith)
        return found.fields if found is not None else ()


@dataclass
class Declared:
    """The types and machines of a file; of two of one name the first counts. `seen`: the types of
    the files that it uses."""

    types: dict[str, tree.TypeDecl]
    machines: dict[str, Members]
    seen: dict[str, tree.TypeDecl] = field(default_factory=dict)

    def fields_of(self, written: tree.TypeExpr | None) -> Fields:
        """The fields of the objects that a written type is made of; none where it has none."""
        if written is None:
            return ()
        if written.of is not None:
            return self.fields_of(written.of)
        if written.fields is not None:
            return written.fields
        name = written.word.text
        declared = self.types.get(name) or self.seen.get(name)
        return declared.fields if declared is not None else ()


def declared(file: tree.File) -> Declared:
    types: dict[str, tree.TypeDecl] = {}
    for written in file.types:
        types.setdefault(written.name.text, written)
    machines: dict[str, Members] = {}
    for machine in file.machines:
        machines.setdefault(machine.name.text, members(machine))
    return Declared(types, machines)


def members(machine: tree.Machine) -> Members:
    found = Members(machine)
    inside = sorted(nodes(machine), key=lambda node: node.span.start)
    for node in inside:
        if isinstance(node, tree.Flow):
            found.flows.setdefault(node.name.text, node)
        elif isinstance(node, tree.State):
            found.state = {field.name.text: field for field in reversed(node.fields)}
        elif isinstance(node, STEPS) and (name := name_of(node)) is not None:
            found.steps.setdefault(name.text, []).append(node)
    return found


NAMED = (
    tree.Ask,
    tree.HttpAction,
    tree.Compute,
    tree.Decide,
    tree.ForEach,
    tree.Together,
    tree.Retry,
    tree.Remember,
    tree.Recall,
)
"""Steps that have a name, or may have one."""
STEPS = (*NAMED, tree.Unsupported)


def name_of(step: tree.Node) -> tree.Name | None:
    """The name of a step that can be referred to."""
    name = getattr(step, "name", None)
    return name if isinstance(name, tree.Name) and name.text else None


def section(machine: tree.Machine, kind: type[S]) -> S | None:
    return next((found for found in machine.sections if isinstance(found, kind)), None)


def returned(step: tree.Step) -> Fields:
    """The fields behind a step's `returns`."""
    returns = getattr(step, "returns", None)
    return returns.fields if isinstance(returns, tree.Returns) else ()


def bodies(step: tree.Step) -> Iterator[tree.Body]:
    """The bodies whose value is the step's."""
    if isinstance(step, tree.Decide):
        yield from (arm.body for arm in step.whens)
        yield from (arm.body for arm in step.cases)
        if step.otherwise is not None:
            yield step.otherwise
    elif isinstance(step, tree.Retry):
        yield step.body
