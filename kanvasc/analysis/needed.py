"""What a step needs to be allowed, and how the machine's permissions stand to that."""

from __future__ import annotations

from typing import Literal, NamedTuple

from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.declared import section
from kanvasc.analysis.nodes import machine_at
from kanvasc.syntax import tree
from kanvasc.types.needs import Need, approving, denying, granting
from kanvasc.types.program import Permission
from kanvasc.types.reach import need_of


class Standing(NamedTuple):
    """A need and the permission that decides it; None where none speaks of it."""

    need: Need
    verdict: Literal["allowed", "not allowed", "requires approval"] | None


def standings(analysis: Analysis, step: tree.Node) -> tuple[Standing, ...]:
    """What a step itself needs, without what the machines need that it calls."""
    need = _need(analysis, step)
    machine = machine_at(analysis.tree, step.span.start)
    if need is None or machine is None:
        return ()
    return (_standing(need, permissions(machine)),)


def _need(analysis: Analysis, step: tree.Node) -> Need | None:
    made = analysis.trace.steps.get(id(step))
    if made is not None and made.made is not None:
        return need_of(made.made)
    match step:
        case tree.Ask(via="using"):
            return Need("reason")
        case tree.Ask(via="from", target=tree.TextLit(parts=(str(name),))):
            return None if name.startswith("@") else Need("call", name)
        case tree.HttpAction():
            return Need("http", chosen=True)
        case tree.Remember() | tree.Recall():
            return Need("memory")
    return None


def permissions(machine: tree.Machine) -> tuple[Permission, ...]:
    """The rules of a machine, as they are written."""
    ensures = section(machine, tree.Ensures)
    blocks = ensures.blocks if ensures is not None else ()
    return tuple(
        Permission(rule.verdict, capability.name.text, _target(capability), capability.span)
        for block in blocks
        if isinstance(block, tree.Permissions)
        for rule in block.rules
        for capability in rule.capabilities
    )


def _target(capability: tree.Capability) -> str | None:
    return capability.target.plain if isinstance(capability.target, tree.TextLit) else None


def _standing(need: Need, rules: tuple[Permission, ...]) -> Standing:
    if denying(rules, need) is not None:
        return Standing(need, "not allowed")
    if approving(rules, need) is not None:
        return Standing(need, "requires approval")
    return Standing(need, "allowed" if granting(rules, need) is not None else None)
