"""The LALR(1) machine: what a stack of states can take, exactly, and how it takes it.

After an expression a merged look-ahead set names four times as many terminals as can really
follow. So a terminal is tried on the states alone before any value is touched: at a fault the
stack is still what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from kanvasc.syntax.tables import Rule, Table

Value: TypeAlias = Any
Reduction: TypeAlias = Callable[[list[Value]], Value]


class Automaton:
    """The table, ready to run."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows = table.rows
        self.gotos = table.gotos
        self.rules = table.rules

    def plan(self, states: Sequence[int], terminal: str) -> Sequence[Rule] | None:
        """The reductions before `terminal` is shifted; None when it cannot be."""
        rows = self.rows
        action = rows[states[-1]].get(terminal)
        if action is None:
            return None
        if action > 0:
            return ()
        return self._reductions(states, terminal, action)

    def _reductions(self, states: Sequence[int], terminal: str, action: int) -> list[Rule] | None:
        rows, gotos, rules = self.rows, self.gotos, self.rules
        planned: list[Rule] = []
        kept = len(states)
        above: list[int] = []
        next_action: int | None = action
        while next_action is not None and next_action < 0:
            rule = rules[-next_action - 1]
            planned.append(rule)
            size = rule.size
            if size < len(above):
                del above[len(above) - size :]
            else:
                kept -= size - len(above)
                above.clear()
            state = gotos[above[-1] if above else states[kept - 1]][rule.origin]
            above.append(state)
            next_action = rows[state].get(terminal)
        return None if next_action is None else planned

    def accepts(self, states: Sequence[int], terminal: str) -> bool:
        action = self.rows[states[-1]].get(terminal)
        if action is None:
            return False
        return action > 0 or self._reductions(states, terminal, action) is not None

    def shift(self, states: list[int], terminal: str) -> bool:
        """Move a stack of states over a terminal; False, and nothing is moved, if it cannot."""
        planned = self.plan(states, terminal)
        if planned is None:
            return False
        for rule in planned:
            if rule.size:
                del states[len(states) - rule.size :]
            states.append(self.gotos[states[-1]][rule.origin])
        states.append(self.rows[states[-1]][terminal] - 1)
        return True


class Stack:
    """States with their values: what was read so far."""

    def __init__(self, automaton: Automaton, reductions: dict[str, Reduction], start: str) -> None:
        self.automaton = automaton
        self.reductions = reductions
        self.states = [automaton.table.starts[start]]
        self.values: list[Value] = []

    def shift(self, terminal: str, value: Value) -> bool:
        """Take a terminal; False, and nothing has changed, if that is impossible."""
        planned = self.automaton.plan(self.states, terminal)
        if planned is None:
            return False
        for rule in planned:
            self._reduce(rule)
        self.states.append(self.automaton.rows[self.states[-1]][terminal] - 1)
        self.values.append(value)
        return True

    def _reduce(self, rule: Rule) -> None:
        states, values, size = self.states, self.values, rule.size
        if not rule.unit:
            taken = values[len(values) - size :] if size else []
            if size:
                del values[len(values) - size :]
            if rule.origin[0] == "_":
                values.append(_joined(taken))
            else:
                children = _flat(taken) if rule.inlined else taken
                values.append(self.reductions[rule.name](children))
        if size:
            del states[len(states) - size :]
        states.append(self.automaton.gotos[states[-1]][rule.origin])


def _joined(taken: list[Value]) -> list[Value]:
    """One list of all; a list that stands first grows in place, or long lists would be quadratic."""
    joined: list[Value] = taken[0] if taken and isinstance(taken[0], list) else taken[:1]
    for value in taken[1:]:
        if isinstance(value, list):
            joined.extend(value)
        else:
            joined.append(value)
    return joined


def _flat(taken: list[Value]) -> list[Value]:
    flat: list[Value] = []
    for value in taken:
        if isinstance(value, list):
            flat.extend(value)
        else:
            flat.append(value)
    return flat
