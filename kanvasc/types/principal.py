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
    found = {name for name, machine in by_name.items() if _reads(machine)}
    callers = {name: {step.machine for step in calls(machine)} for name, machine in by_name.items()}
    while True:
        more = {name for name, callees in callers.items() if callees & found} - found
        if not more:
            return frozenset(found)
        found |= more


def _reads(node: object) -> bool:
    """Looks at every part, whatever steps and expressions there are."""
    if isinstance(node, ContextRef):
        return node.name == "principal"
    if isinstance(node, tuple | list):
        return any(map(_reads, node))
    if isinstance(node, Mapping):
        return any(map(_reads, node.values()))
    if not is_dataclass(node) or isinstance(node, Symbol):
        return False
    parts = (getattr(node, each.name) for each in fields(node) if each.name not in _ELSEWHERE)
    return any(map(_reads, parts))
