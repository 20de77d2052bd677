"""Whether what a machine answers can depend on who asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kanvasc.records import fields, is_dataclass
from kanvasc.types.program import TypedMachine
from kanvasc.types.reach import calls
from kanvasc.types.typed import ContextRef, Symbol

_ELSEWHERE = frozenset({"source", "span", "tests", "surfaces", "permissions", "needs", "type"})
"""Parts in which no expression of a run stands."""


def principal_readers(machines: Iterable[TypedMachine]) -> frozenset[str]:
    """The names of the machines that read `context.principal`, themselves or by what they call."""
    by_name = {machine.name: machine for machine in machines}
    found = {name for name, machine in by_name.items() if _reads(machine, set())}
    callers = {name: {step.machine for step in calls(machine)} for name, machine in by_name.items()}
    while True:
        more = {name for name, callees in callers.items() if callees & found} - found
        if not more:
            return frozenset(found)
        found |= more


def _reads(node: object, seen: set[int]) -> bool:
    """Looks at every part once, whatever steps and expressions there are: a flow is a part of
    each step that runs it."""
    if isinstance(node, ContextRef):
        return node.name == "principal"
    if isinstance(node, tuple | list):
        return any(_reads(part, seen) for part in node)
    if isinstance(node, Mapping):
        return any(_reads(part, seen) for part in node.values())
    if not is_dataclass(node) or isinstance(node, Symbol):
        return False
    if id(node) in seen:
        return False
    seen.add(id(node))
    parts = (getattr(node, each.name) for each in fields(node) if each.name not in _ELSEWHERE)
    return any(_reads(part, seen) for part in parts)
